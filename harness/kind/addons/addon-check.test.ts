/** What is still missing, in Prometheus's words. */
import t from 'tap';
import type { MetricsAnswer } from '../../../src/ports/testbed.js';
import { countersAtRest, targetsDown } from './addon-check.js';
import type { KindMetrics } from './metrics.js';

const NODES = ['cp', 'w1', 'w2'];
const ERROR = 'Get "http://172.30.0.4:9100/metrics": dial tcp 172.30.0.4:9100: connect: connection refused';

/** As /api/v1/targets?state=active has them, in part. */
const TARGETS = {
  activeTargets: [
    { labels: { job: 'node-exporter', node: 'w1' }, lastError: '', health: 'unknown' },
    { labels: { job: 'node-exporter', node: 'w2' }, lastError: ERROR, health: 'down' },
  ],
};

const byNode = (values: Readonly<Record<string, number>>): MetricsAnswer => ({
  ok: true,
  samples: Object.entries(values).map(([node, value]) => ({ labels: { node }, value })),
});

type Asked = Awaited<ReturnType<KindMetrics['ask']>>;

function prometheus(
  answers: Readonly<Record<string, MetricsAnswer>>,
  targets: Asked = { status: 'success', data: TARGETS },
) {
  const asked: string[] = [];
  const query = async (promql: string): Promise<MetricsAnswer> => {
    asked.push(promql);
    const [name = ''] = promql.split(/[({]/);
    return answers[name] ?? { ok: false, error: `no answer to ${promql}` };
  };
  return { query, ask: async () => targets, asked };
}

t.test('a node whose target is not up is told with the last error of its scrape', async (t) => {
  t.equal(await targetsDown(prometheus({ up: byNode({ cp: 1, w1: 1, w2: 1 }) }), NODES), undefined);
  t.equal(
    await targetsDown(prometheus({ up: byNode({ cp: 1, w1: 1, w2: 0 }) }), NODES),
    `up{node="w2"} is 0: last scrape error ${ERROR}`,
  );
  t.equal(
    await targetsDown(prometheus({ up: byNode({ w2: 1 }) }), NODES),
    'up{node="cp"} has no sample: Prometheus knows no target on it; up{node="w1"} has no sample: not scraped yet',
  );
});

t.test('a Prometheus that is not heard is what was last seen', async (t) => {
  const error = 'Prometheus was not reached';
  t.equal(await targetsDown(prometheus({ up: { ok: false, error } }), NODES), `up{job="node-exporter"}: ${error}`);
  t.equal(
    await targetsDown(prometheus({ up: byNode({ cp: 1, w1: 1 }) }, error), NODES),
    `up{node="w2"} has no sample: ${error}`,
  );
  t.match(
    await countersAtRest(prometheus({ changes: { ok: false, error } }), NODES, 60),
    /: Prometheus was not reached$/,
  );
});

t.test('a counter that stands still, or was scraped only once, is told with its value', async (t) => {
  const moving = prometheus({ changes: byNode({ cp: 1, w1: 2, w2: 1 }) });
  t.equal(await countersAtRest(moving, NODES, 60), undefined);
  t.same(moving.asked, ['changes(node_network_receive_bytes_total{device="eth0"}[60s])']);
  const resting = prometheus({
    changes: byNode({ cp: 1, w1: 0 }),
    count_over_time: byNode({ cp: 3, w1: 1 }),
    node_network_receive_bytes_total: byNode({ cp: 9, w1: 710315 }),
  });
  t.equal(
    await countersAtRest(resting, NODES, 60),
    'eth0 of w1: 1 scrape, received bytes at 710315; eth0 of w2: 0 scrapes',
  );
});
