/**
 * `schedule`: pods that arrive one after the other, each created at its instant. Who places them, and whether they run, is not waited for.
 * Where the API server is slower than they arrive, they are late, and the outcome says so.
 */
import { formatSeconds, type Micros } from '../../base/instant.js';
import type { RandomStream } from '../../base/random.js';
import { arrivingPod } from '../../plan/flows.js';
import { refOf } from '../../plan/objects.js';
import type { ArrivalSpec } from '../../scenario/model.js';
import type { ActionOutcome } from '../actions.js';
import { CaseTimeout, type RunContext } from '../run-context.js';

/** Late by more is told. */
const LATE: Micros = 200_000;

/** Since the first one may arrive, in order; with `poisson` gaps are exponential (RFC 2330, 11.1.1), and the first pod waits for one too. */
export function arrivalTimes({ pods, spacing, spread }: ArrivalSpec, stream: RandomStream): readonly Micros[] {
  if (spread === 'even') return Array.from({ length: pods }, (_, i) => i * spacing);
  let at = 0;
  return Array.from({ length: pods }, () => {
    at += Math.round(-Math.log(1 - stream.unit()) * spacing);
    return at;
  });
}

/** `web`: how the template calls itself, else its first container. */
function stemOf(template: ArrivalSpec['template']): string {
  const { metadata, spec } = template as {
    readonly metadata?: { readonly name?: unknown };
    readonly spec?: { readonly containers?: readonly { readonly name?: unknown }[] };
  };
  return String(metadata?.name ?? spec?.containers?.[0]?.name ?? 'pod');
}

export async function schedule(context: RunContext, arrivals: ArrivalSpec, deadline: Micros): Promise<ActionOutcome> {
  const { controlPlane } = context.testbed;
  if (!controlPlane) return { error: 'bare hosts have no Kubernetes API' };
  const stem = stemOf(arrivals.template);
  const startedAt = context.now();
  let late: Micros = 0;
  for (const offset of arrivalTimes(arrivals, context.arrivals)) {
    await context.sleepUntil(Math.min(startedAt + offset, deadline));
    if (context.now() >= context.deadline) throw new CaseTimeout();
    if (context.now() >= deadline) return { error: "the step's time was over before all pods had arrived" };
    late = Math.max(late, context.now() - startedAt - offset);
    const name = `${stem}-${context.nextNumber(stem)}`;
    const pod = arrivingPod(arrivals.template, name);
    if (await controlPlane.get(refOf(pod))) return { error: `there is a Pod ${name} already` };
    const answer = await controlPlane.apply(pod);
    if (!answer.ok) return { error: `Pod ${name}: ${answer.code} ${answer.reason}: ${answer.message}` };
  }
  const took = formatSeconds(context.now() - startedAt);
  const told = late > LATE ? `, up to ${formatSeconds(late)} s late` : '';
  return { done: `${arrivals.pods} pods ${stem} arrived in ${took} s${told}` };
}
