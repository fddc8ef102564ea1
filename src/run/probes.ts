/**
 * When probes sample: all through the case, only while a step waits on them, or at the start and at the end. A testbed that cannot
 * stop a probe lets it go on; more samples than asked for change no verdict.
 */
import type { ProbeSpec, StepSpec } from '../scenario/model.js';
import type { RunContext } from './run-context.js';

export async function startProbes(context: RunContext): Promise<void> {
  for (const probe of context.arm.probes) if (probe.mode === 'continuous') await context.testbed.probes.start(probe);
  await startEdges(context);
}

/** One sample of each `edge` probe, all at once. */
export async function startEdges(context: RunContext): Promise<void> {
  const { arm, recorder, testbed } = context;
  const edges = arm.probes.filter(({ mode }) => mode === 'edge');
  if (edges.length === 0) return;
  const startedAt = context.now();
  for (const probe of edges) await testbed.probes.start(probe);
  const patience = Math.max(...edges.map(({ timeout, every }) => timeout + every));
  while (context.now() < startedAt + patience) {
    await context.sleepUntil(context.now() + context.pollEvery);
    const samples = await Promise.all(edges.map(({ name }) => testbed.probes.samples(name, startedAt)));
    if (samples.every(({ length }) => length > 0)) break;
  }
  for (const { name } of edges) {
    await testbed.probes.stop?.(name);
    await recorder.drainProbe(name);
  }
}

function waitedOn({ arm }: RunContext, step: StepSpec): ProbeSpec[] {
  return arm.probes.filter(
    ({ name, mode }) => mode === 'step' && step.expect.some((one) => one.kind === 'probe' && one.probe === name),
  );
}

export async function startProbesOf(context: RunContext, step: StepSpec): Promise<void> {
  for (const probe of waitedOn(context, step)) await context.testbed.probes.start(probe);
}

export async function stopProbesOf(context: RunContext, step: StepSpec): Promise<void> {
  for (const { name } of waitedOn(context, step)) await context.testbed.probes.stop?.(name);
}
