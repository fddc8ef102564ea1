/** What counts as the same between two arms. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../package.js';
import type { KindCluster } from './cluster.js';
import { Docker } from './docker.js';
import { awaitSame, nodeState, settledState } from './node-state.js';
import { DAEMON, StandIns, TWO_NODES } from './stand-in.js';

const IPVS = readFileSync(join(packageRoot, 'harness/kind/recorded/proc-net-ip_vs.txt'), 'utf8');
const ADDRESSES = 'lo UNKNOWN 127.0.0.1/8\neth0 UP 172.30.0.2/24\n';

/** Nobody is told, and nobody waits long. */
const HASTE = { say: () => {}, pollMs: 10 };

function cluster(): KindCluster {
  const node = { name: 'cp', role: 'control-plane', container: 'lab-control-plane', ip: '172.30.0.2' };
  return { docker: new Docker(), nodes: [node] } as unknown as KindCluster;
}

t.test('connections come and go, and lines in another order are the same', async (t) => {
  const world = new StandIns(t.testdir());
  world.add('containers', 'lab-control-plane');
  writeFileSync(world.file('state'), ADDRESSES + IPVS);
  const before = await nodeState(cluster());
  t.match(before, /^lab-control-plane\nlo UNKNOWN/);
  const busy = IPVS.replaceAll(/(Masq {4}\d) {6}0 {10}0/g, '$1      12         3');
  t.not(busy, IPVS);
  writeFileSync(world.file('state'), `${ADDRESSES.split('\n').reverse().join('\n')}\n${busy}`.trim());
  t.equal(await awaitSame(cluster(), before, HASTE), undefined);
});

t.test('a link that stays limited is seen; the numbers of what holds it up are not', async (t) => {
  const world = new StandIns(t.testdir());
  const stateWith = async (qdisc: string) => {
    writeFileSync(world.file('state'), `${ADDRESSES}${qdisc}\n`);
    return nodeState(cluster());
  };
  const before = await stateWith('qdisc noqueue 0: root refcnt 2 ');
  const limited = await stateWith('qdisc tbf 8001: root refcnt 9 rate 1Gbit burst 1250000b lat 20ms ');
  t.not(limited, before);
  t.equal(await stateWith('qdisc tbf 8a2f: root refcnt 13 rate 1Gbit burst 1250000b lat 20ms '), limited);
  t.not(await stateWith('qdisc tbf 8001: root refcnt 9 rate 2Gbit burst 1250000b lat 20ms '), limited);
  t.match(world.calls('docker')[0]?.text, 'tc qdisc show dev eth0');
});

t.test('a wait is given up with what ended the run', async (t) => {
  const world = new StandIns(t.testdir());
  writeFileSync(world.file('state'), ADDRESSES);
  const signal = AbortSignal.abort(new Error('interrupted'));
  await t.rejects(awaitSame(cluster(), '', { ...HASTE, signal }), { message: 'interrupted' });
});

t.test('a node that could not be asked once is asked again, and nobody is blamed for it', async (t) => {
  const once = `case "$*" in *'ip -brief'*) [ ! -e fails ] || { rm fails; echo 'no such exec' >&2; exit 1; } ;; esac`;
  const world = new StandIns(t.testdir(), { docker: `${once}\n${DAEMON}` });
  world.add('containers', 'lab-control-plane');
  const before = await nodeState(cluster());
  writeFileSync(world.file('fails'), '');
  t.equal(await awaitSame(cluster(), before, HASTE), undefined);
  t.notOk(existsSync(world.file('fails')));
});

t.test('a wait that is given up does not wait for who is asked', async (t) => {
  const world = new StandIns(t.testdir(), { docker: `case "$*" in *' get nodes '*) : >begun; exec sleep 20 ;; esac` });
  const controller = new AbortController();
  const timer = setInterval(() => existsSync(world.file('begun')) && controller.abort(new Error('over')), 20);
  t.teardown(() => clearInterval(timer));
  const startedAt = Date.now();
  const { signal } = controller;
  await t.rejects(awaitSame(cluster(), '', { ...HASTE, signal }), { message: 'over' });
  t.ok(Date.now() - startedAt < 10_000);
});

