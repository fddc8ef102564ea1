/** Excerpts of what a kube-scheduler and a node-exporter answered. */
import t from 'tap';
import { samplesOf } from './exposition.js';

const TEXT = `# HELP node_network_receive_bytes_total Network device statistic receive_bytes.
# TYPE node_network_receive_bytes_total counter
node_network_receive_bytes_total{device="eth0"} 1.0534911e+07
node_network_receive_bytes_total{device="lo"} 8.2e+06
node_network_receive_bytes_total_more{device="eth0"} 1
node_time_seconds 1.7638e+09
told{why="it said \\"no\\"",code="5"} NaN
`;

t.test('a metric has the samples of its own name, with their labels', async (t) => {
  t.strictSame(samplesOf(TEXT, 'node_network_receive_bytes_total'), [
    { labels: { device: 'eth0' }, value: 10_534_911 },
    { labels: { device: 'lo' }, value: 8_200_000 },
  ]);
  t.strictSame(samplesOf(TEXT, 'node_time_seconds'), [{ labels: {}, value: 1_763_800_000 }]);
  t.strictSame(samplesOf(TEXT, 'told'), [
    { labels: { why: String.raw`it said \"no\"`, code: '5' }, value: Number.NaN },
  ]);
  t.strictSame(samplesOf(TEXT, 'node_network'), []);
});
