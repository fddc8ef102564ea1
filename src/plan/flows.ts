/** Flows and arriving pods of the file to those that the program runs. Times of traffic and of arrivals are not scaled: they are load. */

import type { z } from 'zod';
import { type Micros, parseDuration } from '../base/instant.js';
import type { ArrivalSpec, FlowSpec, KubeObject, Vantage } from '../scenario/model.js';
import type { actions } from '../scenario/v1.js';
import { type ObjectContext, reportProblems } from './objects.js';
import { parseArrivalRate, parseRate, parseSize } from './quantities.js';
import type { Site } from './site.js';
import { vantageOf } from './vantage.js';

type TrafficV1 = z.infer<(typeof actions)['traffic']>;
type ScheduleV1 = z.infer<(typeof actions)['schedule']>;

const LIKE_A_POD = 'the template has metadata and spec of a Pod, as that of a Deployment';

export function flowSpec(value: TrafficV1, site: Site): FlowSpec {
  const { name, from, to, protocol = 'tcp', rate, size, duration } = value;
  return {
    name,
    from: flowEnd(from),
    to: flowEnd(to),
    protocol,
    ...(rate === undefined ? {} : { rateBps: parseRate(rate) ?? 0 }),
    ...(size === undefined ? {} : { sizeBytes: parseSize(size) ?? 0 }),
    ...(duration === undefined ? {} : { duration: site.duration(duration, 'duration') }),
  };
}

/** `gateway`, `outside`, `{node: NAME}` or `{pod: NAME}`. */
function flowEnd(end: TrafficV1['from']): Vantage {
  return vantageOf(typeof end === 'object' && 'node' in end ? end.node : end);
}

export function arrivalSpec(value: ScheduleV1, validate: ObjectContext['validate'], site: Site): ArrivalSpec {
  const { pods, arrivals = 'even', sends, template } = value;
  const problems = validate(arrivingPod(template, 'pod-1'));
  // No step may want pods that arrive to be refused: their own hint is about that.
  const hinted = problems.map((problem) => (problem.code === 'WT0402' ? { ...problem, hint: LIKE_A_POD } : problem));
  reportProblems(hinted, site.below('template'));
  return {
    pods: Number(pods),
    spacing: spacingOf(value, site),
    spread: arrivals,
    template,
    ...(sends === undefined ? {} : { sends: { to: flowEnd(sends.to), rateBps: parseRate(sends.rate) ?? 0 } }),
  };
}

/** One of `over` and `rate` stands there: check-steps.ts. */
function spacingOf({ pods, over, rate }: ScheduleV1, site: Site): Micros {
  if (rate !== undefined) {
    const spacing = parseArrivalRate(rate);
    if (spacing === undefined) site.parseFailure('@arrivalRate', rate, ['rate']);
    return spacing ?? 0;
  }
  return over === undefined || parseDuration(over) === undefined
    ? 0
    : Math.round(site.duration(over, 'over') / Number(pods));
}

/** A pod of the template, as a Deployment would make it, in the namespace `default` unless the template names another. */
export function arrivingPod(template: ArrivalSpec['template'], name: string): KubeObject {
  const { metadata, ...rest } = template as { readonly metadata?: Readonly<Record<string, unknown>> };
  return { ...rest, apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'default', ...metadata, name } };
}
