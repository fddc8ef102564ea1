/** What /metrics and /configz say; excerpts of what kube-scheduler 1.36.3 and 1.31.0 answered. */
import t from 'tap';
import type { Profile } from './scheduler-config.js';
import { differences, queryErrors, scoredCount, unknownNodes } from './scheduler-metrics.js';

const METRICS = `# TYPE network_traffic_snapshot_age_seconds gauge
network_traffic_snapshot_age_seconds{profile="b"} 14.395459431999999
network_traffic_query_errors_total{kind="answer",profile="b"} 0
network_traffic_query_errors_total{kind="transport",profile="b"} 1
network_traffic_unknown_nodes{profile="b",reason="capacity"} 0
network_traffic_unknown_nodes{profile="b",reason="missing"} 0
scheduler_plugin_evaluation_total{extension_point="PreScore",plugin="network_traffic",profile="b"} 1
scheduler_plugin_evaluation_total{extension_point="Score",plugin="ImageLocality",profile="b"} 7
scheduler_plugin_evaluation_total{extension_point="Score",plugin="network_traffic",profile="b"} 2
`;

t.test('scores are counted where the plugin scored, and not where it only looked', async (t) => {
  t.equal(scoredCount(METRICS), 2);
  t.equal(scoredCount(METRICS.replace(/^.*Score",plugin="network.*} 2\n/m, '')), undefined);
});

t.test('every node is known only once Prometheus has answered', async (t) => {
  t.equal(unknownNodes(METRICS), '');
  t.equal(unknownNodes(METRICS.replace('"missing"} 0', '"missing"} 3')), '3 missing');
  t.equal(unknownNodes(METRICS.replace(/^network_traffic_snapshot.*\n/m, '')), undefined);
  t.equal(queryErrors(METRICS), '1 transport');
});

const asked: Profile = {
  schedulerName: 'b',
  plugins: {
    multiPoint: { enabled: [{ name: 'network_traffic', weight: 5 }] },
    score: { disabled: [{ name: 'NodeResourcesFit' }] },
  },
  pluginConfig: [
    {
      name: 'network_traffic',
      args: { window: '2m', direction: 'max', linkCapacity: { n: '1Gbps' }, unknownScore: 0 },
    },
  ],
};

const shown = {
  schedulerName: 'b',
  plugins: {
    multiPoint: {
      enabled: [
        { name: 'ImageLocality', weight: 1 },
        { name: 'network_traffic', weight: 5 },
      ],
    },
    score: { disabled: [{ name: 'NodeResourcesFit' }] },
  },
  pluginConfig: [
    {
      name: 'network_traffic',
      args: { window: '2m0s', maxAge: '2m0s', direction: 'max', linkCapacity: { n: '1Gbps' } },
    },
  ],
};

const configz = (profile: object) => JSON.stringify({ componentconfig: { profiles: [profile] } });

t.test('what was asked for is found in the form of the API, and in that of the Go types', async (t) => {
  t.strictSame(differences(asked, configz(shown)), []);
  const old = `{"componentconfig":{"Profiles":[{"SchedulerName":"b","Plugins":{"Score":{"Enabled":null,
    "Disabled":[{"Name":"NodeResourcesFit","Weight":0}]},"MultiPoint":{"Enabled":[{"Name":"network_traffic","Weight":5}],
    "Disabled":null}},"PluginConfig":[{"Name":"network_traffic","Args":{"window":"2m0s","direction":"max",
    "linkCapacity":{"n":"1Gbps"}}}]}]}}`;
  t.strictSame(differences(asked, old), []);
});

t.test('each difference is told', async (t) => {
  const args = { window: '1h0m0s', direction: 'max', linkCapacity: { n: '2Gbps' }, unknownScore: 7 };
  const plugins = { multiPoint: { enabled: [{ name: 'network_traffic', weight: 1 }] } };
  const other = { ...shown, plugins, pluginConfig: [{ name: 'network_traffic', args }] };
  t.strictSame(differences(asked, configz(other)), [
    'network_traffic weighs 1, not 5',
    'NodeResourcesFit scores, and was switched off',
    'network_traffic.window is "1h0m0s", not "2m"',
    'network_traffic.linkCapacity is {"n":"2Gbps"}, not {"n":"1Gbps"}',
    'network_traffic.unknownScore is 7, not 0',
  ]);
  t.match(differences(asked, configz({ schedulerName: 'other' })), [/no profile b, but other/]);
  t.match(differences({ ...asked, plugins: {}, pluginConfig: [] }, configz(shown)), [/is there, and was switched off/]);
  t.match(differences(asked, configz({ ...shown, pluginConfig: [] })), [/network_traffic has no arguments/]);
});
