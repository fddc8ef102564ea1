/** The smaller commands, and what all commands have in common. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot, packageVersion } from '../package.js';
import { FAILING, HOSTS, PASSING, scenario, start, windtunnel } from './program-fixture.js';

const tree = { 'hosts.yaml': HOSTS, 'a.yaml': PASSING, 'b.yaml': FAILING.replace('tags: [try]', 'tags: [slow]') };

t.test('every command has a help of its own, with what it takes', async (t) => {
  for (const command of ['run', 'plan', 'list', 'explain', 'inspect', 'schema', 'doctor', 'init']) {
    const { stdout, exitCode } = await windtunnel('.', command, '--help');
    t.equal(exitCode, 0);
    t.match(stdout, `Usage: windtunnel ${command} `);
  }
  t.match(await windtunnel('.', '--version'), { exitCode: 0, stdout: packageVersion() });
});

t.test('a misspelt command or option is told with what was meant', async (t) => {
  t.match(await windtunnel('.', 'rum'), { exitCode: 2, stderr: /unknown command 'rum'[\s\S]*run/ });
  t.match(await windtunnel('.', 'run', '--tag', 'x'), { exitCode: 2, stderr: /unknown option '--tag'[\s\S]*--tags/ });
});

t.test('list shows scenarios with their tags, or cases, or data', async (t) => {
  const cwd = t.testdir(tree);
  const { stdout } = await windtunnel(cwd, 'list', '.');
  t.match(stdout, /^passing {2}try {2}1 case$/m);
  t.equal((await windtunnel(cwd, 'list', '.', '--cases', '--tags', '!slow')).stdout, 'passing');
  const rows = JSON.parse((await windtunnel(cwd, 'list', '.', '--json')).stdout) as unknown;
  t.match(rows, [{ id: 'passing', scenario: { tags: ['try'] } }, { id: 'failing' }]);
});

t.test('plan expands the matrix and starts nothing', async (t) => {
  const matrix = scenario(
    'many',
    'steps: [{expect: [{probe: ping, is: ok, for: 3s}]}]',
    'matrix: {x: ["1", "2", "3"]}',
  );
  const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': matrix });
  const { stdout } = await windtunnel(cwd, 'plan', 'a.yaml');
  t.match(stdout, /many\[x=1\][\s\S]*many\[x=2\][\s\S]*many\[x=3\][\s\S]*3 cases, 3 arms, seed 1/);
  t.match(stdout, 'note: no treatment, so no control arm');
  const plan = JSON.parse((await windtunnel(cwd, 'plan', 'a.yaml', '--json', '--matrix', 'x=2')).stdout) as unknown;
  t.match(plan, { seed: '1', cases: [{ id: 'many[x=2]', arms: [{ cluster: { name: 'hosts' } }] }] });
  t.notOk(existsSync(join(cwd, 'reports')));
});

t.test('plan and list show what run would start by the settings, and a flag wins', async (t) => {
  const settings = `{apiVersion: windtunnel/v1alpha1, kind: Config, run: {backend: kind, deadlineFactor: 2},
    backends: {kind: {emulateIPVS: true}}}`;
  const cwd = t.testdir({ 'windtunnel.config.yaml': settings });
  const scenario = join(packageRoot, 'scenarios/outage/externalip-is-worker.yaml');
  const ask = (command: string, ...flags: string[]) =>
    windtunnel(cwd, command, scenario, '--focus', 'kubernetes=1.34.2,proxyMode=ipvs', ...flags);
  const { stdout, stderr } = await ask('plan');
  t.match(stdout, 'note: emulated: what kube-proxy in mode ipvs binds is bound by hand', stderr);
  t.match(stdout, 'note: --deadline-factor 2: every within and timeout is that many times as long');
  t.match(stdout, /seed 1, on kind$/m);
  const withinOf = async (...flags: string[]) =>
    Number(/"within": (\d+)/.exec((await ask('plan', '--json', ...flags)).stdout)?.[1]);
  const once = await withinOf('--deadline-factor', '1');
  t.ok(once > 0);
  t.equal(await withinOf(), 2 * once);
  t.match(JSON.parse((await ask('list', '--json')).stdout), [{ backend: 'kind' }]);
  t.match(JSON.parse((await ask('list', '--json', '--backend', 'sim')).stdout), [{ backend: 'sim' }]);
  t.match((await ask('plan', '--config', 'none.yaml')).stderr, 'no file none.yaml');
});

t.test('explain looks where the settings say that bundles lie', async (t) => {
  const settings = '{apiVersion: windtunnel/v1alpha1, kind: Config, run: {output: elsewhere}}';
  const cwd = t.testdir({ ...tree, 'windtunnel.config.yaml': settings });
  t.equal((await windtunnel(cwd, 'run', 'a.yaml')).exitCode, 0);
  t.ok(existsSync(join(cwd, 'elsewhere', 'latest')));
  t.match(await windtunnel(cwd, 'explain', '--only', 'verdict'), { exitCode: 0, stdout: /^pass {2}passing/ });
});

t.test('what a run says to do again is what it takes', async (t) => {
  const cwd = t.testdir(tree);
  const { stdout, exitCode } = await windtunnel(cwd, 'run', '.', '--seed', '7');
  t.equal(exitCode, 1);
  const again = /again: npx windtunnel (.*)/.exec(stdout)?.[1]?.split(' ') ?? [];
  t.same(again, ['run', 'b.yaml', '--seed', '7']);
  t.match(await windtunnel(cwd, ...again), { exitCode: 1, stdout: /1 case: 0 passed, 1 failed/ });
});

t.test('--fail-fast starts nothing after the first case that does not pass', async (t) => {
  const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': FAILING, 'b.yaml': PASSING });
  const { stdout, exitCode } = await windtunnel(cwd, 'run', '.', '--fail-fast', '--jobs', '1');
  t.equal(exitCode, 1);
  t.match(stdout, '2 cases: 0 passed, 1 failed, 1 not started');
});

t.test('--no-control runs one arm and notes it', async (t) => {
  const cwd = t.testdir(tree);
  const { stdout } = await windtunnel(cwd, 'run', 'a.yaml', '--no-control', '--json');
  const report = JSON.parse(stdout) as { cases: { arms: unknown[]; notes: string[] }[] };
  t.equal(report.cases[0]?.arms.length, 1);
  t.match(report.cases[0]?.notes, [/--no-control/]);
});

t.test('several reports at once, each where it belongs', async (t) => {
  const cwd = t.testdir(tree);
  const ended = await windtunnel(
    cwd,
    'run',
    '.',
    '--report',
    'tap',
    '--report',
    'json=out/r.json',
    '--report',
    'terminal=t.txt',
  );
  t.match(ended.stdout, /^TAP version 14\n1\.\.2\nok 1 - passing\nnot ok 2 - failing\n/);
  t.match(JSON.parse(readFileSync(join(cwd, 'out/r.json'), 'utf8')), { run: { exitCode: 1 }, cases: [{}, {}] });
  t.match(readFileSync(join(cwd, 't.txt'), 'utf8'), /2 cases: 1 passed, 1 failed/);
});

t.test('colours come where they are wanted, and only there', async (t) => {
  const cwd = t.testdir(tree);
  const colours = async (env: Record<string, string | undefined>) =>
    String((await start(cwd, ['run', 'b.yaml'], { env })).stdout).includes('\u001b[');
  t.equal(await colours({ NO_COLOR: undefined, FORCE_COLOR: undefined }), false, 'no terminal');
  t.equal(await colours({ NO_COLOR: undefined, FORCE_COLOR: '1' }), true);
  t.equal(await colours({ NO_COLOR: '1', FORCE_COLOR: '1' }), false);
});

t.test('--quiet says nothing of what passes', async (t) => {
  const cwd = t.testdir(tree);
  const ended = await windtunnel(cwd, 'run', 'a.yaml', '--quiet');
  t.equal(ended.stderr, '');
  t.match(ended.stdout, /^1 case: 1 passed/);
});

t.test(
  'doctor tells what can run, what a built backend still needs, and hints at nothing for what is not built',
  async (t) => {
    const { stdout, exitCode } = await windtunnel('.', 'doctor');
    t.equal(exitCode, 0);
    t.match(stdout, /^sim +ready/m);
    const { backends } = JSON.parse(
      (
        await start('.', ['doctor', '--json'], {
          env: { PATH: '', WINDTUNNEL_UML: '/nowhere', WINDTUNNEL_KERNEL: 'uml' },
        })
      ).stdout as string,
    ) as {
      backends: { backend: string; built: boolean; ready: boolean; missing: unknown[] }[];
    };
    t.match(backends, [
      { backend: 'sim', built: true, ready: true, missing: [] },
      { backend: 'netns', built: true, ready: false, missing: [{ program: 'linux.uml', hint: /user-mode-linux/ }] },
      { backend: 'envtest', built: false, ready: false, missing: [] },
      { backend: 'kind', built: true, ready: false, missing: [{ program: 'docker' }, { program: 'kind' }, {}] },
    ]);
  },
);

t.test('init writes a scenario that passes, and overwrites nothing', async (t) => {
  const cwd = t.testdir();
  const first = await windtunnel(cwd, 'init', 'mine');
  t.match(first, { exitCode: 0, stdout: 'npx windtunnel run mine/scenarios' });
  t.match(await windtunnel(cwd, 'run', 'mine/scenarios'), { exitCode: 0, stdout: /1 passed/ });
  const before = readFileSync(join(cwd, 'mine/scenarios/my-first.yaml'), 'utf8');
  t.notMatch(before, /sameWhen/, 'its control arm means something');
  t.match(await windtunnel(cwd, 'init', 'mine'), { exitCode: 2, stderr: /is there already/ });
  t.equal(readFileSync(join(cwd, 'mine/scenarios/my-first.yaml'), 'utf8'), before);
});

t.test('the first scenario shows the outage when its address is changed as it says', async (t) => {
  const cwd = t.testdir();
  await windtunnel(cwd, 'init');
  const file = join(cwd, 'scenarios/my-first.yaml');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(file, readFileSync(file, 'utf8').replace('172.30.0.200', '"${nodes.worker-1.ip}"'));
  t.match(await windtunnel(cwd, 'run'), { exitCode: 1, stdout: /cause: externalip-is-node-address/ });
});

t.test('schema prints what is committed', async (t) => {
  for (const kind of ['scenario', 'cluster']) {
    const { stdout } = await windtunnel('.', 'schema', kind);
    t.equal(`${stdout}\n`, readFileSync(join(packageRoot, 'schema', `${kind}.schema.json`), 'utf8'));
  }
  t.equal((await windtunnel('.', 'schema', '--check')).exitCode, 0);
  t.equal((await windtunnel('.', 'schema', 'nonsense')).exitCode, 2);
});
