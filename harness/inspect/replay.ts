/**
 * Brings one arm of a case to an instant again and leaves it there. The same arm with the same seed goes the same way every time,
 * so every instant of it can be visited, as often as wanted.
 */
import { assert } from '../../src/base/assert.js';
import type { Micros } from '../../src/base/instant.js';
import { bindNodes } from '../../src/plan/bind-nodes.js';
import type { ArmSpec, CaseSpec } from '../../src/plan/plan.js';
import { StoppedError, type Testbed } from '../../src/ports/testbed.js';
import { runArm } from '../../src/run/engine.js';
import type { HistoryRecord } from '../../src/verdict/history.js';
import { findBackend } from '../backends/table.js';
import { ArmMemory } from '../run/arm-record.js';

export interface Visit {
  readonly testbed: Testbed;
  readonly history: readonly HistoryRecord[];
}

/** Runs the arm up to `stopAt`, or to its end. `prepare` is called once the testbed is up, before the first step. */
export async function visit(
  spec: CaseSpec,
  arm: ArmSpec,
  stopAt?: Micros,
  prepare: (testbed: Testbed) => Promise<void> = async () => {},
): Promise<Visit> {
  const bringUp = await findBackend(spec.backend).load?.();
  assert(bringUp, `the backend ${spec.backend} travels`);
  const testbed = await bringUp(arm, { seed: spec.seed, caseId: spec.id, ...(stopAt !== undefined && { stopAt }) });
  const memory = new ArmMemory();
  try {
    await prepare(testbed);
    await runArm(testbed, bindNodes(arm, testbed.nodes), memory);
    if (stopAt !== undefined) await testbed.clock.sleepUntil(stopAt);
  } catch (error) {
    if (!(error instanceof StoppedError)) throw error;
  }
  return { testbed, history: memory.history };
}
