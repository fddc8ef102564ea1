/** A cluster from nothing to Ready and back, by stand-ins for docker and kind: what they are asked, and what is left of a failure. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { ExitCode } from '../../src/verdict/merge.js';
import { packageRoot } from '../package.js';
import { type BringUpPlan, endCluster, makeCluster, waysIn } from './cluster.js';
import { Docker } from './docker.js';
import { DAEMON, KIND, StandIns, TWO_NODES } from './stand-in.js';

/** What kind v0.30 said where Docker could not start a node. */
const DISK_FULL = join(packageRoot, 'harness/kind/recorded/kind-create-disk-full.txt');
/** As kind: nothing of its errors is heard with --quiet. */
const SAYS = `case " $* " in *' --quiet '*) exec 2>/dev/null ;; esac`;
/** The nodes are there, and it fails. */
const FAILS = `${SAYS}\n${KIND}\n[ "$1" != create ] || { cat ${DISK_FULL} >&2; exit 1; }`;

function standIns(test: Test, programs: { docker?: string; kind?: string } = {}): StandIns {
  return new StandIns(test.testdir(), { docker: DAEMON, kind: KIND, ...programs });
}

function plan({ folder }: StandIns, parts: Partial<BringUpPlan> = {}): BringUpPlan {
  return {
    spec: TWO_NODES,
    docker: new Docker(),
    nodeImage: 'kindest/node:v1.34.2',
    kubeadmConfigPatches: [],
    timeoutMs: 20_000,
    attempts: 1,
    folder: join(folder, 'run'),
    say: () => {},
    ...parts,
  };
}

const NOTHING = { containers: [], networks: [] };

t.test('a cluster with its nodes, their addresses, its network and its kubeconfig', async (t) => {
  const world = standIns(t);
  const { cluster, entry } = await makeCluster(plan(world));
  const { name } = cluster;
  t.equal(name, `wt-${entry.label.slice(0, 13)}`);
  t.match(cluster, {
    label: entry.label,
    network: `${name}-net`,
    subnet: '172.30.0.0/24',
    kubeconfig: join(world.folder, 'run', `${name}.kubeconfig`),
    nodes: [
      { name: 'cp', role: 'control-plane', container: `${name}-control-plane`, ip: '172.30.0.2' },
      { name: 'w1', role: 'worker', container: `${name}-worker` },
    ],
    notes: [/^kind made the cluster in \d+ s, all was ready after \d+ s$/],
  });
  const containers = [`${name}-control-plane`, `${name}-worker`];
  t.same(world.there(), { containers, networks: [`${name}-net`] });
  t.same(world.journal(), [`${entry.label}.json`]);
  await endCluster(cluster, entry);
  t.same(world.there(), NOTHING);
  t.same(world.journal(), []);
});

t.test('it stands in the journal before anything of it is made', async (t) => {
  const look = `case "$1 $2" in 'network create') cat cache/kube-windtunnel/journal/*.json >written ;; esac`;
  const world = standIns(t, { docker: `${look}\n${DAEMON}` });
  const { entry } = await makeCluster(plan(world, { docker: new Docker('tcp://127.0.0.1:1') }));
  const written = JSON.parse(readFileSync(world.file('written'), 'utf8')) as unknown;
  t.match(written, { kind: 'cluster', label: entry.label, dockerHost: 'tcp://127.0.0.1:1' });
});

t.test("kind gets a kubeconfig and a network of the run's own, whatever the environment says", async (t) => {
  const world = standIns(t, { kind: `[ "$1" != export ] || exit 0\n${KIND}` });
  mkdirSync(world.file('home'));
  process.env.KIND_EXPERIMENTAL_DOCKER_NETWORK = 'of-the-user';
  t.teardown(() => delete process.env.KIND_EXPERIMENTAL_DOCKER_NETWORK);
  const { cluster } = await makeCluster(plan(world, { docker: new Docker('tcp://127.0.0.1:1') }));
  const [create] = world.calls('kind');
  const { kubeconfig, network } = cluster;
  t.match(create?.text, new RegExp(`^create cluster --name ${cluster.name} .*--kubeconfig ${kubeconfig} `));
  t.same(create?.env, {
    DOCKER_HOST: 'tcp://127.0.0.1:1',
    KUBECONFIG: kubeconfig,
    KIND_EXPERIMENTAL_DOCKER_NETWORK: network,
  });
  t.notOk(existsSync(world.file('of-the-user.kubeconfig')));
  t.ok(world.calls('docker').every(({ env }) => env.DOCKER_HOST === 'tcp://127.0.0.1:1'));
});