t.test('what is otherwise is said every ten seconds, and told when the time is over', async (t) => {
  const world = new StandIns(t.testdir());
  world.add('containers', 'lab-control-plane');
  const before = await nodeState(cluster());
  writeFileSync(world.file('state'), 'eth0 UP 172.30.0.9/24\n');
  let now = Date.now();
  t.intercept(Date, 'now', { value: () => (now += 10_000) });
  const said: string[] = [];
  const told = await awaitSame(cluster(), before, { ...HASTE, say: (text) => said.push(text) });
  t.match(told, /- eth0 UP 172\.30\.0\.2\/24, .*\+ eth0 UP 172\.30\.0\.9\/24$/);
  t.match(said[0], /^waiting for the nodes to be as they were: .*- eth0 UP 172\.30\.0\.2/);
});

/** Each answer once, the last one for good. */
async function settledBy(
  folder: string,
  question: string,
  answers: readonly string[],
  mode: 'ipvs' | 'iptables' = 'ipvs',
): Promise<{ readonly state: string; readonly looks: number }> {
  const script = answers.map((answer, index) => `${index + 1}${index + 1 < answers.length ? '' : '|*'}) ${answer} ;;`);
  const count = 'echo >>looks; case $(wc -l <looks) in';
  const docker = `case "$*" in ${question}) ${count} ${script.join(' ')} esac; exit ;; esac\n${DAEMON}`;
  const world = new StandIns(folder, { docker });
  const spec = { kubeProxy: { ...TWO_NODES.kubeProxy, mode } };
  const state = await settledState(cluster(), spec, HASTE);
  const asked = question.includes('pods') ? / get pods / : /ip -brief/;
  const looks = world.calls('docker').filter(({ text }) => asked.test(text)).length;
  return { state, looks };
}

const PODS = `*' get pods '*`;
const TABLES = `*'ip -brief'*`;
const table = (ip: string, isProgrammed = true) =>
  `printf 'eth0 UP ${ip}/24\\n${isProgrammed ? 'TCP  0A600001:01BB rr\\n' : ''}'`;

t.test('a cluster has settled when what kind brings is Ready', async (t) => {
  const late = `printf 'coredns-x False Pending\\netcd-lab True Running\\n'`;
  const { looks } = await settledBy(t.testdir(), PODS, ['true', late, `echo 'coredns-x True Running'`]);
  t.equal(looks, 4, 'then two that see the same');
});

t.test("of the user's pods none is waited for, nor one that has ended", async (t) => {
  const users = ['metrics-server-x False Running', 'helm-install-x False Succeeded', 'mine  Pending'];
  const ended = ['coredns-old False Failed', 'kube-proxy-old  Succeeded'];
  const pods = [...users, ...ended, 'coredns-x True Running'].map((line) => `echo '${line}'`).join('; ');
  const { looks } = await settledBy(t.testdir(), PODS, [pods]);
  t.equal(looks, 2);
});

t.test("a cluster has settled when every kube-proxy in mode ipvs has the API's Service", async (t) => {
  const answers = [table('172.30.0.2', false), table('172.30.0.2', false), table('172.30.0.2')];
  const { looks, state } = await settledBy(t.testdir(), TABLES, answers);
  t.equal(looks, 4);
  t.match(state, 'TCP  0A600001:01BB rr');
  const without = await settledBy(t.testdir(), TABLES, answers, 'iptables');
  t.equal(without.looks, 2, 'the others have no such table');
});

t.test('a cluster has settled when two looks see the same, over a look that failed', async (t) => {
  const changing = [
    table('172.30.0.2'),
    table('172.30.0.3'),
    `{ echo 'no such exec' >&2; exit 1; }`,
    table('172.30.0.4'),
  ];
  const { looks, state } = await settledBy(t.testdir(), TABLES, changing);
  t.equal(looks, 5);
  t.match(state, '172.30.0.4');
});

t.test('an address more, and a node that is not Ready, are waited for', async (t) => {
  const world = new StandIns(t.testdir());
  writeFileSync(world.file('state'), ADDRESSES);
  const before = await nodeState(cluster());
  let isOver = false;
  const same = awaitSame(cluster(), before, HASTE).finally(() => {
    isOver = true;
  });
  const looks = () => world.calls('docker').filter(({ text }) => text.includes(' get nodes ')).length;
  const look = async (count: number) => {
    while (looks() < count && !isOver) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await look(2);
  t.notOk(isOver, 'the node was not Ready');
  writeFileSync(world.file('state'), `${ADDRESSES}kube-ipvs0 DOWN 172.30.0.3/32\n`);
  world.add('containers', 'lab-control-plane');
  await look(3);
  t.notOk(isOver, 'it had an address more');
  writeFileSync(world.file('state'), ADDRESSES);
  t.equal(await same, undefined);
});
