import t from 'tap';
import { SECOND } from '../base/instant.js';
import { addonProblems, wantedAddons } from './addons.js';
import { CLUSTER, planOf, problems, scenarioText } from './plan-fixture.js';

t.test('without add-ons there are none, and Prometheus scrapes every 15 s unless told', async (t) => {
  t.strictSame(wantedAddons({}), { nodeExporter: false });
  t.strictSame(wantedAddons({ 'node-exporter': {} }), { nodeExporter: true });
  const both = { 'node-exporter': {}, prometheus: {} };
  t.strictSame(wantedAddons(both), { nodeExporter: true, scrapeInterval: 15 * SECOND });
  const slow = { prometheus: { scrapeInterval: '1.5m' } };
  t.strictSame(wantedAddons(slow), { nodeExporter: false, scrapeInterval: 90 * SECOND });
});

t.test('everything that is wrong with the add-ons is told at once', async (t) => {
  const addons = {
    grafana: {},
    toString: {},
    'node-exporter': { port: 9101 },
    prometheus: { scrapeInterval: 5, retention: '1d' },
  };
  const hint = 'add-ons: node-exporter, prometheus';
  t.strictSame(addonProblems(addons), [
    { path: ['addons', 'grafana'], atKey: true, message: 'no add-on grafana', hint },
    { path: ['addons', 'toString'], atKey: true, message: 'no add-on toString', hint },
    {
      path: ['addons', 'node-exporter', 'port'],
      atKey: true,
      message: 'node-exporter has no setting port',
      hint: 'it has none',
    },
    { path: ['addons', 'prometheus', 'scrapeInterval'], message: 'scrapeInterval is 5, no duration of 1s to 2m' },
    {
      path: ['addons', 'prometheus', 'retention'],
      atKey: true,
      message: 'prometheus has no setting retention',
      hint: 'did you mean scrapeInterval?',
    },
  ]);
  for (const scrapeInterval of ['15', '500ms', '3m', '-15s', ''])
    t.equal(addonProblems({ prometheus: { scrapeInterval } }).length, 1, scrapeInterval);
});

t.test('what is wrong with add-ons and schedulers of a cluster is told before anything starts', async (t) => {
  const body = `cluster: {from: c.yaml, with: {addons: {promtheus: {}}, schedulers: [{name: b, version: fixd}]}}\n`;
  t.strictSame(problems(planOf(body)), [
    'WT0512 no add-on promtheus | did you mean prometheus?',
    'WT0513 no version "fixd" | did you mean fixed?',
  ]);
});

t.test('each is told at its place in the part that has it, schedulers by their names', async (t) => {
  const cluster = `${CLUSTER}  addons: {prometheus: {scrapeInterval: 1h}}
  schedulers:
    - name: a
    - name: b
      version: fixd
      plugins: {network_traffic: {windw: 2m}, NoPlugin: {}}
    - name: c
`;
  const body = `cluster:
  from: c.yaml
  with:
    schedulers:
      - name: c
        version: herdin
      - {name: b, plugins: {network_traffic: {weight: 0}}}
`;
  const { diagnostics } = planOf(body, { files: { 'c.yaml': cluster } });
  const text = { 'c.yaml': cluster, 's.yaml': scenarioText(body) };
  const told = diagnostics.map(({ message, file, line: number, column, endColumn = 0 }) => {
    const line = text[file as keyof typeof text].split('\n')[number - 1] ?? '';
    return [message, line.slice(column - 1, endColumn - 1)];
  });
  t.same(
    new Map(told as [string, string][]),
    new Map([
      ['scrapeInterval is "1h", no duration of 1s to 2m', '1h'],
      ['no version "fixd"', 'fixd'],
      ['unknown key windw', 'windw'],
      ['no score plugin NoPlugin', 'NoPlugin'],
      ['no version "herdin"', 'herdin'],
      ['weight is 0', '0'],
    ]),
  );
});
