import t from 'tap';
import { CLUSTER, casesOf, planOf, problems, scenarioText } from './plan-fixture.js';

const MATRIX =
  'metadata: {name: s, tags: [externalip]}\nmatrix: {kubernetes: ["1.26.7", "1.34.2"], Mode: [ipvs, iptables]}\n';
const ids = (extra: Parameters<typeof casesOf>[1]) => casesOf(MATRIX, extra).map((spec) => spec.id);

t.test('--matrix picks points by value, by list and by range; several picks must all fit', async (t) => {
  t.same(ids({ matrix: ['kubernetes=1.34.2'] }), [
    's[kubernetes=1.34.2,Mode=ipvs]',
    's[kubernetes=1.34.2,Mode=iptables]',
  ]);
  t.same(ids({ matrix: ['kubernetes=>=1.30', 'Mode=ipvs'] }), ['s[kubernetes=1.34.2,Mode=ipvs]']);
  t.equal(ids({ matrix: ['kubernetes=1.26.7,1.34.2'] }).length, 4);
  t.equal(ids({ matrix: ['Mode=ipvs', 'Mode=iptables'] }).length, 4, 'one axis twice: either');
});

t.test('--tags and --focus select; a focus is part of the id, capitals alike', async (t) => {
  t.equal(ids({ tags: 'externalip && !slow' }).length, 4);
  t.same(ids({ focus: ['7,mODE=ipvs'] }), ['s[kubernetes=1.26.7,Mode=ipvs]']);
  t.same(ids({ focus: ['1.26.7,Mode=ipvs', '1.34.2,Mode=ipvs'] }).length, 2);
});

t.test('nothing selected is an error that says what was asked for', async (t) => {
  t.match(problems(planOf(MATRIX, { tags: 'slow' })), [/WT0607 nothing is selected by --tags 'slow'/]);
  t.match(problems(planOf(MATRIX, { matrix: ['kubernets=1.34.2'] })), [/WT0306 .*kubernets.*did you mean kubernetes/]);
  t.match(problems(planOf(MATRIX, { matrix: ['kubernetes'] })), [/WT0606/]);
  t.match(problems(planOf('', { scenarios: [] })), [/WT0607 no scenario is there/]);
});

t.test('a value that no point has is refused beside others that there are', async (t) => {
  t.same(problems(planOf(MATRIX, { matrix: ['Mode=ipvs,foo,nftables'] })), [
    'WT0307 no point of a matrix has Mode foo | values of Mode: ipvs, iptables',
    'WT0307 no point of a matrix has Mode nftables | did you mean iptables? values of Mode: ipvs, iptables',
  ]);
  t.same(problems(planOf(MATRIX, { matrix: ['kubernetes=1.34'] })), [
    'WT0307 no point of a matrix has kubernetes 1.34 | did you mean 1.34.2? values of kubernetes: 1.26.7, 1.34.2',
  ]);
  t.match(problems(planOf(MATRIX, { matrix: ['kubernetes=>=1.35'] })), [/WT0307 .* kubernetes >=1.35/]);
});

t.test('scenario names are unique in a plan', async (t) => {
  const files = { 'a/t.yaml': scenarioText('cluster: {from: ../c.yaml}\n'), 'c.yaml': CLUSTER };
  const result = planOf('', { scenarios: ['s.yaml', 'a/t.yaml'], files });
  t.match(problems(result), ['WT0604 a scenario is called s already | it is in s.yaml']);
  t.match(result.diagnostics[0], { file: 'a/t.yaml', line: 3, column: 18 });
});
