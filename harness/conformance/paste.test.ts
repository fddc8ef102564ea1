/** A shrunk disagreement is printed as files that the program takes as they are. */
import t from 'tap';
import { parseAllDocuments } from 'yaml';
import { asScenario } from './paste.js';

t.test('what the language can say is said, and the rest stands in comments', async (t) => {
  const none = { bound: [], conf: {}, neighbours: [], listeners: [], servers: [], filtered: [] };
  const text = asScenario({
    spec: {
      seed: '7',
      hosts: [
        { ...none, name: 'h1', address: '10.9.0.2', conf: { rp_filter: '1' } },
        {
          ...none,
          name: 'h2',
          address: '10.9.0.3',
          bound: [{ address: '10.9.0.2', device: 'dummy0' }],
          listeners: [{ address: null, port: 8080 }],
        },
      ],
    },
    tried: { from: 'h1', to: '10.9.0.3', port: 8080 },
    kernel: 'timeout',
    model: 'ok h2',
  });
  t.match(text, '# h2 listens on 0.0.0.0:8080');
  const [cluster, scenario] = parseAllDocuments(text).map((document) => document.toJS());
  t.match(cluster, {
    kind: 'Cluster',
    spec: { nodes: [{ name: 'h1', sysctls: { 'net.ipv4.conf.all.rp_filter': '1' } }, {}] },
  });
  t.match(scenario, {
    kind: 'Scenario',
    steps: [
      { bind: { address: '10.9.0.2', on: 'h2', device: 'dummy0' } },
      { expect: [{ probe: 'tried', is: 'timeout' }] },
    ],
  });
});
