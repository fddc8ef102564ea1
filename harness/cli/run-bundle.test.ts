/** What a run leaves behind: the same bytes for one seed, nothing outside its folder, readable whatever ended it. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import type { RunRecord } from '../bundle/layout.js';
import { COMMAND, ENDLESS, HOSTS, PASSING, scenario, start, windtunnel } from './program-fixture.js';

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

function record(bundle: string): RunRecord {
  return JSON.parse(readFileSync(join(bundle, 'run.json'), 'utf8')) as RunRecord;
}

/** Waits until the run under way has written a good part of a history. */
async function written(run: ReturnType<typeof start>, history: string): Promise<void> {
  let ended = false;
  void run.then(() => {
    ended = true;
  });
  while (!existsSync(history) || statSync(history).size < 100_000) {
    if (ended) throw new Error('the run ended before it could be interrupted');
    await new Promise((next) => setTimeout(next, 20));
  }
}

t.test('two runs with one seed leave the same bytes, wall times apart', async (t) => {
  const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': PASSING, 'b.yaml': PASSING.replaceAll('passing', 'other') });
  await windtunnel(cwd, 'run', '.', '--jobs', '1');
  await windtunnel(cwd, 'run', '.', '--jobs', '1');
  const [first, second] = readdirSync(join(cwd, 'reports')).filter((name) => name !== 'latest');
  const bundles = [first, second].map((name) => join(cwd, 'reports', name ?? ''));
  const [one = '', two = ''] = bundles;
  t.same(filesBelow(one), filesBelow(two));
  t.ok(filesBelow(one).length > 20);
  for (const file of filesBelow(one)) {
    if (file === 'timings.json') continue;
    t.equal(readFileSync(join(one, file), 'utf8'), readFileSync(join(two, file), 'utf8'), file);
  }
});

t.test('worker threads write the same cases as one thread', async (t) => {
  const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': PASSING, 'b.yaml': PASSING.replaceAll('passing', 'other') });
  await windtunnel(cwd, 'run', '.', '--jobs', '1', '--output', 'one');
  await windtunnel(cwd, 'run', '.', '--jobs', '2', '--output', 'two');
  const [one, two] = [join(cwd, 'one/latest/cases'), join(cwd, 'two/latest/cases')];
  t.same(filesBelow(one), filesBelow(two));
  for (const file of filesBelow(one))
    t.equal(readFileSync(join(one, file), 'utf8'), readFileSync(join(two, file), 'utf8'), file);
});

t.test('the bundle holds the files that were used, and no others', async (t) => {
  const cwd = t.testdir({
    'hosts.yaml': HOSTS,
    'a.yaml': PASSING,
    'b.yaml': PASSING.replaceAll('passing', 'other'),
    'c.yaml': 'kind: Pod',
  });
  await windtunnel(cwd, 'run', '.', '--focus', 'other', '--tags', 'try');
  t.same(filesBelow(join(cwd, 'reports/latest/files')), ['b.yaml', 'hosts.yaml']);
});

t.test('--check-determinism passes what is deterministic', async (t) => {
  const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': PASSING });
  t.equal((await windtunnel(cwd, 'run', 'a.yaml', '--check-determinism')).exitCode, 0);
});

t.test('a random seed is printed, stored, and in the command to paste', async (t) => {
  const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': PASSING });
  const { stderr } = await windtunnel(cwd, 'run', 'a.yaml', '--seed', 'random');
  const seed = /--seed (\d+)/.exec(stderr)?.[1] ?? '';
  t.match(seed, /^\d+$/);
  t.match(record(join(cwd, 'reports/latest')), { seed, command: `npx windtunnel run a.yaml --seed ${seed}` });
});

