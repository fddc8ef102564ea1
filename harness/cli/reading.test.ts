/** Reading runs, plans and instants, on the outage itself: the whole cluster is modelled, so one run serves all of these tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../package.js';
import { start, windtunnel } from './program-fixture.js';

const FLAGSHIP = 'externalip-is-worker[kubernetes=1.34.2,proxyMode=ipvs]';
const PICK = ['--matrix', 'kubernetes=1.34.2', '--matrix', 'proxyMode=ipvs'];
const FILE = 'scenarios/outage/externalip-is-worker.yaml';

const cli = (...args: string[]) => windtunnel(packageRoot, ...args);
const inspect = async (...args: string[]) => (await cli('inspect', FILE, ...PICK, ...args)).stdout;

const output = t.testdir();
const json = join(output, 'result.json');
const run = await cli('run', FILE, ...PICK, '--output', output, '--report', `json=${json}`);

t.test('the outage passes, and the JSON report names its cause with an artifact for each link', async (t) => {
  t.equal(run.exitCode, 0, run.stdout + run.stderr);
  const report = JSON.parse(readFileSync(json, 'utf8')) as {
    cases: { causes: { id: string; chain: { claim: string; artifact: string }[] }[] }[];
  };
  t.match(report, { schemaVersion: 1, cases: [{ id: FLAGSHIP, scenario: 'externalip-is-worker', verdict: 'pass' }] });
  const [cause] = report.cases[0]?.causes ?? [];
  t.equal(cause?.id, 'externalip-is-node-address');
  t.ok((cause?.chain.length ?? 0) >= 5);
  const folder = join(output, 'latest', 'cases', 'externalip-is-worker_kubernetes_1.34.2_proxyMode_ipvs');
  for (const { artifact } of cause?.chain ?? []) {
    const [file = '', anchor = ''] = artifact.split('#');
    const text = readFileSync(join(folder, file), 'utf8');
    const isThere = anchor.startsWith('L')
      ? text.split('\n').length > Number(anchor.slice(1))
      : text.includes(`## ${anchor}\n`);
    t.ok(isThere, artifact);
  }
});

t.test('explain tells the timeline, the chain and the steps, and judges again', async (t) => {
  const { stdout, exitCode } = await cli('explain', join(output, 'latest'), 'externalip-is-worker');
  t.equal(exitCode, 0);
  t.match(stdout, `pass  ${FLAGSHIP}`);
  t.match(stdout, 'judged again from the bundle: the same');
  for (const moment of [
    /fault applied/,
    /probe api-from-victim fails first/,
    /worker-1 is NotReady/,
    /is ok again/,
    /is Ready again/,
  ]) {
    t.match(stdout, moment);
  }
  t.match(stdout, /ip route get 172\.30\.0\.3 on control-plane says local, dev lo/);
  t.match(stdout, /step 3 {2}IPVS makes the address local on every other node/);
});

t.test('explain without a bundle tells of the newest one where bundles lie', async (t) => {
  const { stdout, stderr, exitCode } = await cli('explain', '--output', output, '--only', 'verdict');
  t.equal(exitCode, 0, stderr);
  t.match(stdout, 'externalip-is-worker');
});

t.test('explain tells only what is asked for, of the arm that is asked for', async (t) => {
  const { stdout } = await cli('explain', join(output, 'latest'), FLAGSHIP, '--only', 'cause', '--arm', 'control');
  t.match(stdout, 'cause: none');
  t.notMatch(stdout, 'timeline');
  const data = JSON.parse((await cli('explain', join(output, 'latest'), '--json')).stdout) as unknown;
  t.match(data, { cases: [{ id: FLAGSHIP, judgedAgain: 'same', timeline: [{ kind: 'fault' }] }] });
  t.equal((await cli('explain', join(output, 'latest'), FLAGSHIP, '--arm', 'none')).exitCode, 2);
  t.equal((await cli('explain', join(output, 'latest'), FLAGSHIP, '--only', 'nonsense')).exitCode, 2);
  const bare = await cli('explain', join(output, 'latest'), FLAGSHIP, '--only', 'placement');
  t.match(bare.stdout, /^placement: this arm has none$/m);
  const whole = await cli('explain', join(output, 'latest'), FLAGSHIP);
  t.notMatch(whole.stdout, 'this arm has none', 'who asks for all is told what there is');
});

t.test('inspect shows the lie in the routing table, and that it is gone afterwards', async (t) => {
  t.match(
    await inspect('--at', '42s', '--on', 'control-plane', 'ip route get 172.30.0.3'),
    /^local 172\.30\.0\.3 dev lo /,
  );
  t.match(
    await inspect('--at', '42s', '--on', 'worker-1', 'ip route get 172.30.0.2'),
    /^172\.30\.0\.2 dev eth0 src 172\.30\.0\.3/,
  );
  t.match(
    await inspect('--at', 'treatment-1s', '--on', 'control-plane', 'ip route get 172.30.0.3'),
    /^172\.30\.0\.3 dev eth0/,
  );
  t.match(await inspect('--at', 'end', '--on', 'control-plane', 'ip route get 172.30.0.3'), /^172\.30\.0\.3 dev eth0/);
  t.match(await inspect('--at', '42s', '--arm', 'control', 'ip route get 172.30.0.3'), /^172\.30\.0\.3 dev eth0/);
});

t.test('inspect answers every tool in its own format', async (t) => {
  t.match(await inspect('--at', 'treatment+12s', 'ip -br addr'), /^kube-ipvs0 +DOWN +.*172\.30\.0\.3\/32/m);
  t.match(await inspect('--at', '42s', 'ip addr show dev eth0'), /^\d+: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> /);
  t.match(await inspect('--at', '42s', 'ip route show table local'), /^local 172\.30\.0\.3 dev kube-ipvs0 /m);
  t.match(
    await inspect('--at', '60s', '--on', 'worker-1', 'ip neigh'),
    /^172\.30\.0\.2 dev eth0 .*(INCOMPLETE|FAILED)/m,
  );
  t.match(await inspect('--at', '42s', 'ipvsadm -ln'), /^TCP {2}172\.30\.0\.3:8888 rr/m);
  t.match(await inspect('--at', '42s', 'ss -tn'), /^State +Recv-Q +Send-Q/);
  t.match(await inspect('--at', '42s', 'iptables -S'), /KUBE-IPVS-FILTER/);
  t.match(await inspect('--at', 'step5+50ms', 'kubectl get nodes'), /^worker-1 +NotReady +<none>/m);
  t.match(
    await inspect('--at', '42s', 'kubectl get services -A'),
    /^default +busybox +ClusterIP +\S+ +172\.30\.0\.3 +8888\/TCP/m,
  );
  t.match(await inspect('--at', '42s', 'kubectl get pods -n kube-system -o wide'), /kube-proxy/);
  t.match(await inspect('--at', '42s', 'kubectl get leases -n kube-node-lease'), /^worker-1 +worker-1 /m);
});

t.test('tcpdump shows the window after the instant, and nothing of before', async (t) => {
  const text = await inspect('--at', '42s', '--on', 'worker-1', '--window', '15s', 'tcpdump -n -i eth0 arp');
  t.match(text, /ARP, Request who-has 172\.30\.0\.2 .*tell 172\.30\.0\.3/);
  for (const line of text.split('\n')) t.match(line, /^00:00:(4[2-9]|5[0-7])\./);
});

t.test('a case of a bundle is replayed with what was run then', async (t) => {
  const folder = join(output, 'latest', 'cases', 'externalip-is-worker_kubernetes_1.34.2_proxyMode_ipvs');
  const { stdout } = await cli('inspect', folder, '--at', '42s', '--on', 'worker-2', 'ip route get 172.30.0.3');
  t.match(stdout, /^local 172\.30\.0\.3 dev lo/);
});

t.test('without a command it asks for commands, travels and moves', async (t) => {
  const input =
    'at 42s\non control-plane\nip route get 172.30.0.3\nat 1s\nip route get 172.30.0.3\nnonsense\nat never\non moon\ntcpdump bad filter\nat 1000h\nip neigh\nexit\n';
  const ended = await start(packageRoot, ['inspect', FILE, ...PICK], { stdin: undefined, input });
  t.equal(ended.exitCode, 0, String(ended.stderr));
  t.same(
    String(ended.stdout)
      .split('\n')
      .filter((line) => line.includes('172.30.0.3'))
      .map((line) => line.split(' ')[0]),
    ['local', '172.30.0.3', '172.30.0.3'],
  );
  for (const complaint of [
    'nonsense cannot be asked here',
    'never is no instant',
    'no host moon',
    'not understood at bad',
    '1000h is too far',
  ])
    t.match(ended.stderr, complaint);
});

t.test('what cannot be asked is told with what can, exit 2', async (t) => {
  const calls = [
    ['ip route flush'],
    ['--on', 'moon', 'ip neigh'],
    ['--at', 'yesterday', 'ip neigh'],
    ['--arm', 'x', 'ip neigh'],
  ];
  for (const args of calls)
    t.match(await cli('inspect', FILE, ...PICK, ...args), { exitCode: 2, stderr: /\nhint: / }, args.join(' '));
});