t.test('kind is given the config of the cluster, with a free port of the range', async (t) => {
  const world = standIns(t);
  writeFileSync(world.file('ports'), '127.0.0.1:36443->6443/tcp\n');
  const settings = { apiServerAddress: '127.0.0.1', apiServerPorts: { first: 36443, last: 36452 } };
  const { cluster } = await makeCluster(plan(world, settings));
  const [create] = world.calls('kind');
  const file = create?.words[create.words.indexOf('--config') + 1] ?? '';
  t.match(parse(readFileSync(file, 'utf8')), {
    kind: 'Cluster',
    name: cluster.name,
    networking: { ipFamily: 'ipv4', kubeProxyMode: 'ipvs', apiServerAddress: '127.0.0.1', apiServerPort: 36444 },
    nodes: [{ role: 'control-plane', image: 'kindest/node:v1.34.2' }, { role: 'worker' }],
  });
});

t.test('a create that fails: its logs are kept, the rest is removed, and kind has the word', async (t) => {
  const world = standIns(t, { kind: FAILS });
  world.add('containers', 'lab-control-plane', 'io.x-k8s.kind.cluster=lab');
  const failure = await makeCluster(plan(world)).catch((error: unknown) => error as Error & { hint: string });
  t.match(failure, {
    message:
      /^kind create cluster: failed to create cluster: command "docker run .*: exit status 125: docker: Error response.*no space left on device\.$/,
    exitCode: ExitCode.infraError,
    hint: /^its logs are in .*\.logs$/,
  });
  t.match(
    world.calls('kind').map(({ text }) => text),
    [/^create cluster /, /^export logs .* --name wt-/],
  );
  t.ok(world.calls('kind').every(({ env }) => env.KUBECONFIG.startsWith(join(world.folder, 'run'))));
  const logs = (failure as { hint: string }).hint.replace('its logs are in ', '');
  t.match(readFileSync(join(logs, 'of'), 'utf8'), /wt-.*-control-plane\n/, 'while the nodes were still there');
  t.same(world.there(), { containers: ['lab-control-plane'], networks: [] }, 'and nothing else is');
  t.same(world.journal(), []);
});

t.test('a second attempt is one from nothing, and the notes tell of the first', async (t) => {
  const once = `[ -e failed ] || [ "$1" != create ] || { : >failed; echo 'ERROR: failed to init node' >&2; exit 1; }`;
  const world = standIns(t, { kind: `${SAYS}\n${once}\n${KIND}` });
  const said: string[] = [];
  const { cluster, entry } = await makeCluster(plan(world, { attempts: 2, say: (text) => said.push(text) }));
  t.match(cluster.notes, [/^attempt 1 failed: kind create cluster: failed to init node$/, /^kind made the cluster/]);
  t.ok(said.some((text) => text.startsWith('attempt 1 of 2 failed, once more: ')));
  const names = world.calls('kind').flatMap(({ words }) => (words[0] === 'create' ? words[3] : []));
  t.equal(new Set(names).size, 2, 'under another name');
  t.equal(names[1], cluster.name);
  t.same(world.journal(), [`${entry.label}.json`]);
  t.same(world.there().networks, [cluster.network]);
});

t.test('attempts end', async (t) => {
  const world = standIns(t, { kind: FAILS });
  await t.rejects(makeCluster(plan(world, { attempts: 2 })), { message: /no space left/ });
  t.equal(world.calls('kind').filter(({ words }) => words[0] === 'create').length, 2);
  t.same(world.there(), NOTHING);
  t.same(world.journal(), []);
});

t.test('a subnet that is refused is not tried again', async (t) => {
  const world = standIns(t);
  const checkSubnet = (subnet: string) => {
    throw new Error(`${subnet} does not do`);
  };
  await t.rejects(makeCluster(plan(world, { attempts: 2, checkSubnet })), { message: '172.30.0.0/24 does not do' });
  t.equal(world.calls('docker').filter(({ text }) => text.startsWith('network create')).length, 1);
  t.same(world.there(), NOTHING);
  t.same(world.journal(), []);
});

t.test('where nodes have no address nobody asks the kube-proxies of what is removed', async (t) => {
  const broken = `inspect*) sleep 0.5; exit 1 ;; *proxyMode*) exit 7 ;;`;
  const world = standIns(t, { docker: `case "$*" in ${broken} esac\n${DAEMON}` });
  await t.rejects(makeCluster(plan(world)), { message: /^docker inspect / });
  const asked = () => world.calls('docker').length;
  const before = asked();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  t.equal(asked(), before);
});

