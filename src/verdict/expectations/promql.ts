/** `{promql, value}`: an instant query. Each series that it answers has to compare so; no series is nothing seen. */
import { SECOND } from '../../base/instant.js';
import type { MetricSample } from '../../ports/testbed.js';
import { compare } from '../compare.js';
import { each, type StateKind } from './kind.js';

/** As many digits as people compare. */
const DIGITS = 6;

function describe({ labels, value }: MetricSample): string {
  const selector = Object.entries(labels).map(([name, text]) => `${name}=${JSON.stringify(text)}`);
  const number = Number.isFinite(value) ? String(Number(value.toPrecision(DIGITS))) : String(value);
  return selector.length === 0 ? number : `{${selector.join(',')}} ${number}`;
}

export const promql: StateKind<'promql'> = {
  compared: true,
  every: SECOND,
  async observe({ query, value }, view) {
    const answer = await view.metrics(query);
    if (!answer) return { holds: null, seen: 'the cluster has no Prometheus' };
    if (!answer.ok) return { holds: null, seen: `Prometheus says: ${answer.error}` };
    if (answer.samples.length === 0) return { holds: null, seen: 'no series' };
    return each(answer.samples.map((sample) => ({ holds: compare(value, sample.value), seen: describe(sample) })));
  },
};
