/** Every file of scenarios/ parses and plans; the examples among them as the contract says. */
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { z } from 'zod';
import { jsonSchema } from '../scenario/json-schema.js';
import { EXAMPLE } from '../scenario/language-meaning.js';
import { joinBeside, type SourceFiles } from '../scenario/source.js';
import { SIM } from './capabilities.js';
import { describePlan } from './describe.js';
import { makePlan } from './make-plan.js';

const files: SourceFiles = {
  read(path) {
    try {
      return { ok: true, text: readFileSync(path, 'utf8') };
    } catch {
      return { ok: false, why: 'not-found' };
    }
  },
  resolve: joinBeside,
};

const scenarios = readdirSync('scenarios', { recursive: true })
  .map((file) => `scenarios/${String(file)}`)
  .filter((file) => file.endsWith('.yaml') && readFileSync(file, 'utf8').includes('kind: Scenario'))
  .sort();
const planAll = () => makePlan({ scenarios, backends: [SIM], seed: '7' }, files);
const result = planAll();

t.test('all of scenarios/ plans', async (t) => {
  t.same(result.diagnostics, []);
  t.ok(result.plan && result.plan.cases.length >= 12);
});

t.test('the flagship has the points of its matrix, each with its control arm', async (t) => {
  const cases = result.plan?.cases.filter((spec) => spec.scenario.name === 'externalip-is-worker') ?? [];
  t.equal(cases.length, 9, 'three modes, nftables only from 1.31 on');
  for (const { arms, matrix } of cases) {
    const expected = matrix.proxyMode === 'ipvs' ? 'differs' : 'same';
    t.same(
      arms.map((arm) => [arm.name, arm.expect]),
      [
        ['treatment', 'first'],
        ['control', expected],
      ],
    );
    t.equal(arms[0]?.cluster.kubernetes, matrix.kubernetes);
    t.equal(arms[0]?.cluster.kubeProxy.mode, matrix.proxyMode);
  }
});

t.test('placement and upgrade are planned, and skipped with the reason', async (t) => {
  const skipped = new Map(result.plan?.cases.map((spec) => [spec.scenario.name, spec.skip]));
  t.equal(skipped.get('avoids-egress-hot-node'), 'sim cannot run traffic yet');
  t.equal(skipped.get('minimally-fixed-to-fixed'), 'sim cannot run compare yet');
  t.equal(skipped.get('externalip-is-worker'), undefined);
});

t.test('the scenario on the reference page plans', async (t) => {
  const example: SourceFiles = {
    read: (path) => (path === 'scenarios/outage/x.yaml' ? { ok: true, text: EXAMPLE } : files.read(path)),
    resolve: joinBeside,
  };
  const made = makePlan({ scenarios: ['scenarios/outage/x.yaml'], backends: [SIM], seed: '1' }, example);
  t.same(made.diagnostics, []);
  t.same(
    made.plan?.cases.map((spec) => spec.arms.length),
    [2],
  );
});

t.test('the JSON Schema takes every file of scenarios/ and clusters/, and refuses an unknown key', async (t) => {
  const takes = (kind: 'Scenario' | 'Cluster', value: unknown) =>
    z.fromJSONSchema(jsonSchema(kind) as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value).success;
  for (const file of scenarios) t.ok(takes('Scenario', parse(readFileSync(file, 'utf8'))), file);
  for (const file of readdirSync('clusters').filter((name) => name.endsWith('.yaml'))) {
    const value = parse(readFileSync(`clusters/${file}`, 'utf8'));
    // Beside cluster files stand the list of images and an example of settings, which have readers of their own.
    if (['Images', 'Config'].includes(value.kind)) continue;
    t.ok(takes('Cluster', value), file);
    t.notOk(takes('Cluster', { ...value, colour: 'red' }), `${file} with a colour`);
  }
});

t.test('one input, one plan, to the byte; and it is plain JSON', async (t) => {
  const text = JSON.stringify(result.plan);
  t.equal(JSON.stringify(planAll().plan), text);
  t.same(JSON.parse(text), result.plan);
});

t.test('ids and slugs are unique, and nothing of a reference is left but addresses and names of nodes', async (t) => {
  const cases = result.plan?.cases ?? [];
  t.equal(new Set(cases.map((spec) => spec.id)).size, cases.length);
  t.equal(new Set(cases.map((spec) => spec.slug)).size, cases.length);
  const left = JSON.stringify(cases).match(/\$\{[^}]*\}/g) ?? [];
  t.same(
    left.filter((text) => !/^\$\{nodes\.[^.}]+\.(ip|name)\}$/.test(text)),
    [],
  );
});

t.test('a plan is told in lines: cases, arms, what is skipped, the count', async (t) => {
  const lines = result.plan ? describePlan(result.plan) : [];
  t.match(lines.join('\n'), 'externalip-is-worker[kubernetes=1.34.2,proxyMode=ipvs]  on sim');
  t.match(lines.join('\n'), 'skipped: sim cannot run traffic yet');
  t.match(lines.join('\n'), '3. IPVS makes the address local on every other node (not on every point)');
  t.match(lines.at(-1), /^\d+ cases, \d+ cases? skipped, \d+ arms to run, seed 7$/);
});