t.test('a kind that does not end in its time is ended', async (t) => {
  const world = standIns(t, { kind: `[ "$1" != create ] || exec sleep 60\n${KIND}` });
  const message = 'kind create cluster: not made within 0.3 s';
  await t.rejects(makeCluster(plan(world, { timeoutMs: 300 })), { message, exitCode: ExitCode.infraError });
  t.same(world.there(), NOTHING);
});

t.test('a proxy mode other than asked for is an error, with the words of kube-proxy', async (t) => {
  const world = standIns(t);
  writeFileSync(world.file('mode'), 'iptables');
  writeFileSync(world.file('log'), `W0102 server_linux.go "Can't use the IPVS proxier" err="no ip_vs"\n`);
  await t.rejects(makeCluster(plan(world)), {
    message: /^kube-proxy on wt-\S+ runs in mode iptables, not ipvs; it says:\nW0102 .*Can't use the IPVS proxier/,
    exitCode: ExitCode.infraError,
  });
  t.same(world.there(), NOTHING);
  const { mode, ...rest } = TWO_NODES.kubeProxy;
  t.equal(mode, 'ipvs');
  await t.resolves(makeCluster(plan(world, { spec: { ...TWO_NODES, kubeProxy: { ...rest, mode: 'iptables' } } })));
});

t.test('a full disk is told where it is met first', async (t) => {
  const said = 'Error response from daemon: mkdir /var/lib/docker/network/files: no space left on device';
  const world = standIns(t, {
    docker: `[ "$1 $2" != 'network create' ] || { echo '${said}' >&2; exit 1; }\n${DAEMON}`,
  });
  await t.rejects(makeCluster(plan(world)), {
    message: new RegExp(`^docker network create .*: exit 1\n${said}$`),
    exitCode: ExitCode.infraError,
  });
  t.same(world.journal(), []);
});

t.test(
  'a daemon that goes away in the middle: the first error is told, what is left stays in the journal',
  async (t) => {
    const said = 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?';
    const docker = `[ ! -e gone ] || { echo '${said}' >&2; exit 1; }\n${DAEMON}`;
    const fails = `[ "$1" != create ] || { : >gone; echo 'ERROR: failed to init node' >&2; exit 1; }`;
    const world = standIns(t, { docker, kind: `${SAYS}\n${KIND}\n${fails}` });
    const heard: string[] = [];
    await t.rejects(makeCluster(plan(world, { say: (text) => heard.push(text) })), {
      message: 'kind create cluster: failed to init node',
      exitCode: ExitCode.infraError,
    });
    t.match(heard.at(-1), /^not removed, windtunnel gc will: docker .*Is the docker daemon running\?$/s);
    t.equal(world.journal().length, 1);
    t.equal(world.there().containers.length, 2);
  },
);

t.test('a run that is over gives up what is under way, and removes it', async (t) => {
  const world = standIns(t, { kind: `${KIND}\n[ "$1" != create ] || { : >made; exec sleep 60; }` });
  const controller = new AbortController();
  const making = makeCluster(plan(world, { attempts: 2, signal: controller.signal }));
  const timer = setInterval(() => existsSync(world.file('made')) && controller.abort(new Error('over')), 20);
  t.teardown(() => clearInterval(timer));
  const started = Date.now();
  await t.rejects(making, { message: 'over' });
  t.ok(Date.now() - started < 10_000, 'nobody waits for what would take longer');
  t.same(world.there(), NOTHING);
  t.same(world.journal(), []);
});

t.test('people who hold a cluster are told how to look into it, over the network and beside it', async (t) => {
  const world = standIns(t);
  const docker = new Docker('tcp://elsewhere:2375');
  const { cluster } = await makeCluster(plan(world, { docker }));
  const [far, near, ...nodes] = waysIn(cluster).map((words) => words.join(' '));
  t.equal(far, `kubectl --kubeconfig ${cluster.kubeconfig} get nodes --output wide`);
  const inside = `docker --host tcp://elsewhere:2375 exec --interactive --tty ${cluster.name}`;
  t.equal(
    near,
    `${inside}-control-plane kubectl --kubeconfig=/etc/kubernetes/admin.conf --server=https://127.0.0.1:6443 get nodes --output wide`,
  );
  t.same(nodes, [`${inside}-control-plane bash`, `${inside}-worker bash`]);
});
