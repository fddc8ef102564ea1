/** Routing decisions over hand-made tables: output, input, source validation. Linux: net/ipv4/route.c, fib_frontend.c. */
import t from 'tap';
import { formatIpv4, ipv4, prefix } from '../base/ip.js';
import { Interfaces } from './interfaces.js';
import { Routing } from './routing.js';
import { Sysctl } from './sysctl.js';

const OWN = ipv4('10.0.0.2');
const PEER = ipv4('10.0.0.3');
const FAR = ipv4('192.0.2.9');

function node(sysctls: Readonly<Record<string, string>> = {}) {
  const sysctl = new Sysctl();
  for (const [key, value] of Object.entries(sysctls)) sysctl.set(key, value);
  const interfaces = new Interfaces(sysctl, () => {});
  const lo = interfaces.add('lo', 'loopback', 0, true);
  interfaces.addAddress(lo, prefix('127.0.0.1/8'));
  interfaces.setUp(lo);
  const eth0 = interfaces.add('eth0', 'ethernet', 1, false);
  interfaces.setUp(eth0);
  interfaces.addAddress(eth0, prefix('10.0.0.2/24'));
  const eth1 = interfaces.add('eth1', 'ethernet', 2, false);
  interfaces.setUp(eth1);
  interfaces.addAddress(eth1, prefix('10.1.0.2/24'));
  const dummy = interfaces.add('kube-ipvs0', 'dummy', 3, true);
  const via = { to: prefix('0.0.0.0/0'), via: ipv4('10.0.0.1'), device: eth0 };
  interfaces.addRoute({ ...via, type: 'unicast', protocol: 'static' });
  const log: string[] = [];
  const routing = new Routing(interfaces, (line) => log.push(line));
  const out = (to: string, source?: string) => {
    const found = routing.output(ipv4(to), source === undefined ? undefined : ipv4(source));
    return found && `${found.type} ${found.device.name} ${formatIpv4(found.nextHop)} src ${formatIpv4(found.source)}`;
  };
  const input = (to: number, from: number, device = eth0) => {
    const verdict = routing.input(to, from, device);
    return verdict.kind === 'drop' ? verdict.reason : verdict.kind;
  };
  return { interfaces, routing, sysctl, log, eth0, eth1, dummy, out, input };
}

t.test('output: neighbours directly, others by the gateway, own addresses over lo from themselves', async (t) => {
  const { out } = node();
  t.equal(out('10.0.0.3'), 'unicast eth0 10.0.0.3 src 10.0.0.2');
  t.equal(out('10.1.0.9'), 'unicast eth1 10.1.0.9 src 10.1.0.2');
  t.equal(out('192.0.2.9'), 'unicast eth0 10.0.0.1 src 10.0.0.2');
  t.equal(out('10.1.0.2'), 'local lo 10.1.0.2 src 10.1.0.2');
  t.equal(out('127.0.0.9'), 'local lo 127.0.0.9 src 127.0.0.1');
  t.equal(out('10.0.0.3', '10.1.0.2'), 'unicast eth0 10.0.0.3 src 10.1.0.2', 'a given source is kept');
});

t.test('output: an address on a device that is down is local, a network behind one is not reached by it', async (t) => {
  const { interfaces, out, dummy, eth1 } = node();
  interfaces.addAddress(dummy, { address: PEER, length: 32 });
  t.equal(out('10.0.0.3'), 'local lo 10.0.0.3 src 10.0.0.3');
  interfaces.setDown(eth1);
  t.equal(out('10.1.0.9'), 'unicast eth0 10.0.0.1 src 10.0.0.2');
  t.equal(out('10.1.0.2'), 'local lo 10.1.0.2 src 10.1.0.2');
  interfaces.setUp(eth1);
  t.equal(out('10.1.0.9'), 'unicast eth1 10.1.0.9 src 10.1.0.2');
});

t.test('output: without a route the network is unreachable', async (t) => {
  const { interfaces, out } = node();
  interfaces.deleteRoute(prefix('0.0.0.0/0'));
  t.equal(out('192.0.2.9'), undefined);
});

