import t from 'tap';
import { SIM } from '../plan/capabilities.js';
import { makePlan } from '../plan/make-plan.js';
import { casesOf, codesOf, planOf, problems, scenarioText } from '../plan/plan-fixture.js';
import { FILE_SIZE_MAX, joinBeside, memoryFiles, type SourceFiles } from './source.js';

const withFile = (text: string) => planOf('', { files: { 's.yaml': text } });

t.test('an empty file, a binary file, a bomb and a file of 10 MB each get one clear error', async (t) => {
  t.match(problems(withFile('')), ['WT0005 the file is empty | a file begins with apiVersion: windtunnel/v1alpha1']);
  t.match(problems(withFile('# a comment\n')), [/^WT0005/]);
  t.match(problems(withFile('\u007fELF\u0000\u0001')), [/^WT0004/]);
  t.match(problems(withFile('x'.repeat(FILE_SIZE_MAX + 1))), [/^WT0003/]);
  t.match(problems(withFile('just text')), [/^WT0103 the file takes a mapping, not just text/]);
  t.match(problems(withFile(`${scenarioText('')}---\na: 1\n`)), [/^WT0017/]);
});

t.test('an unknown apiVersion and a wrong kind are told with what is right', async (t) => {
  t.match(problems(planOf('apiVersion: windtunnel/v2\n')), [
    'WT0020 unknown apiVersion windtunnel/v2 | write windtunnel/v1alpha1',
  ]);
  t.match(problems(planOf('kind: Cluster\n')), [/^WT0021 kind is Cluster, not Scenario/]);
  t.match(
    problems(planOf('', { files: { 'c.yaml': scenarioText('') } })).join(),
    /WT0021 kind is Scenario, not Cluster/,
  );
});

t.test('anchors, aliases and merges work across a scenario', async (t) => {
  const body = `probes:
  a: &probe {from: worker-1, tcp: apiserver, every: 2s}
  b: {<<: *probe, from: worker-2}
`;
  t.match(casesOf(body)[0]?.arms[0]?.probes, [
    { from: { node: 'worker-1' }, every: 2e6 },
    { from: { node: 'worker-2' }, every: 2e6 },
  ]);
});

t.test('files that cannot be read are told at the path that names them', async (t) => {
  const files: SourceFiles = {
    read: (path) => {
      if (path === 's.yaml')
        return { ok: true, text: scenarioText('steps: [{apply: [dir, big.yaml, locked.yaml]}]\n') };
      if (path === 'dir') return { ok: false, why: 'directory' };
      if (path === 'big.yaml') return { ok: false, why: 'too-large', bytes: 10_000_000 };
      if (path === 'locked.yaml') return { ok: false, why: 'unreadable', detail: 'EACCES' };
      return { ok: false, why: 'not-found' };
    },
    resolve: joinBeside,
  };
  const told = problems(makePlan({ scenarios: ['s.yaml', 'gone.yaml'], backends: [SIM], seed: '1' }, files));
  t.match(told, [
    /^WT0001 no file gone.yaml/,
    /^WT0001 no file c.yaml in folder \./,
    /^WT0002 dir is a folder/,
    /^WT0003 the file has 10000000 bytes/,
    /^WT0002 locked.yaml cannot be read: EACCES/,
  ]);
});

t.test('problems of several files are told at once, and a shared cluster file once', async (t) => {
  const result = planOf('steps: [{sleep: 5}]\n', {
    scenarios: ['s.yaml', 't.yaml'],
    files: {
      't.yaml': scenarioText('metadata: {name: t}\nsteps: [{slep: 1s}]\n'),
      'c.yaml': 'apiVersion: windtunnel/v1alpha1\nkind: Cluster\nspec: {nodes: [{name: a}]}\n',
    },
  });
  t.same(
    result.diagnostics.map(({ file, code }) => `${file} ${code}`),
    ['c.yaml WT0102', 's.yaml WT0106', 't.yaml WT0304', 't.yaml WT0101'],
  );
});

t.test('paths are joined beside the file that names them', async (t) => {
  t.equal(joinBeside('scenarios/outage/a.yaml', '../../clusters/c.yaml'), 'clusters/c.yaml');
  t.equal(joinBeside('a.yaml', '../c.yaml'), '../c.yaml');
  t.equal(joinBeside('/x/a.yaml', './c.yaml'), '/x/c.yaml');
  t.equal(joinBeside('x/a.yaml', '/c.yaml'), '/c.yaml');
  t.same(memoryFiles({}).read('x'), { ok: false, why: 'not-found' });
});

t.test('names from files are names: no path, no control character', async (t) => {
  for (const name of ['../x', 'a/b', '"a\\u001b[31m"', 'A', '-a', 'a'.repeat(64)]) {
    t.same(codesOf(`metadata: {name: ${name}}\n`), ['WT0105'], name);
  }
});
