/** The simulator as a backend: a thin adapter over src/sim. */
import type { ArmSpec } from '../../src/plan/plan.js';
import type { Testbed } from '../../src/ports/testbed.js';
import { bringUpSim } from '../../src/sim/testbed.js';
import type { BringUp } from './backend.js';

export function bringUp(arm: ArmSpec, options: BringUp): Promise<Testbed> {
  return bringUpSim(arm, options);
}
