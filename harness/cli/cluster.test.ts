/** The command line around real clusters, by stand-ins for docker and kind; no other program is on the PATH of these tests. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { enter, forget } from '../journal/journal.js';
import { clusterFolder, keptCluster, keptClusters } from '../kind/kept.js';
import { DAEMON, KIND, StandIns } from '../kind/stand-in.js';
import { readCluster } from './cluster-file.js';
import { HOSTS, PASSING, start, windtunnel } from './program-fixture.js';

const CONFIG_HEAD = 'apiVersion: windtunnel/v1alpha1\nkind: Config\n';
const CLUSTER = `apiVersion: windtunnel/v1alpha1
kind: Cluster
metadata: {name: lab}
spec:
  kubernetes: "1.34.2"
  nodes: [{name: cp, role: control-plane}, {name: w1}]
  network: {subnet: 172.30.0.0/24}
  kubeProxy: {mode: ipvs}
`;
const ON_KIND = `apiVersion: windtunnel/v1alpha1
kind: Scenario
metadata: {name: on-kind, description: on a real cluster}
cluster: {from: lab.yaml}
probes:
  ping: {from: w1, ping: cp, every: 1s, timeout: 1s}
steps: [{expect: [{probe: ping, is: ok, for: 3s}]}]
`;

interface Scene {
  readonly world: StandIns;
  readonly cwd: string;
}

/** A folder of files, and a world of stand-ins beside it. */
function scene(test: Test, files: Readonly<Record<string, string>> = {}, programs: Record<string, string> = {}): Scene {
  const folder = test.testdir({
    world: {},
    cwd: { 'lab.yaml': CLUSTER, 'hosts.yaml': HOSTS, 'a.yaml': PASSING, ...files },
  });
  // The agent cannot be built, which ends every bring-up where the cluster is there.
  const world = new StandIns(join(folder, 'world'), { docker: DAEMON, kind: KIND, go: 'exit 1', ...programs });
  return { world, cwd: join(folder, 'cwd') };
}

const NOTHING = { containers: [], networks: [] };

t.test('--print-config tells each value and where it came from, and runs nothing', async (t) => {
  const config = `${CONFIG_HEAD}run: {deadlineFactor: 3}\nbackends: {kind: {keep: on-failure}}\n`;
  const { cwd } = scene(t, { 'windtunnel.config.yaml': config });
  const { stdout, exitCode } = await windtunnel(cwd, 'run', 'a.yaml', '--print-config');
  t.equal(exitCode, 0);
  t.match(stdout, /^run\.deadlineFactor +3 +windtunnel\.config\.yaml:3:23$/m);
  t.match(stdout, /^backends\.kind\.keep +on-failure +windtunnel\.config\.yaml:4:25$/m);
  t.match(stdout, /^backends\.kind\.bringUp\.attempts +1 +default$/m);
  t.notOk(existsSync(join(cwd, 'reports')));
});

t.test('a flag wins over windtunnel.config.yaml, which wins over what is usual', async (t) => {
  const config = `${CONFIG_HEAD}run: {output: of-the-file, backend: kind}\n`;
  const { cwd, world } = scene(t, { 'windtunnel.config.yaml': config });
  const ended = await windtunnel(cwd, 'run', 'a.yaml', '--backend', 'sim');
  t.match(ended, { exitCode: 0, stdout: /1 passed/ }, 'kind makes no bare hosts');
  t.ok(existsSync(join(cwd, 'of-the-file')));
  t.notOk(existsSync(join(cwd, 'reports')));
  t.same(world.calls('docker'), []);
});

t.test('a name of the image map that may be mistyped is told, and is no error', async (t) => {
  const { cwd } = scene(t, { 'map.yaml': 'images: {prom/prometheus:v3.5.0: lab/prometheus:1}\n' });
  const note = /^note: map\.yaml:1:10: prom\/prometheus:v3\.5\.0 .* did you mean prometheus\/prometheus:v3\.5\.0\?$/m;
  const flags = ['--image-map', 'map.yaml'];
  t.match(await windtunnel(cwd, 'cluster', 'up', 'lab.yaml', '--dry-run', ...flags), { exitCode: 0, stderr: note });
  t.match(await windtunnel(cwd, 'run', 'a.yaml', '--backend', 'kind', ...flags), { stderr: note });
  t.match(
    (await windtunnel(cwd, 'doctor', '--backend', 'kind', ...flags)).stdout,
    'map.yaml:1:10: prom/prometheus:v3.5.0 is',
  );
});

