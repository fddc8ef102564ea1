/**
 * Runs one arm on its testbed: probes start, steps follow one another, a failure goes to `catch`, `finally` always runs, and what
 * was recorded is judged. The testbed is up before and closed after, by whoever brought it up.
 *
 * What the product does is a verdict; what the testbed's adapters throw is an infra-error with their words. A StoppedError (cancelled,
 * or a replay's instant is reached) and broken invariants pass through.
 */
import { InvariantError } from '../base/assert.js';
import type { ArmSpec } from '../plan/plan.js';
import { StoppedError, type Testbed } from '../ports/testbed.js';
import type { StepSpec } from '../scenario/model.js';
import { judgeArm } from '../verdict/judge.js';
import { firstTreatment, leftOut, type StepList } from '../verdict/treatment.js';
import type { ArmResult } from '../verdict/verdict.js';
import { finishCaptures } from './actions/capture.js';
import { perform } from './actions.js';
import { startEdges, startProbes, startProbesOf, stopProbesOf } from './probes.js';
import { CaseTimeout, RunContext } from './run-context.js';
import { settleExpectations } from './settle.js';
import type { ArmSink, RunOptions } from './sink.js';
import { connectionKey } from './view.js';

/** Why an arm does not go on with its next step. */
type Trouble =
  | { readonly kind: 'failed' }
  | { readonly kind: 'infra-error'; readonly text: string }
  | { readonly kind: 'timeout'; readonly text: string };

/** `arm` with `${nodes.…}` resolved to the testbed's addresses. Everything goes to `sink` as it happens. */
export async function runArm(
  testbed: Testbed,
  arm: ArmSpec,
  sink: ArmSink,
  options: RunOptions = {},
): Promise<ArmResult> {
  const context = new RunContext(testbed, arm, sink, options);
  // Through the recorder, as all else: causes cite lines of the history that it has.
  for (const text of testbed.notes ?? []) context.recorder.record({ kind: 'bring-up', at: 0, text });
  let trouble = await attempt(() => runSteps(context));
  context.startCleanup();
  if (trouble) await attempt(() => runList(context, 'catch'));
  const inFinally = await attempt(() => runList(context, 'finally'));
  const atEnd = await attempt(() => finish(context));
  trouble ??= inFinally ?? atEnd;
  const at = context.now();
  if (!trouble || trouble.kind === 'failed') context.recorder.record({ kind: 'end', at, outcome: 'complete' });
  else context.recorder.record({ kind: 'end', at, outcome: trouble.kind, text: trouble.text });
  return judgeArm(arm, context.recorder.history, context.recorder.snapshots);
}

async function attempt(part: () => Promise<Trouble | undefined>): Promise<Trouble | undefined> {
  try {
    return await part();
  } catch (error) {
    if (error instanceof StoppedError || error instanceof InvariantError) throw error;
    if (error instanceof CaseTimeout) return { kind: 'timeout', text: "the case's time was over" };
    return { kind: 'infra-error', text: error instanceof Error ? error.message : String(error) };
  }
}

async function runSteps(context: RunContext): Promise<Trouble | undefined> {
  await startProbes(context);
  await openConnections(context);
  const { arm, recorder } = context;
  const first = firstTreatment(arm);
  for (const step of arm.steps) {
    // Without a treatment, the start is what later snapshots are compared with.
    const isFirst = step.index === first || (first === undefined && step === arm.steps[0]);
    if (isFirst) await recorder.snapshot(`before ${nameOf(step)}`);
    if (leftOut(arm, step)) continue;
    const failed = await runStep(context, 'steps', step);
    if (first === undefined || step.index >= first) await recorder.snapshot(`after ${nameOf(step)}`);
    if (failed && arm.expect === 'first') return { kind: 'failed' };
  }
  return undefined;
}

/** `catch` and `finally`: every step is tried, whatever became of the one before. */
async function runList(context: RunContext, list: 'catch' | 'finally'): Promise<Trouble | undefined> {
  let trouble: Trouble | undefined;
  for (const step of context.arm[list]) {
    if (leftOut(context.arm, step)) continue;
    const own = await attempt(async () => ((await runStep(context, list, step)) ? { kind: 'failed' } : undefined));
    trouble ??= own;
  }
  return trouble;
}

function nameOf({ name, index }: StepSpec): string {
  return name === '' ? `step ${index + 1}` : name;
}

/** The action, then the expectations. True where one of them failed. */
async function runStep(context: RunContext, list: StepList, step: StepSpec): Promise<boolean> {
  const { recorder } = context;
  const startedAt = context.now();
  const deadline = step.timeout === undefined ? Number.MAX_SAFE_INTEGER : startedAt + step.timeout;
  const record = { kind: 'step', list, step: step.index, name: step.name } as const;
  recorder.record({ ...record, at: startedAt, phase: 'start' });
  let failed = false;
  if (step.action) {
    const outcome = await perform(context, step.action, deadline);
    failed = 'error' in outcome;
    const told = 'error' in outcome ? { error: outcome.error } : { text: outcome.done };
    recorder.record({ ...record, at: context.now(), phase: 'action', ...told });
  }
  if (!failed && step.expect.length > 0) {
    await startProbesOf(context, step);
    failed = await settleExpectations(context, { list, step, startedAt, deadline });
    await stopProbesOf(context, step);
  }
  recorder.record({ ...record, at: context.now(), phase: 'end' });
  return failed;
}

/** Connections that expectations are about are opened while all is well, and lie idle. */
async function openConnections(context: RunContext): Promise<void> {
  const { arm, connections, testbed } = context;
  for (const step of [...arm.steps, ...arm.catch, ...arm.finally]) {
    for (const expectation of step.expect) {
      if (expectation.kind !== 'connection') continue;
      const { from, to, port } = expectation;
      const key = connectionKey(from, to, port);
      if (connections.has(key)) continue;
      const connection = await testbed.network.openConnection(from, to, port);
      if (!connection)
        throw new Error(`no connection from ${from} to ${to}:${port} could be opened before the first step`);
      connections.set(key, connection);
    }
  }
}

async function finish(context: RunContext): Promise<Trouble | undefined> {
  await startEdges(context);
  finishCaptures(context);
  await context.recorder.snapshot('at the end');
  return undefined;
}
