/**
 * Runs one case: each of its arms on a testbed of its own, judged from what it left behind. Takes and gives plain data, so that it
 * can run in a worker thread. Throws only where the bundle cannot be written, where the run is aborted, or for a bug.
 */
import { bindNodes } from '../../src/plan/bind-nodes.js';
import type { ArmSpec, CaseSpec } from '../../src/plan/plan.js';
import type { Testbed } from '../../src/ports/testbed.js';
import { runArm } from '../../src/run/engine.js';
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
  readonly checkDeterminism: boolean;
  /** The call that runs just this case again. */
  readonly again: string;
}

export interface CaseReport {
  readonly result: CaseResult;
  readonly wallMs: number;
}

/** Lets other work of the process have its turn; a StoppedError ends the case. */
export type Breathe = () => Promise<void>;

type BringUp = Awaited<ReturnType<NonNullable<Backend['load']>>>;

/** Runs the arm's steps on a testbed of its own. The record has the arm's end, also where nothing could be brought up. */
async function play(
  arm: ArmSpec,
  spec: CaseSpec,
  bringUp: BringUp,
  breathe: Breathe,
  record: ArmMemory,
): Promise<ArmResult> {
  let testbed: Testbed;
  try {
    testbed = await bringUp(arm, { seed: spec.seed, caseId: spec.id, breathe });
  } catch (error) {
    const text = `bring-up: ${error instanceof Error ? error.message : String(error)}`;
    record.record({ kind: 'end', at: 0, outcome: 'infra-error', text });
    return judgeArm(arm, record.history, record.snapshots);
  }
  try {
    const bound = bindNodes(arm, testbed.nodes);
    record.bound(bound);
    return await runArm(testbed, bound, record);
  } finally {
    await testbed.close();
  }
}

async function playOnce(arm: ArmSpec, job: CaseJob, bringUp: BringUp, breathe: Breathe) {
  const record = new ArmRecorder(armFolder(job.bundle, job.spec.slug, arm.name));
  try {
    return { record, result: await play(arm, job.spec, bringUp, breathe, record) };
  } finally {
    record.close();
  }
}

async function runOneArm(arm: ArmSpec, job: CaseJob, bringUp: BringUp, breathe: Breathe): Promise<ArmResult> {
  const { record, result } = await playOnce(arm, job, bringUp, breathe);
  if (!job.checkDeterminism) return result;
  const again = new ArmMemory();
  await play(arm, job.spec, bringUp, breathe, again);
  const divergence = findDivergence(record, again);
  if (!divergence) return result;
  return { ...result, verdict: 'infra-error', reason: `two runs with one seed differ: ${divergence.text}` };
}

/** Names the case in an error that this program makes, so that the report of a bug says where. */
async function named<T>(spec: CaseSpec, arm: ArmSpec, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error) error.message = `case ${spec.id}, arm ${arm.name}: ${error.message}`;
    throw error;
  }
}

export async function runCase(job: CaseJob, breathe: Breathe): Promise<CaseReport> {
  const { spec } = job;
  const startedAt = performance.now();
  const arms: ArmResult[] = [];
  if (spec.skip === undefined) {
    const bringUp = await findBackend(spec.backend).load();
    for (const arm of spec.arms) {
      arms.push(await named(spec, arm, () => runOneArm(arm, job, bringUp, breathe)));
    }
  }
  const result = judgeCase(spec, arms);
  writeCase(job.bundle, spec, result, job.again);
  return { result, wallMs: performance.now() - startedAt };
}