t.test('input: to this host, through it, nowhere', async (t) => {
  const { input, sysctl, interfaces, eth1 } = node();
  t.equal(input(OWN, PEER), 'local');
  t.equal(input(ipv4('10.1.0.2'), PEER), 'local', 'any own address on any device');
  t.equal(input(ipv4('10.0.0.255'), PEER), 'local', 'broadcast');
  t.equal(input(FAR, ipv4('10.1.0.9'), eth1), 'FORWARDING_OFF');
  sysctl.set('net.ipv4.ip_forward', '1');
  t.equal(input(FAR, ipv4('10.1.0.9'), eth1), 'forward');
  interfaces.deleteRoute(prefix('0.0.0.0/0'));
  t.equal(input(FAR, ipv4('10.1.0.9'), eth1), 'IP_OUTNOROUTES');
});

t.test('a source that is one’s own is dropped, counted, and logged where asked', async (t) => {
  const { interfaces, input, routing, sysctl, log, dummy } = node();
  interfaces.addAddress(dummy, { address: PEER, length: 32 });
  t.equal(input(OWN, PEER), 'IP_LOCAL_SOURCE');
  t.same([routing.martianSources, log], [1, []]);
  sysctl.set('net.ipv4.conf.eth0.log_martians', '1');
  t.equal(input(OWN, PEER), 'IP_LOCAL_SOURCE');
  t.same([routing.martianSources, log], [2, ['IPv4: martian source 10.0.0.2 from 10.0.0.3, on dev eth0']]);
});

for (const [rpFilter, wrongDevice, unknown] of [
  ['0', 'local', 'local'],
  ['1', 'IP_RPFILTER', 'IP_RPFILTER'],
  ['2', 'local', 'IP_RPFILTER'],
] as const)
  t.test(`rp_filter=${rpFilter}: a source behind another device, a source without a route`, async (t) => {
    const { input, interfaces } = node({ 'net.ipv4.conf.all.rp_filter': rpFilter });
    t.equal(input(OWN, PEER), 'local', 'the right device is always right');
    t.equal(input(OWN, ipv4('10.1.0.9')), wrongDevice);
    interfaces.deleteRoute(prefix('0.0.0.0/0'));
    t.equal(input(OWN, FAR), unknown);
  });

t.test('rp_filter is the larger of all and the device; accept_local either of both', async (t) => {
  const strict = node({ 'net.ipv4.conf.eth0.rp_filter': '1' });
  t.equal(strict.input(OWN, ipv4('10.1.0.9')), 'IP_RPFILTER');
  t.equal(strict.input(OWN, PEER, strict.eth1), 'local', 'on eth1 it is not set');
  const accepting = node({ 'net.ipv4.conf.eth0.accept_local': '1' });
  t.equal(accepting.input(OWN, ipv4('10.1.0.2')), 'local');
});

t.test('a local route made by hand turns validation to the tables, as fib_has_custom_local_routes does', async (t) => {
  const { interfaces, input, dummy } = node();
  interfaces.addAddress(dummy, { address: PEER, length: 32 });
  interfaces.deleteLocalRoute(PEER, dummy);
  t.equal(input(OWN, PEER), 'IP_LOCAL_SOURCE', 'the address is still on a device');
  interfaces.addRoute({ type: 'local', to: prefix('203.0.113.1/32'), device: dummy, protocol: 'static' });
  t.equal(input(OWN, PEER), 'local');
});

t.test('loopback addresses do not come by wire unless route_localnet says so', async (t) => {
  const off = node();
  t.same([off.input(OWN, ipv4('127.0.0.1')), off.input(ipv4('127.0.0.1'), PEER)], ['IP_LOCALNET', 'IP_LOCALNET']);
  const on = node({ 'net.ipv4.conf.all.route_localnet': '1' });
  t.equal(on.input(ipv4('127.0.0.1'), PEER), 'local');
  t.equal(off.input(OWN, 0), 'IP_INVALID_SOURCE');
  t.equal(off.input(OWN, ipv4('224.0.0.1')), 'IP_INVALID_SOURCE');
});
