/**
 * Runs one case: each of its arms on a testbed of its own, judged from what it left behind. Takes and gives plain data, so that it
 * can run in a worker thread. Throws only where the bundle cannot be written, where the run is aborted, or for a bug.
 */
import { join } from 'node:path';
import { assert } from '../../src/base/assert.js';
import { bindNodes } from '../../src/plan/bind-nodes.js';
import type { ArmSpec, CaseSpec } from '../../src/plan/plan.js';
import { type Shells, StoppedError, type Testbed } from '../../src/ports/testbed.js';
import { runArm } from '../../src/run/engine.js';
import type { RunOptions } from '../../src/run/sink.js';
import { judgeCase } from '../../src/verdict/case.js';
import { judgeArm } from '../../src/verdict/judge.js';
import type { ArmResult, CaseResult } from '../../src/verdict/verdict.js';
import type { BackendSettings, BringUp as BringUpOptions, CaseSession } from '../backends/backend.js';
import { findBackend } from '../backends/table.js';
import { armFolder, caseFolder } from '../bundle/layout.js';
import { writeCase } from '../bundle/write.js';
import { allSettled } from '../ends/all-settled.js';
import { Failure } from '../failure.js';
import { ArmMemory, ArmRecorder, findDivergence } from './arm-record.js';

export interface CaseJob {
  readonly spec: CaseSpec;
  /** Folder of the run's bundle. */
  readonly bundle: string;
  readonly checkDeterminism: boolean;
  /** The call that runs just this case again. */
  readonly again: string;
  readonly settings: BackendSettings;
}

export interface CaseReport {
  readonly result: CaseResult;
  readonly wallMs: number;
}

/** Lets other work of the process have its turn; a StoppedError ends the case. */
type Breathe = () => Promise<void>;

/** What a case waits for, for whoever watches. */
export type OnProgress = NonNullable<RunOptions['onProgress']>;

/** A case that takes this long is told of. */
const SLOW_CASE_MS = 10_000;
/** And not more often than people read. */
const PROGRESS_EVERY_MS = 1_000;

/** Hands progress on once the case has taken a while, by the wall clock that `now` reads. */
export function slowOnly(onProgress: OnProgress, now: () => number): OnProgress {
  let next = now() + SLOW_CASE_MS;
  return (progress) => {
    if (now() < next) return;
    next = now() + PROGRESS_EVERY_MS;
    onProgress(progress);
  };
}

type BringUp = (arm: ArmSpec, options: BringUpOptions) => Promise<Testbed>;

/** A case that did not go as it should, and whose hosts stand until the promise settles. */
export type Hold = (spec: CaseSpec, shells: Shells) => Promise<void>;

/** What a case needs of the thread that it runs in. */
export interface Surroundings {
  readonly breathe: Breathe;
  readonly onProgress: OnProgress;
  /** Absent: nothing is held. */
  readonly hold?: Hold | undefined;
}

/** How soon a case that is held notices that the run is over. */
const ABORT_SEEN_MS = 200;

/** Runs the arm's steps on a testbed of its own. The record has the arm's end, also where nothing could be brought up. */
async function playArm(
  arm: ArmSpec,
  spec: CaseSpec,
  bringUp: BringUp,
  { breathe, onProgress, hold }: Surroundings,
  record: ArmMemory,
): Promise<ArmResult> {
  let testbed: Testbed;
  try {
    testbed = await bringUp(arm, { seed: spec.seed, caseId: spec.id, breathe });
  } catch (error) {
    if (error instanceof StoppedError) throw error;
    const hint = error instanceof Failure && error.hint !== undefined ? ` (${error.hint})` : '';
    const text = `bring-up: ${error instanceof Error ? error.message : String(error)}${hint}`;
    record.record({ kind: 'end', at: 0, outcome: 'infra-error', text });
    return judgeArm(arm, record.history, record.snapshots);
  }
  try {
    const bound = bindNodes(arm, testbed.nodes);
    record.bound(bound);
    const result = await runArm(testbed, bound, record, { seed: spec.seed, onProgress });
    if (hold && result.verdict !== 'pass' && !arm.omitTreatment) await holdUp(testbed, spec, hold, breathe);
    return result;
  } finally {
    await testbed.close();
  }
}