t.test('a wrong windtunnel.config.yaml is told with its places, and nothing is started', async (t) => {
  const config = `${CONFIG_HEAD}run: {backend: knd}\nbackends:\n  kind: {keep: sometimes}\n`;
  const { cwd, world } = scene(t, { 'windtunnel.config.yaml': config });
  const { exitCode, stdout, stderr } = await windtunnel(cwd, 'run', 'a.yaml');
  t.match({ exitCode, stdout }, { exitCode: 2, stdout: '' });
  t.match(stderr, /windtunnel\.config\.yaml:3:16: error WT0104: backend does not take knd\n/);
  t.match(stderr, /windtunnel\.config\.yaml:5:16: error WT0104: keep does not take sometimes\n/);
  t.match(stderr, /2 errors; nothing was started/);
  t.same(world.calls('docker'), []);
  t.notOk(existsSync(join(cwd, 'reports')));
});

t.test('words that mean nothing end with 2, before anything is asked of docker', async (t) => {
  const { cwd, world } = scene(t, { 'bad.yaml': CLUSTER.replace('mode: ipvs', 'mode: ipsv') });
  const calls: readonly (readonly [string, RegExp])[] = [
    ['run a.yaml --keep sometimes', /--keep sometimes is none of always, on-failure, never/],
    ['cluster up lab.yaml --name Lab', /Lab is no name for a cluster\nhint: .*--name my-cluster/],
    ['cluster up bad.yaml', /bad\.yaml:8:21: error WT0104: mode does not take ipsv\n[\s\S]*did you mean ipvs/],
    ['cluster down nope', /no cluster nope is kept\nhint: windtunnel cluster list/],
    ['cluster up lab.yaml --dryrun', /unknown option '--dryrun'\n\(Did you mean --dry-run\?\)/],
    ['run a.yaml --reuse', /--reuse is for the backend kind, and this run is on sim\nhint: add --backend kind/],
    ['run a.yaml --keep always --cluster b', /--keep, --cluster are for the backend kind/],
    ['run a.yaml --backend kind --cluster nope', /no cluster nope is kept\nhint: .*cluster up FILE --name nope/],
    ['run a.yaml --backend kind --cluster b --reuse', /--cluster and --reuse exclude each other/],
    ['run a.yaml --backend kind --reuse --jobs 2', /--cluster and --reuse run one case at a time\nhint: drop --jobs/],
    ['run a.yaml --backend kind --image-map none.yaml', /image map cannot be used\n[\s\S]*no file none\.yaml/],
  ];
  const ended = calls.map(async ([line, said]) => {
    const { exitCode, stderr, stdout } = await windtunnel(cwd, ...line.split(' '));
    t.match({ exitCode, stderr }, { exitCode: 2, stderr: said }, line);
    t.notMatch(stderr, /this is a bug/, line);
    t.equal(stdout, '', line);
  });
  await Promise.all(ended);
  t.same([...world.calls('docker'), ...world.calls('kind')], []);
});

t.test('cluster up --dry-run prints the config for kind, and makes nothing', async (t) => {
  const settings = `${CONFIG_HEAD}backends:\n  kind: {apiServerAddress: 127.0.0.1, apiServerPorts: 36443-36452}\n`;
  const map = 'images: {kindest/node:v1.34.2: own/node:1}\n';
  const { cwd, world } = scene(t, { 'windtunnel.config.yaml': settings, 'map.yaml': map });
  const flags = ['--name', 'b', '--image-map', 'map.yaml', '--emulate-ipvs'];
  const { stdout, stderr, exitCode } = await windtunnel(cwd, 'cluster', 'up', 'lab.yaml', '--dry-run', ...flags);
  t.equal(exitCode, 0, stderr);
  t.match(parse(stdout), {
    kind: 'Cluster',
    name: 'b',
    networking: { kubeProxyMode: 'iptables', ipFamily: 'ipv4', apiServerAddress: '127.0.0.1', apiServerPort: 36443 },
    nodes: [{ role: 'control-plane', image: 'own/node:1' }, { role: 'worker' }],
  });
  t.same([...world.calls('docker'), ...world.calls('kind')], []);
});

