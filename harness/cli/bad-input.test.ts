/** Files and calls that are wrong: each is told with its place, code and hint, exit 2, nothing started, and soon. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { HOSTS, PASSING, scenario, windtunnel } from './program-fixture.js';

const PLACE = /^a\.yaml:\d+:\d+: error WT\d{4}: .+$/m;

/** Nine levels of ten references each: a thousand million nodes, were it unfolded. */
const BOMB = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  .concat(
    Array.from(
      { length: 9 },
      (_, i) => `a${i + 1}: &a${i + 1} [${Array.from({ length: 10 }, () => `*a${i}`).join(', ')}]`,
    ),
  )
  .join('\n');

const values = (count: number) => `[${Array.from({ length: count }, (_, i) => `v${i}`).join(', ')}]`;
const MILLION = `matrix: {a: ${values(100)}, b: ${values(100)}, c: ${values(100)}}`;

const WRONG: readonly (readonly [string, string | Buffer, RegExp])[] = [
  ['an empty file', '', /the file is empty/],
  ['a file of blanks and comments', '\n  \n# nothing\n', /the file is empty/],
  ['a binary file', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 0xff, 0xfe, 0]), /error WT/],
  ['a YAML bomb', BOMB, /error WT/],
  ['duplicate keys', `${PASSING}\nprobes: {}\n`, /probes/],
  ['an unknown apiVersion', PASSING.replace('windtunnel/v1alpha1', 'windtunnel/v9'), /v1alpha1/],
  ['an unknown key', PASSING.replace('cluster:', 'clustre:'), /clustre.*\n[\s\S]*hint: .*cluster/],
  ['a cycle in variables', scenario('cycle', 'steps: []', `variables: {x: "\${y}", y: "\${x}"}`), /x.*y|y.*x/],
  ['a matrix of a million points', scenario('huge', 'steps: [{sleep: 1s}]', MILLION), /1000000 points/],
  ['nesting that has no end', '['.repeat(100_000), /error WT/],
  ['a cluster file that is missing', PASSING.replace('hosts.yaml', 'none.yaml'), /no file none\.yaml/],
  ['a place outside of the tree', PASSING.replace('hosts.yaml', '../../../../../../etc/shadow-none'), /no file/],
];

for (const [name, text, said] of WRONG) {
  t.test(`${name} is told with place and code`, async (t) => {
    const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': text });
    const ended = await windtunnel(cwd, 'run', 'a.yaml');
    t.equal(ended.exitCode, 2, ended.stderr.slice(0, 2000));
    t.match(ended.stderr, PLACE);
    t.match(ended.stderr, said);
    t.match(ended.stderr, /\d+ errors?; nothing was started\n?$/);
    t.notMatch(ended.stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    t.notOk(existsSync(join(cwd, 'reports')));
  });
}

t.test('a file of ten megabytes is refused unread', async (t) => {
  const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': 'x'.repeat(10 * 1024 * 1024) });
  const ended = await windtunnel(cwd, 'run', 'a.yaml');
  t.match(ended, { exitCode: 2, stderr: /error WT0003: the file has 10485760 bytes/ });
});

t.test('anchors and aliases are understood as YAML has them', async (t) => {
  const text = PASSING.replace(
    'expect: [{probe: ping, is: ok, for: 3s}]',
    'expect: &well [{probe: ping, is: ok, for: 3s}]',
  );
  const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': `${text}  - {name: at the end, expect: *well}\n` });
  const ended = await windtunnel(cwd, 'plan', 'a.yaml');
  t.match(ended, { exitCode: 0, stdout: /4 steps/ }, ended.stderr);
});

t.test('problems of several files are told in one run, and the good files are not run', async (t) => {
  const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': '', 'b.yaml': PASSING, 'c.yaml': 'kind: Scenario\n' });
  const ended = await windtunnel(cwd, 'run', '.');
  t.equal(ended.exitCode, 2);
  t.match(ended.stderr, /^a\.yaml:1:1: error/m);
  t.match(ended.stderr, /^c\.yaml:1:1: error/m);
  t.notOk(existsSync(join(cwd, 'reports')));
});

t.test('a wrong tag expression is shown with a caret', async (t) => {
  const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': PASSING });
  const ended = await windtunnel(cwd, 'list', 'a.yaml', '--tags', 'try && (slow');
  t.equal(ended.exitCode, 2);
  t.match(ended.stderr, /^--tags: error WT0605: .*\n {2}try && \(slow\n {2} +\^/);
});

t.test('an escape sequence in a file reaches no terminal, not in its echoed line either', async (t) => {
  const cwd = t.testdir({
    'hosts.yaml': HOSTS,
    'a.yaml': PASSING.replace('is: ok', 'is: "o\\ek"').replace('name: after', 'nome: "\u009b2J"'),
  });
  const ended = await windtunnel(cwd, 'run', 'a.yaml');
  t.equal(ended.exitCode, 2);
  t.notMatch(ended.stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});
