/**
 * Whether Prometheus sees what it is there for: every node's target up, and the counters of every node's interface moving from scrape to
 * scrape. What is missing is told as Prometheus has it.
 */
import type { MetricSample } from '../../../src/ports/testbed.js';
import type { KindMetrics } from './metrics.js';

const UP = 'up{job="node-exporter"}';
/** Of a kind node's only interface. */
const COUNTER = 'node_network_receive_bytes_total{device="eth0"}';

interface Target {
  readonly labels?: Readonly<Record<string, string>>;
  readonly lastError?: string;
}

/** By the label `node`; text where the query was refused, or not heard. */
async function byNode(
  metrics: Pick<KindMetrics, 'query'>,
  promql: string,
): Promise<ReadonlyMap<string, number> | string> {
  const answer = await metrics.query(promql);
  if (!answer.ok) return `${promql}: ${answer.error}`;
  return new Map(answer.samples.map(({ labels, value }: MetricSample) => [labels.node ?? '', value]));
}

/** Undefined when Prometheus could scrape every node. */
export async function targetsDown(
  metrics: Pick<KindMetrics, 'query' | 'ask'>,
  nodes: readonly string[],
): Promise<string | undefined> {
  const up = await byNode(metrics, UP);
  if (typeof up === 'string') return up;
  const down = nodes.filter((node) => up.get(node) !== 1);
  if (down.length === 0) return undefined;
  const targets = await metrics.ask('/api/v1/targets?state=active');
  const words = down.map((node) => {
    const seen = up.has(node) ? `is ${up.get(node)}` : 'has no sample';
    return `up{node="${node}"} ${seen}: ${errorOf(targets, node)}`;
  });
  return words.join('; ');
}

function errorOf(targets: Awaited<ReturnType<KindMetrics['ask']>>, node: string): string {
  if (typeof targets === 'string') return targets;
  if (targets.status === 'error') return targets.error;
  const { activeTargets = [] } = (targets.data ?? {}) as { readonly activeTargets?: readonly Target[] };
  const target = activeTargets.find(({ labels }) => labels?.node === node);
  if (!target) return 'Prometheus knows no target on it';
  return target.lastError ? `last scrape error ${target.lastError}` : 'not scraped yet';
}

/** Undefined when every node's counter has moved between two scrapes. */
export async function countersAtRest(
  metrics: Pick<KindMetrics, 'query'>,
  nodes: readonly string[],
  windowS: number,
): Promise<string | undefined> {
  const changes = await byNode(metrics, `changes(${COUNTER}[${windowS}s])`);
  if (typeof changes === 'string') return changes;
  const resting = nodes.filter((node) => !((changes.get(node) ?? 0) > 0));
  if (resting.length === 0) return undefined;
  const [scrapes, values] = [
    await byNode(metrics, `count_over_time(${COUNTER}[${windowS}s])`),
    await byNode(metrics, COUNTER),
  ];
  if (typeof scrapes === 'string') return scrapes;
  if (typeof values === 'string') return values;
  const words = resting.map((node) => {
    const count = scrapes.get(node) ?? 0;
    const value = values.get(node);
    return `eth0 of ${node}: ${count} ${count === 1 ? 'scrape' : 'scrapes'}${value === undefined ? '' : `, received bytes at ${value}`}`;
  });
  return words.join('; ');
}