async function holdUp(testbed: Testbed, spec: CaseSpec, hold: Hold, breathe: Breathe): Promise<void> {
  const shells = await testbed.shells?.();
  if (!shells) return;
  let watch: NodeJS.Timeout | undefined;
  const aborted = new Promise<never>((_, reject) => {
    watch = setInterval(() => breathe().catch(reject), ABORT_SEEN_MS);
  });
  try {
    await Promise.race([hold(spec, shells), aborted]);
  } finally {
    clearInterval(watch);
    shells.close();
  }
}

async function playOnce(arm: ArmSpec, job: CaseJob, bringUp: BringUp, surroundings: Surroundings) {
  const record = new ArmRecorder(armFolder(job.bundle, job.spec.slug, arm.name));
  try {
    return { record, result: await playArm(arm, job.spec, bringUp, surroundings, record) };
  } finally {
    record.close();
  }
}

async function runOneArm(arm: ArmSpec, job: CaseJob, bringUp: BringUp, surroundings: Surroundings): Promise<ArmResult> {
  const { record, result } = await playOnce(arm, job, bringUp, surroundings);
  if (!job.checkDeterminism) return result;
  const again = new ArmMemory();
  await playArm(arm, job.spec, bringUp, surroundings, again);
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

/** Side by side where they wait for a wall clock, each on a testbed of its own. */
async function runArms(job: CaseJob, surroundings: Surroundings): Promise<readonly ArmResult[]> {
  const { spec } = job;
  const { load, clock } = findBackend(spec.backend);
  const bringUp = await load?.();
  assert(bringUp, `the backend ${spec.backend} brings arms up`);
  const run = (arm: ArmSpec) => named(spec, arm, () => runOneArm(arm, job, bringUp, surroundings));
  if (clock === 'wall') return allSettled(spec.arms.map(run));
  return inTurn(spec.arms, run);
}

async function inTurn(arms: readonly ArmSpec[], run: (arm: ArmSpec) => Promise<ArmResult>): Promise<ArmResult[]> {
  const results: ArmResult[] = [];
  for (const arm of arms) results.push(await run(arm));
  return results;
}

/** On what the backend shares between them, those without the treatment first; the results in the order of the plan. */
async function runShared(
  job: CaseJob,
  session: CaseSession,
  surroundings: Surroundings,
): Promise<readonly ArmResult[]> {
  const { spec } = job;
  const bringUp = (arm: ArmSpec) => session.bringUp(arm);
  const run = (arm: ArmSpec) => named(spec, arm, () => runOneArm(arm, job, bringUp, surroundings));
  const order = [...spec.arms].sort((a, b) => Number(b.omitTreatment) - Number(a.omitTreatment));
  const results = await inTurn(order, run);
  return spec.arms.flatMap((arm) => results[order.indexOf(arm)] ?? []);
}

/** Of the case and its arms; what a backend shared between them is let go when the verdict is known. */
async function play(job: CaseJob, surroundings: Surroundings): Promise<CaseResult> {
  const { spec, settings } = job;
  if (spec.skip !== undefined) return judgeCase(spec, []);
  const { session: open } = findBackend(spec.backend);
  if (!open) return judgeCase(spec, await runArms(job, surroundings));
  const { breathe, onProgress } = surroundings;
  const say = (text: string) => onProgress({ at: 0, step: 'the cluster', awaited: [{ text, seen: '' }] });
  const folder = join(caseFolder(job.bundle, spec.slug), 'cluster');
  const session = (await open())({ settings, seed: spec.seed, say, breathe, folder });
  // A run that was ended has not failed: nobody looks at what it would leave.
  let failed = false;
  try {
    const result = judgeCase(spec, await runShared(job, session, surroundings));
    failed = result.verdict !== 'pass';
    return result;
  } finally {
    await session.close(!failed);
  }
}

export async function runCase(job: CaseJob, given: Surroundings): Promise<CaseReport> {
  const { spec } = job;
  const surroundings = { ...given, onProgress: slowOnly(given.onProgress, () => performance.now()) };
  const startedAt = performance.now();
  const result = await play(job, surroundings);
  writeCase(job.bundle, spec, result, job.again);
  return { result, wallMs: performance.now() - startedAt };
}