t.test('a cluster is made, listed and taken down', async (t) => {
  const { cwd, world } = scene(t);
  const up = await windtunnel(cwd, 'cluster', 'up', 'lab.yaml');
  t.equal(up.exitCode, 0, up.stderr);
  const kept = keptCluster('lab');
  t.match(up.stdout, `cp  172.30.0.2  ${kept?.kindName}-control-plane\nw1  172.30.0.2  ${kept?.kindName}-worker\n`);
  t.match(up.stdout, `export KUBECONFIG=${kept?.kubeconfig}\n`);
  t.ok(existsSync(kept?.kubeconfig ?? ''));
  t.same(world.journal(), [], 'gc leaves it');
  const { stdout: list } = await windtunnel(cwd, 'cluster', 'list');
  t.match(list, /^lab {2}Kubernetes 1\.34\.2, ipvs, 2 nodes, of \S+ {2}\S+\.kubeconfig$/);
  // What a scenario on the same file asks for is what was kept, prototypes too: else it would not be taken.
  t.ok(isDeepStrictEqual(kept?.spec, readCluster(cwd, 'lab.yaml').cluster));
  const down = await windtunnel(cwd, 'cluster', 'down', 'lab');
  t.match(down, { exitCode: 0, stdout: 'removed lab: 3 containers and networks' });
  t.same(world.there(), NOTHING);
  t.equal(keptCluster('lab'), undefined);
});

t.test(
  'cluster down waits for no run: one that is on it is told, and what killed ones wrote down goes with it',
  async (t) => {
    const { cwd, world } = scene(t);
    await windtunnel(cwd, 'cluster', 'up', 'lab.yaml');
    const kept = keptCluster('lab');
    t.ok(kept);
    const cluster = { name: kept?.kindName ?? '', label: kept?.label ?? '', nodes: [] };
    const killed = { ...enter({ kind: 'arms', cluster }), owner: { pid: 1, started: '0' } };
    writeFileSync(world.file(`cache/kube-windtunnel/journal/${killed.label}.json`), JSON.stringify(killed));
    const entry = enter({ kind: 'arms', cluster });
    t.match(await windtunnel(cwd, 'cluster', 'down', 'lab'), {
      exitCode: 3,
      stderr: `error: a run is on the cluster lab (process ${process.pid})\nhint: wait until it has ended`,
    });
    t.equal(world.there().containers.length, 2);
    forget(entry);
    t.match(await windtunnel(cwd, 'cluster', 'down', 'lab'), { exitCode: 0 });
    t.same(world.journal(), []);
  },
);

t.test('a cluster that kind cannot make, and a file that is none, are told before anything is made', async (t) => {
  const calico = `${CLUSTER}  cni: {name: calico}\n`;
  const { cwd, world } = scene(t, { 'calico.yaml': calico });
  const up = (file: string) => windtunnel(cwd, 'cluster', 'up', file);
  t.match(await up('calico.yaml'), {
    exitCode: 2,
    stderr: 'error: calico.yaml cannot be made: kind has no CNI calico',
  });
  t.match(await up('none.yaml'), { exitCode: 2, stderr: 'error: no file none.yaml' });
  t.same(world.calls('docker'), []);
});

t.test('the run that cluster up recommends has the flags that the cluster was made with', async (t) => {
  const { cwd } = scene(t, { 'map.yaml': 'images: {kindest/node:v1.34.2: own/node:1}\n' }, { kind: KIND });
  const flags = ['--image-map', 'map.yaml', '--emulate-ipvs'];
  writeFileSync(join(cwd, '../world/mode'), 'iptables');
  const { stdout, stderr } = await windtunnel(cwd, 'cluster', 'up', 'lab.yaml', ...flags);
  t.match(stdout, `npx windtunnel run --backend kind --cluster lab ${flags.join(' ')} SCENARIO\n`, stderr);
});

t.test('a full disk ends cluster up with 3, says so, and leaves nothing', async (t) => {
  const full = 'Error response from daemon: no space left on device';
  const refuses = `[ "$1 $2" != 'network create' ] || { echo '${full}' >&2; exit 1; }`;
  const { cwd, world } = scene(t, {}, { docker: `${refuses}\n${DAEMON}` });
  const { exitCode, stderr } = await windtunnel(cwd, 'cluster', 'up', 'lab.yaml');
  t.equal(exitCode, 3);
  t.match(stderr, /^error: docker network create .*: exit 1\n *Error response.*: no space left on device$/m);
  t.notMatch(stderr, /this is a bug/);
  t.same(world.there(), NOTHING);
  t.same(world.journal(), []);
  t.equal(keptCluster('lab'), undefined);
});

