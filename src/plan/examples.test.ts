/** Every file of scenarios/ parses and plans; the examples among them as the contract says. */
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
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
