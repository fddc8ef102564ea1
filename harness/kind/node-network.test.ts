/** What a node's ip and /proc say, and what of it is an answer rather than a failure. */
import t from 'tap';
import type { AgentEvent, AgentLine, Request } from '../netns/line.js';
import type { LinuxHost } from '../netns/linux-host.js';
import { NodeNetwork } from './node-network.js';

function networkOf(outcome: {
  readonly code: number;
  readonly stdout?: string;
  readonly stderr?: string;
}): NodeNetwork {
  const line = { ask: async () => ({ stdout: '', stderr: '', ...outcome }) };
  const host = { name: 'worker-1', options: { line, ns: '' } } as unknown as LinuxHost;
  const clock = { now: () => 0, sleepUntil: async () => {} };
  const tools = { tcpdumpFor: async () => host.options };
  return new NodeNetwork({ host: () => host, at: () => host, all: () => [host] }, clock, tools);
}

t.test('an address that is there already, or not there any more, is an answer', async (t) => {
  t.equal(await networkOf({ code: 0 }).bind('worker-1', '172.28.0.3', 'kube-ipvs0'), true);
  const exists = networkOf({ code: 2, stderr: 'RTNETLINK answers: File exists' });
  t.equal(await exists.bind('worker-1', '172.28.0.3', 'kube-ipvs0'), false);
  for (const stderr of ['Error: ipv4: Address not found.', 'Cannot find device "kube-ipvs0"'])
    t.equal(await networkOf({ code: 2, stderr }).unbind('worker-1', '172.28.0.3', 'kube-ipvs0'), false, stderr);
  const broken = networkOf({ code: 2, stderr: 'RTNETLINK answers: Operation not permitted' });
  await t.rejects(broken.bind('worker-1', '172.28.0.3', 'kube-ipvs0'), /on worker-1: exit 2: .*not permitted/);
});

t.test('a kernel without IPVS has no virtual servers', async (t) => {
  t.same(await networkOf({ code: 1, stderr: 'No such file or directory' }).virtualServers('worker-1'), []);
  const stdout = 'Prot LocalAddress:Port Scheduler Flags\nTCP  AC1C0003:22B8 rr \n';
  t.match(await networkOf({ code: 0, stdout }).virtualServers('worker-1'), [{ address: '172.28.0.3', port: 8888 }]);
});

t.test('tcpdump runs where it is told, in the namespace of what is captured, and is ended there', async (t) => {
  const asked: Request[] = [];
  let hear: (event: AgentEvent) => void = () => {};
  const number = (listener: typeof hear) => {
    hear = listener;
    return 7;
  };
  const ask = async (request: Request) => {
    asked.push(request);
    if (request.do === 'start') hear({ event: 'line', number: 7, at: 0, line: 'listening on eth0, link-type EN10MB' });
  };
  const beside = { number, ask } as unknown as AgentLine;
  const never = { ask: () => t.fail('the node has no tcpdump') } as unknown as AgentLine;
  const host = { name: 'worker-1', options: { line: never, ns: 'cni-1' } } as unknown as LinuxHost;
  const tcpdumpFor = async (wanted: LinuxHost) => {
    t.equal(wanted, host);
    return { line: beside, ns: '', within: ['nsenter', '--net=/n/cni-1'] };
  };
  const clock = { now: () => 42, sleepUntil: async () => {} };
  const network = new NodeNetwork({ host: () => host, at: () => host, all: () => [host] }, clock, { tcpdumpFor });
  const capture = await network.startCapture({ kind: 'pod', namespace: 'default', pod: 'p' }, 'arp', 'eth0');
  hear({
    event: 'line',
    number: 7,
    at: 0,
    line: '1700000000.1 ARP, Request who-has 10.0.0.1 tell 10.0.0.2, length 28',
  });
  t.same(capture.packets(), [
    { at: 42, device: 'eth0', direction: 'in', text: 'ARP, Request who-has 10.0.0.1 tell 10.0.0.2, length 28' },
  ]);
  capture.stop();
  const words = [
    'nsenter',
    '--net=/n/cni-1',
    'tcpdump',
    '-Z',
    'root',
    '-l',
    '-n',
    '-tt',
    '--immediate-mode',
    '-i',
    'eth0',
    'arp',
  ];
  t.same(asked, [
    { do: 'start', ns: '', number: 7, argv: words },
    { do: 'kill', number: 7 },
  ]);
});

t.test('what is bound is noted before, and struck out where it was there already or is released', async (t) => {
  const noted: string[] = [];
  const noting = (host: string, back: readonly string[]) => {
    const words = [host, ...back].join(' ');
    noted.push(words);
    return () => void noted.splice(noted.lastIndexOf(words), 1);
  };
  const outcome = { code: 0, stdout: '', stderr: '' };
  const line = { ask: async () => ({ ...outcome }) };
  const host = { name: 'worker-1', options: { line, ns: '' } } as unknown as LinuxHost;
  const clock = { now: () => 0, sleepUntil: async () => {} };
  const tools = { tcpdumpFor: async () => host.options };
  const network = new NodeNetwork({ host: () => host, at: () => host, all: () => [host] }, clock, tools, noting);
  const back = 'worker-1 ip addr del 172.28.0.3/32 dev kube-ipvs0';
  const bound = network.bind('worker-1', '172.28.0.3', 'kube-ipvs0');
  t.strictSame(noted, [back], 'before the node is asked');
  await bound;
  Object.assign(outcome, { code: 2, stderr: 'RTNETLINK answers: File exists' });
  await network.bind('worker-1', '172.28.0.3', 'kube-ipvs0');
  await network.bind('worker-1', '172.28.0.4', 'kube-ipvs0');
  t.strictSame(noted, [back], 'what others have bound is not taken back');
  Object.assign(outcome, { code: 0 });
  await network.unbind('worker-1', '172.28.0.3', 'kube-ipvs0');
  t.strictSame(noted, []);
});
