/** What the process ends with, for each way in which a run can end; and `--help` tells the same numbers. */
import { existsSync } from 'node:fs';
import { execa } from 'execa';
import t from 'tap';
import { ExitCode } from '../../src/verdict/merge.js';
import { EXIT_CODES_HELP } from './exit-codes-help.js';
import { COMMAND, ENDLESS, FAILING, HOSTS, PASSING, scenario, UNWELL, VACUOUS, windtunnel } from './program-fixture.js';

t.test('the help names every exit code and no other', async (t) => {
  const told = [...EXIT_CODES_HELP.matchAll(/\b(\d+)\b/g)].map(([, number]) => Number(number));
  t.same(
    [...told].sort((a, b) => a - b),
    Object.values(ExitCode).sort((a, b) => a - b),
  );
  const { stdout, exitCode } = await windtunnel('.', '--help');
  t.equal(exitCode, 0);
  t.match(stdout, EXIT_CODES_HELP);
});

const ENDS: readonly (readonly [string, string, number, string])[] = [
  ['a case that passes', PASSING, 0, '1 passed'],
  ['an expectation that fails', FAILING, 1, '1 failed'],
  ['a vacuous case', VACUOUS, 1, '1 vacuous'],
  ['a testbed that is not well', UNWELL, 3, '1 infra-error'],
];

for (const [name, text, exitCode, said] of ENDS) {
  t.test(`${name} ends with ${exitCode}`, async (t) => {
    const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': text });
    const ended = await windtunnel(cwd, 'run', 'a.yaml');
    t.equal(ended.exitCode, exitCode, ended.stderr);
    t.match(ended.stdout, said);
  });
}

t.test('over the whole time ends with 4, and what is unfinished is a timeout', async (t) => {
  const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': ENDLESS });
  const ended = await windtunnel(cwd, 'run', 'a.yaml', '--timeout', '500ms');
  t.equal(ended.exitCode, 4, ended.stderr);
  t.match(ended.stdout, /1 timed out[\s\S]*aborted by --timeout 500ms/);
});

t.test('the same in worker threads', async (t) => {
  const again = ENDLESS.replaceAll('endless', 'endless-2');
  const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': ENDLESS, 'b.yaml': again });
  const ended = await windtunnel(cwd, 'run', '.', '--timeout', '1s', '--jobs', '2');
  t.equal(ended.exitCode, 4, ended.stderr);
  t.match(ended.stdout, '2 timed out');
});

t.test('usage, an invalid file and nothing selected end with 2, and nothing is started', async (t) => {
  const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': PASSING, 'b.yaml': scenario('b', 'stepz: []') });
  const calls = [
    ['run', '--nonsense'],
    ['nonsense'],
    ['run', 'a.yaml', '--backend', 'nonsense'],
    ['run', 'a.yaml', '--jobs', '0'],
    ['run', 'a.yaml', '--timeout', 'soon'],
    ['run', 'a.yaml', '--seed', '../x'],
    ['run', 'a.yaml', '--deadline-factor', '-1'],
    ['run', 'a.yaml', '--report', 'xml'],
    ['run', 'a.yaml', '--tags', '(outage'],
    ['run', 'a.yaml', '--tags', 'nothing'],
    ['run', 'a.yaml', '--matrix', 'kubernetes=1.34.2'],
    ['run', 'b.yaml'],
    ['run', 'missing.yaml'],
    ['explain', 'missing'],
    ['inspect', 'missing'],
  ];
  await Promise.all(
    calls.map(async (args) => {
      const ended = await windtunnel(cwd, ...args);
      t.equal(ended.exitCode, 2, `${args.join(' ')}: ${ended.stderr}`);
      t.notMatch(ended.stderr, /this is a bug/, args.join(' '));
      t.equal(ended.stdout, '', args.join(' '));
    }),
  );
  t.notOk(existsSync(`${cwd}/reports`), 'no bundle was made');
});

t.test('a backend that is not built yet ends with 3 and says what to use', async (t) => {
  const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': PASSING });
  const ended = await windtunnel(cwd, 'run', 'a.yaml', '--backend', 'envtest');
  t.equal(ended.exitCode, 3);
  t.match(ended.stderr, /not built yet\nhint: use --backend sim/);
});

t.test(
  'a reader that closes the pipe ends the output, not the program',
  { skip: process.platform === 'win32' },
  async (t) => {
    const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': PASSING, 'b.yaml': FAILING });
    const shell = (text: string) => execa('bash', ['-c', `set -o pipefail; ${text}`], { cwd, reject: false });
    const list = await shell(`${COMMAND} plan . --json | head -1`);
    t.match(list, { exitCode: 0, stdout: '{', stderr: '' });
    const run = await shell(`${COMMAND} run b.yaml --quiet --json | head -1`);
    t.match(run, { exitCode: 1, stdout: '{', stderr: '' }, 'the verdict is still told');
  },
);
