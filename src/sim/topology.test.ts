/** The hosts of a cluster file, their addresses and what their kernels are set to. */
import t from 'tap';
import { SECOND } from '../base/instant.js';
import { formatIpv4, ipv4 } from '../base/ip.js';
import type { ClusterSpec, NodeSpec } from '../scenario/model.js';
import { buildTopology } from './topology.js';
import { World } from './world.js';

function build(ips: readonly string[], subnet: string, node: Partial<NodeSpec> = {}, kernel = '6.1') {
  const nodes = ips.map((ip, i) => ({
    name: `n${i + 1}`,
    role: 'worker' as const,
    ip,
    device: 'eth0',
    devices: [],
    sysctls: {},
    linkRateBps: 1e9,
    ...node,
  }));
  const world = new World({ seed: '1', start: 0 });
  const topology = buildTopology(world, { nodes, subnet, kernel } as unknown as ClusterSpec);
  const host = (name: string) => {
    const found = world.host(name);
    if (!found) throw new Error(`no ${name}`);
    return found;
  };
  const ping = (from: string, to: string): string => {
    let outcome = 'none';
    host(from).ping(ipv4(to), SECOND, (reply) => (outcome = reply.outcome));
    world.queue.runUntil(world.queue.now() + 2 * SECOND);
    return outcome;
  };
  return { world, host, ping, outside: formatIpv4(topology.outsideIp), gateway: formatIpv4(topology.gatewayIp) };
}

t.test('nodes, the gateway and outside reach one another', async (t) => {
  const { ping, outside, gateway } = build(['10.0.0.10', '10.0.0.11'], '10.0.0.0/24');
  t.same([gateway, outside], ['10.0.0.1', '10.0.0.254']);
  for (const from of ['n1', 'n2', 'gateway', 'outside'])
    for (const to of ['10.0.0.10', '10.0.0.11', gateway, outside]) t.equal(ping(from, to), 'ok', `${from} to ${to}`);
});

t.test('outside has a free address of the subnet, however small or full that is', async (t) => {
  t.equal(build(['10.0.0.254'], '10.0.0.0/24').outside, '10.0.0.253');
  t.equal(build(['10.0.0.18'], '10.0.0.16/28').outside, '10.0.0.30');
  const many = Array.from({ length: 260 }, (_, i) => formatIpv4(ipv4('10.1.0.2') + i));
  const large = build(many, '10.1.0.0/16');
  t.equal(large.outside, '10.1.1.6', 'after the nodes where all before are taken');
  t.equal(large.ping('n1', large.gateway), 'ok', 'the gateway keeps its own');
  t.throws(() => build(['10.0.0.2'], '10.0.0.0/30'), /10\.0\.0\.0\/30 has no address left for the host outside/);
});

t.test('an unknown network leads to the gateway, which has no way on', async (t) => {
  const { ping } = build(['10.0.0.10'], '10.0.0.0/24');
  t.equal(ping('n1', '8.8.8.8'), 'timeout');
});

t.test('sysctls and further cards are the file’s; a card that is down still makes its address local', async (t) => {
  const { host, ping } = build(['10.0.0.10', '10.0.0.11'], '10.0.0.0/24', {
    device: 'ens33',
    sysctls: { 'net.ipv4.ip_forward': '0', 'net.ipv4.conf.all.rp_filter': '1' },
    devices: [{ name: 'eth9', up: false, addresses: ['10.0.0.1/24', '10.7.0.1/24'] }],
  });
  t.equal(host('n1').sysctl.get('net.ipv4.ip_forward'), 0);
  t.equal(host('n1').sysctl.effective('rp_filter', 'ens33'), 1);
  t.equal(host('n1').routing.output(ipv4('10.0.0.1'))?.device.name, 'lo');
  t.equal(host('n1').routing.output(ipv4('10.7.0.9'))?.device.name, 'ens33', 'but its network is not reached by it');
  t.equal(ping('gateway', '10.0.0.10'), 'timeout', 'and the true owner is cut off');
});

t.test('kernels from 6.5 on send the first SYNs again at even distances', async (t) => {
  const syns = (kernel: string) => {
    const { world, host } = build(['10.0.0.10', '10.0.0.11'], '10.0.0.0/24', {}, kernel);
    const from = host('n1');
    const eth0 = from.interfaces.find('eth0');
    if (eth0) from.neighbours.setPermanent(eth0, ipv4('10.0.0.99'), 0x99);
    const at: number[] = [];
    from.taps.add((p) => void (p.kind === 'ipv4' && at.push(world.queue.now() / SECOND)));
    from.connect(ipv4('10.0.0.99'), 80, { process: 'nc' }).handlers = {
      closed: () => at.push(-world.queue.now() / SECOND),
    };
    world.queue.runUntil(200 * SECOND);
    return at;
  };
  t.same(syns('6.1'), [0, 1, 3, 7, 15, 31, 63, -127]);
  t.same(syns('6.18'), [0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67, -131]);
});
