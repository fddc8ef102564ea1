/** What is waited for is named when its time is over. */
import t from 'tap';
import { ExitCode } from '../../src/verdict/merge.js';
import { Docker } from './docker.js';
import { awaitNodes, checkProxyModes } from './readiness.js';
import { DAEMON, StandIns } from './stand-in.js';

const NAMES = ['lab-control-plane', 'lab-worker', 'lab-worker2'];
const LATER = () => Date.now() + 60_000;
const OVER = 0;

const node = (name: string, ...conditions: readonly object[]) => ({ metadata: { name }, status: { conditions } });
const ready = (status: string) => ({ type: 'Ready', status });

/** A daemon in whose containers these lines of sh run first. */
const daemon = (folder: string, lines: string) => new StandIns(folder, { docker: `${lines}\n${DAEMON}` });
const answers = (items: readonly object[]) => `echo '${JSON.stringify({ items })}'`;
const await3 = (deadline: number) => awaitNodes(new Docker(), 'lab-control-plane', NAMES, { deadline });
const modes = (deadline: number) => checkProxyModes(new Docker(), NAMES, 'ipvs', { deadline });

t.test('nodes that are not Ready, do not say so, or are not there, are named when the time is over', async (t) => {
  const items = [
    node('lab-control-plane', ready('True')),
    node('lab-worker', ready('Unknown')),
    node('foreign', ready('True')),
  ];
  const world = daemon(t.testdir(), `case "$*" in *' get nodes '*) ${answers(items)}; exit ;; esac`);
  await t.rejects(await3(OVER), {
    message: 'waited 0 s for all nodes; last seen: not Ready: lab-worker, lab-worker2',
    exitCode: ExitCode.infraError,
  });
  const loopback = (words: string) =>
    new RegExp(`^exec lab-control-plane kubectl .*--server=https://127.0.0.1:6443 ${words} `);
  const told = [{ text: loopback('wait') }, { text: loopback('get nodes') }];
  t.match(world.calls('docker'), told, 'asked over the own loopback, which no fault cuts');
});

t.test('an API server that does not answer yet is asked again', async (t) => {
  const items = NAMES.map((name) => node(name, { type: 'MemoryPressure', status: 'False' }, ready('True')));
  const early = `[ -e asked ] || { : >asked; echo 'connection refused' >&2; exit 1; }`;
  const world = daemon(t.testdir(), `case "$*" in *' get nodes '*) ${early}; ${answers(items)}; exit ;; esac`);
  await await3(LATER());
  t.equal(world.calls('docker').filter(({ text }) => text.includes(' get nodes ')).length, 2);
});

t.test('the API server tells when all are Ready: nobody asks again and again', async (t) => {
  const world = daemon(t.testdir(), `case "$*" in *' wait '*) exit 0 ;; esac`);
  await await3(LATER());
  const all = NAMES.map((name) => `node/${name}`).join(' ');
  t.match(
    world.calls('docker').map(({ text }) => text),
    [new RegExp(` wait --for=condition=Ready --timeout=10s ${all}$`)],
  );
});

t.test('every kube-proxy is asked; one that is late is asked again, one in another mode ends it', async (t) => {
  const early = `[ "$2" != lab-worker ] || [ -e asked ] || { : >asked; exit 7; }`;
  const world = daemon(t.testdir(), `case "$*" in *proxyMode*) ${early} ;; esac`);
  await modes(LATER());
  t.same(
    world
      .calls('docker')
      .map(({ words }) => words[1])
      .sort(),
    ['lab-control-plane', 'lab-worker', 'lab-worker', 'lab-worker2'],
  );
  daemon(t.testdir(), `case "$*" in *worker2*proxyMode*) echo iptables; exit ;; esac`);
  const message = 'kube-proxy on lab-worker2 runs in mode iptables, not ipvs';
  await t.rejects(modes(LATER()), { message, exitCode: ExitCode.infraError });
});

t.test('a kube-proxy that does not answer in its time, with what its log says', async (t) => {
  const log = `echo 'E0102 server.go] "Failed" err="no ip_vs"'`;
  daemon(t.testdir(), `case "$*" in *worker2*proxyMode*) exit 7 ;; *kube-proxy-*) ${log}; exit ;; esac`);
  const seen = /^waited 0 s for kube-proxy on lab-worker2 to say its mode; last seen: no answer on :10249\/proxyMode/;
  const message = new RegExp(`${seen.source}; it says:\nE0102 .*no ip_vs"$`);
  await t.rejects(modes(OVER), { message, exitCode: ExitCode.infraError });
});

t.test('who waits within the cluster is not followed by a time in which nobody listens', async (t) => {
  const late = (mark: string, code: number) => `[ -e ${mark} ] || { : >${mark}; sleep 2; exit ${code}; }`;
  const nodes = `*' wait '*) ${late('waited', 1)}; exit 0 ;; *' get nodes '*) ${answers([])}; exit ;;`;
  daemon(t.testdir(), `case "$*" in ${nodes} *proxyMode*) ${late('"asked-$2"', 7)} ;; esac`);
  for (const work of [await3, modes]) {
    const startedAt = performance.now();
    await work(LATER());
    t.ok(performance.now() - startedAt < 3_700, 'two seconds, and no two more');
  }
});

t.test('where one kube-proxy ends it nobody asks the others any more', async (t) => {
  const answer = `*worker2*proxyMode*) sleep 0.5; echo iptables; exit ;; *proxyMode*) exit 7 ;;`;
  const world = daemon(t.testdir(), `case "$*" in ${answer} esac`);
  await t.rejects(modes(LATER()), { message: /runs in mode iptables/ });
  const asked = () => world.calls('docker').length;
  const before = asked();
  t.ok(before > 3, 'they were asked again by then');
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  t.equal(asked(), before);
});

t.test('without a kube-proxy nobody is asked', async (t) => {
  const world = daemon(t.testdir(), '');
  await checkProxyModes(new Docker(), NAMES, 'none', { deadline: OVER });
  t.same(world.calls('docker'), []);
});
