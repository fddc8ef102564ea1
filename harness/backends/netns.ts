/** Real Linux namespaces as a backend: a thin adapter over harness/netns. Each arm has a kernel of its own. */
import type { ArmSpec } from '../../src/plan/plan.js';
import type { Testbed } from '../../src/ports/testbed.js';
import { kernelFor } from '../netns/drivers.js';
import { bringUpNetns } from '../netns/testbed.js';
import type { BringUp } from './backend.js';

export async function bringUp(arm: ArmSpec, { seed, caseId, breathe }: BringUp): Promise<Testbed> {
  const kernel = await kernelFor(arm);
  try {
    return await bringUpNetns(arm, { seed, caseId, kernel, breathe });
  } catch (error) {
    await kernel.close();
    throw error;
  }
}