t.test('the bundle explains itself without the files it was made from', async (t) => {
  const cwd = t.testdir({ work: { 'hosts.yaml': HOSTS, 'a.yaml': PASSING }, elsewhere: {} });
  await windtunnel(join(cwd, 'work'), 'run', 'a.yaml', '--output', '../elsewhere/r');
  const { stdout, exitCode } = await windtunnel(join(cwd, 'elsewhere'), 'explain', 'r/latest');
  t.equal(exitCode, 0);
  t.match(stdout, /^pass {2}passing$/m);
  t.match(stdout, 'judged again from the bundle: the same');
  t.match(stdout, /fault applied: the address/);
  t.ok(existsSync(join(cwd, 'elsewhere/r/latest/files')));
});

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  for (const jobs of ['1', '2']) {
    t.test(`${signal} in the middle ends with ${exitCode} and a readable bundle, ${jobs} at a time`, async (t) => {
      const cwd = t.testdir({
        'hosts.yaml': HOSTS,
        'a.yaml': ENDLESS,
        'b.yaml': ENDLESS.replaceAll('endless', 'other'),
      });
      const run = start(cwd, ['run', '.', '--jobs', jobs]);
      const history = join(cwd, 'reports/latest/cases/endless/main/history.jsonl');
      await written(run, history);
      run.kill(signal);
      const ended = await run;
      t.equal(ended.exitCode, exitCode, String(ended.stderr));
      t.match(ended.stdout, `aborted by ${signal}`);
      const counted = jobs === '1' ? '1 unknown, 1 not started;' : '2 unknown;';
      t.match(ended.stdout, `2 cases: 0 passed, ${counted}`, 'a case that never started is not called skipped');
      t.match(record(join(cwd, 'reports/latest')), { state: 'aborted', abortedBy: signal, exitCode });
      const { stdout } = await windtunnel(cwd, 'explain', 'reports/latest', 'endless');
      t.match(stdout, `this run is aborted by ${signal}`);
      t.match(stdout, /pass {4}probe ping is ok for 3s/);
    });
  }
}

t.test('a run killed hard leaves a bundle that says so', { skip: process.platform === 'win32' }, async (t) => {
  const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': ENDLESS });
  const run = start(cwd, ['run', 'a.yaml']);
  const history = join(cwd, 'reports/latest/cases/endless/main/history.jsonl');
  await written(run, history);
  run.kill('SIGKILL');
  await run;
  const { stdout, exitCode } = await windtunnel(cwd, 'explain');
  t.equal(exitCode, 0);
  t.match(stdout, /this run is running[\s\S]*the run ended before this case was judged/);
});

t.test('names from files stay in the output folder and out of the terminal', async (t) => {
  const evil = scenario(
    'evil',
    `steps:
  - name: "../../../escape\\e[31m"
    treatment: true
    bind: {address: 192.168.0.11, on: host, device: eth1}
  - {name: "cap", capture: {on: host, filter: icmp, for: 2s, as: up}}
  - name: "\\e]0;title\\a"
    expect: [{probe: ping, is: refused, for: 3s}]`,
  ).replace('description: evil', 'description: "red \\e[31m"');
  const cwd = t.testdir({ work: { 'hosts.yaml': HOSTS, 'a.yaml': evil } });
  const work = join(cwd, 'work');
  const run = await windtunnel(work, 'run', 'a.yaml');
  t.equal(run.exitCode, 1, run.stderr);
  const explained = await windtunnel(work, 'explain');
  for (const text of [run.stdout, run.stderr, explained.stdout])
    t.notMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  t.same(readdirSync(cwd), ['work']);
  t.same(readdirSync(work).sort(), ['a.yaml', 'hosts.yaml', 'reports']);
});

t.test('a report folder that cannot be written is told with its reason, exit 3', async (t) => {
  const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': PASSING, file: '' });
  for (const folder of ['file', 'file/reports', '/proc/windtunnel']) {
    const ended = await windtunnel(cwd, 'run', 'a.yaml', '--output', folder);
    t.equal(ended.exitCode, 3, folder);
    t.match(ended.stderr, /^error: cannot write .*: \w+: .*\nhint: choose another folder with --output$/m, folder);
  }
});

t.test('a full disk is told once, exit 3', { skip: process.platform === 'win32' }, async (t) => {
  const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': PASSING });
  for (const jobs of ['1', '2']) {
    // A limit on file size stands in for a full disk: the write fails in the middle of a file all the same.
    const call = `trap '' XFSZ; ulimit -f 8; ${COMMAND} run a.yaml --jobs ${jobs}`;
    const ended = await execa('bash', ['-c', call], { cwd, reject: false });
    t.equal(ended.exitCode, 3, ended.stderr);
    t.match(ended.stderr, /error: .*cannot write .*EFBIG/);
    t.notMatch(ended.stderr, 'this is a bug');
  }
});

t.test(
  'a report file on a full disk fails the run after the verdicts are told',
  { skip: !existsSync('/dev/full') },
  async (t) => {
    const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': PASSING });
    const ended = await windtunnel(cwd, 'run', 'a.yaml', '--report', 'json=/dev/full');
    t.equal(ended.exitCode, 3);
    t.match(ended.stdout, '1 case: 1 passed');
    t.match(ended.stderr, /error: the json report failed: .*ENOSPC/);
  },
);
