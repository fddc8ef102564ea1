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

/** A node with the devices and addresses that it was told to have. */
class Node {
  readonly devices = new Set(['eth0']);
  readonly addresses = new Set<string>();
  /** What the journal has, as the words that take it back. */
  readonly noted: string[] = [];
  /** What it has when the node is asked for something. */
  readonly notedThen: string[] = [];

  readonly network = (() => {
    const host = { name: 'worker-1', options: { line: { ask: this.#ask }, ns: '' } } as unknown as LinuxHost;
    const clock = { now: () => 0, sleepUntil: async () => {} };
    const tools = { tcpdumpFor: async () => host.options };
    const noting = (name: string, back: readonly string[]) => {
      const words = [name, ...back].join(' ');
      this.noted.push(words);
      return () => void this.noted.splice(this.noted.lastIndexOf(words), 1);
    };
    return new NodeNetwork({ host: () => host, at: () => host, all: () => [host] }, clock, tools, noting);
  })();

  get #ask() {
    return async ({ argv }: Request) => {
      const [, , script = '', , device = '', address = ''] = argv as string[];
      this.notedThen.push(...this.noted);
      const stderr = this.#do(script, device, address);
      return { code: stderr === '' ? 0 : 1, stdout: '', stderr };
    };
  }

  #do(script: string, device: string, address: string): string {
    const isThere = this.devices.has(device);
    if (script.includes('link add')) this.devices.add(device);
    else if (script.includes('link show')) return isThere ? '' : `Device "${device}" does not exist.`;
    else if (!isThere) return `Cannot find device "${device}"`;
    else if (script.includes('link del')) this.devices.delete(device);
    else if (script.includes('addr add') && this.addresses.has(address)) return 'RTNETLINK answers: File exists';
    else if (script.includes('addr add')) this.addresses.add(address);
    else if (!this.addresses.delete(address)) return 'RTNETLINK answers: Cannot assign requested address';
    return '';
  }
}

const OTHERS = '172.28.0.9';
const LINK_BACK = 'worker-1 ip link del kube-ipvs0';
const backOf = (address: string) => `worker-1 ip addr del ${address}/32 dev kube-ipvs0`;

t.test('what is bound is noted before, and struck out where it was there already or is released', async (t) => {
  const node = new Node();
  node.addresses.add(OTHERS);
  t.ok(await node.network.bind('worker-1', '172.28.0.3', 'kube-ipvs0'));
  t.same(new Set(node.notedThen), new Set([LINK_BACK, backOf('172.28.0.3')]), 'before the node is asked');
  t.strictSame(node.noted, [LINK_BACK, backOf('172.28.0.3')], 'taken back from the end on');
  t.notOk(await node.network.bind('worker-1', '172.28.0.3', 'kube-ipvs0'));
  t.notOk(await node.network.bind('worker-1', OTHERS, 'kube-ipvs0'));
  t.strictSame(node.noted, [LINK_BACK, backOf('172.28.0.3')], 'what others have bound is not taken back');
  t.ok(await node.network.unbind('worker-1', '172.28.0.3', 'kube-ipvs0'));
  t.strictSame(node.noted, [LINK_BACK]);
});

t.test('addresses and devices go with the arm that made them, and only then', async (t) => {
  const node = new Node();
  node.devices.add('eth1');
  node.addresses.add(OTHERS);
  await node.network.bind('worker-1', OTHERS, 'eth1');
  await node.network.bind('worker-1', '172.28.0.3', 'kube-ipvs0');
  await node.network.bind('worker-1', '172.28.0.4', 'eth1');
  t.same([...node.devices], ['eth0', 'eth1', 'kube-ipvs0']);
  await node.network.end();
  t.same([...node.devices], ['eth0', 'eth1']);
  t.same([...node.addresses], [OTHERS]);
  t.strictSame(node.noted, []);
});
