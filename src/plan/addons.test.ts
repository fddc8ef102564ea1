import t from 'tap';
import { SECOND } from '../base/instant.js';
import { addonProblems, wantedAddons } from './addons.js';
import { planOf, problems } from './plan-fixture.js';

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
  t.strictSame(addonProblems(addons), [
    'addons.grafana: no such add-on, add-ons: node-exporter, prometheus',
    'addons.toString: no such add-on, add-ons: node-exporter, prometheus',
    'addons.node-exporter.port: no such setting, it has none',
    'addons.prometheus.scrapeInterval: 5 is no duration of 1s to 2m',
    'addons.prometheus.retention: no such setting, did you mean scrapeInterval?',
  ]);
  for (const scrapeInterval of ['15', '500ms', '3m', '-15s', ''])
    t.equal(addonProblems({ prometheus: { scrapeInterval } }).length, 1, scrapeInterval);
});

t.test('what is wrong with add-ons and schedulers of a cluster is told before anything starts', async (t) => {
  const body = `cluster: {from: c.yaml, with: {addons: {promtheus: {}}, schedulers: [{name: b, version: fixd}]}}\n`;
  t.strictSame(problems(planOf(body)), [
    'WT0512 addons.promtheus: no such add-on, did you mean prometheus?',
    'WT0513 schedulers.b.version: no version "fixd", did you mean fixed?',
  ]);
});
