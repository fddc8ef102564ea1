/**
 * Runs one case: each of its arms on a testbed of its own, judged from what it left behind. Takes and gives plain data, so that it
 * can run in a worker thread. Throws only where the bundle cannot be written, where the run is aborted, or for a bug.
 */
import type { ArmSpec, CaseSpec } from '../../src/plan/plan.js';
import type { Testbed } from '../../src/ports/testbed.js';
import { runArm } from '../../src/run/arm.js';
import { judgeCase } from '../../src/verdict/case.js';
import { judgeArm } from '../../src/verdict/judge.js';
import type { ArmResult, CaseResult } from '../../src/verdict/verdict.js';
import type { Backend } from '../backends/backend.js';
import { findBackend } from '../backends/table.js';
import { armFolder } from '../bundle/layout.js';
import { writeCase } from '../bundle/write.js';
import { ArmMemory, ArmRecorder, findDivergence } from './arm-record.js';

export interface CaseJob {
  readonly spec: CaseSpec;
  /** Folder of the run's bundle. */
  readonly bundle: string;
  readonly deadlineFactor: number;
  readonly checkDeterminism: boolean;
}

export interface CaseReport {
  readonly result: CaseResult;
  readonly wallMs: number;
}

/** Lets other work of the process have its turn; a rejection aborts the case. */
export type Breathe = () => Promise<void>;

type BringUp = Awaited<ReturnType<NonNullable<Backend['load']>>>;

/** What brings the arm up and runs its steps; the record has the arm's end in any case. */
async function play(arm: ArmSpec, job: CaseJob, bringUp: BringUp, breathe: Breathe, record: ArmMemory): Promise<void> {
  const { spec, deadlineFactor } = job;
  let testbed: Testbed;
  try {
    testbed = await bringUp(arm, { seed: spec.seed, caseId: spec.id, breathe });
  } catch (error) {
    const text = `bring-up: ${error instanceof Error ? error.message : String(error)}`;
    record.record({ kind: 'end', at: 0, outcome: 'infra-error', text });
    return;
  }
  try {
    await runArm(testbed, arm, record, { deadlineFactor });
  } finally {
    await testbed.close();
  }
}

async function runOneArm(arm: ArmSpec, job: CaseJob, bringUp: BringUp, breathe: Breathe): Promise<ArmResult> {
  const record = new ArmRecorder(armFolder(job.bundle, job.spec.slug, arm.name));
  try {
    await play(arm, job, bringUp, breathe, record);
  } finally {
    record.close();
  }
  const result = judgeArm(arm, record.history, record.snapshots);
  if (!job.checkDeterminism) return result;
  const second = new ArmMemory();
  await play(arm, job, bringUp, breathe, second);
  const divergence = findDivergence(record, second);
  if (!divergence) return result;
  return { ...result, verdict: 'infra-error', reason: `two runs differ, ${divergence.text}` };
}

export async function runCase(job: CaseJob, breathe: Breathe): Promise<CaseReport> {
  const { spec } = job;
  const startedAt = performance.now();
  const arms: ArmResult[] = [];
  if (spec.skip === undefined) {
    const bringUp = await findBackend(spec.backend).load();
    for (const arm of spec.arms) arms.push(await runOneArm(arm, job, bringUp, breathe));
  }
  const result = judgeCase(spec, arms);
  writeCase(job.bundle, result);
  return { result, wallMs: performance.now() - startedAt };
}