for (const [during, program, call] of [
  ['the look at the machine', 'docker', 'run*'],
  ['the bring-up', 'kind', 'create*'],
] as const) {
  t.test(`SIGINT in ${during} ends cluster up with 130, and nothing is left`, async (t) => {
    const hangs = `case "$*" in ${call}) : >here; exec sleep 60 ;; esac\n${{ docker: DAEMON, kind: KIND }[program]}`;
    const { cwd, world } = scene(t, {}, { [program]: hangs });
    const up = start(cwd, ['cluster', 'up', 'lab.yaml']);
    while (!existsSync(world.file('here')) && up.exitCode === null) await setTimeout(10);
    up.kill('SIGINT');
    const { exitCode, stderr } = await up;
    t.match({ exitCode, stderr }, { exitCode: 130, stderr: /error: ended by SIGINT; what was made is removed/ });
    t.same(world.there(), NOTHING);
    t.same(world.journal(), []);
    t.equal(keptCluster('lab'), undefined);
    t.notOk(existsSync(clusterFolder('lab')));
  });
}

t.test("a run whose cluster does not come up ends with 3, with kind's logs in the bundle", async (t) => {
  const fails = `${KIND}\n[ "$1" != create ] || { echo 'ERROR: failed to init node' >&2; exit 1; }`;
  const { cwd, world } = scene(t, { 'b.yaml': ON_KIND }, { kind: fails });
  const { exitCode, stdout } = await windtunnel(cwd, 'run', 'b.yaml', '--backend', 'kind', '--keep', 'never');
  t.equal(exitCode, 3);
  t.match(stdout, /bring-up: kind create cluster: failed to init node/);
  const folder = join(cwd, 'reports/latest/cases/on-kind/cluster');
  const logs = readdirSync(folder).find((name) => name.endsWith('.logs')) ?? '';
  t.match(readFileSync(join(folder, logs, 'of'), 'utf8'), /wt-\S+-worker/);
  t.same(world.there(), NOTHING);
  t.same(world.journal(), []);
});

t.test('--keep on-failure keeps the cluster of a run that failed, out of the reach of gc', async (t) => {
  const { cwd, world } = scene(t, { 'b.yaml': ON_KIND });
  const { exitCode } = await windtunnel(cwd, 'run', 'b.yaml', '--backend', 'kind', '--keep', 'on-failure');
  t.equal(exitCode, 3);
  t.equal(world.there().containers.length, 2);
  t.match(keptClusters(), [{ spec: { name: 'lab' } }]);
  t.same(world.journal(), []);
});

t.test('gc takes the cluster of a killed run, and tells where the daemon is away', async (t) => {
  const { cwd, world } = scene(t, {}, { docker: `[ ! -e gone ] || { echo away >&2; exit 1; }\n${DAEMON}` });
  const label = '01234567-89ab-4cde-8f01-23456789abcd';
  world.add('containers', 'killed-worker', 'io.x-k8s.kind.cluster=wt-01234567-89ab');
  world.add('containers', 'foreign-worker', 'io.x-k8s.kind.cluster=foreign');
  const journal = world.file('cache/kube-windtunnel/journal');
  mkdirSync(journal, { recursive: true });
  const entry = { kind: 'cluster', label, dockerHost: '', owner: { pid: 1, started: '0' }, madeAt: '2026-01-01' };
  writeFileSync(join(journal, `${label}.json`), JSON.stringify(entry));
  writeFileSync(world.file('gone'), '');
  const away = await windtunnel(cwd, 'gc');
  t.match(away, { exitCode: 3, stdout: /could not end cluster .* it stays in the journal: docker .*\naway/ });
  t.same(world.journal(), [`${label}.json`]);
  rmSync(world.file('gone'));
  const ended = await windtunnel(cwd, 'gc');
  t.match(ended, { exitCode: 0, stdout: `ended cluster ${label} of 2026-01-01: 1 containers and networks` });
  t.same(world.there(), { containers: ['foreign-worker'], networks: [] });
  t.same(world.journal(), []);
});
