/** What addresses and devices do to the tables. Linux: devinet.c, fib_frontend.c. */
import t from 'tap';
import { formatPrefix, ipv4, prefix } from '../base/ip.js';
import { Interfaces } from './interfaces.js';
import { Sysctl } from './sysctl.js';

function host() {
  const sysctl = new Sysctl();
  const interfaces = new Interfaces(sysctl, () => {});
  const lo = interfaces.add('lo', 'loopback', 0, true);
  interfaces.setUp(lo);
  const eth0 = interfaces.add('eth0', 'ethernet', 1, false);
  const dummy = interfaces.add('kube-ipvs0', 'dummy', 2, true);
  const table = (name: 'local' | 'main') =>
    interfaces[name].all().map((r) => `${r.type} ${formatPrefix(r.to)} ${r.device.name}`);
  return { interfaces, sysctl, lo, eth0, dummy, table };
}

t.test('an address makes a local route at once, its network’s routes when the device is up', async (t) => {
  const { interfaces, eth0, table } = host();
  t.ok(interfaces.addAddress(eth0, prefix('10.0.0.2/24')));
  t.same([table('local'), table('main')], [['local 10.0.0.2/32 eth0'], []]);
  interfaces.setUp(eth0);
  t.same(table('local'), ['local 10.0.0.2/32 eth0', 'broadcast 10.0.0.255/32 eth0']);
  t.same(table('main'), ['unicast 10.0.0.0/24 eth0']);
  interfaces.setDown(eth0);
  t.same([table('local'), table('main')], [['local 10.0.0.2/32 eth0'], []]);
});

t.test('lo makes its whole network local, a /32 makes no network', async (t) => {
  const { interfaces, lo, dummy, table } = host();
  interfaces.addAddress(lo, prefix('127.0.0.1/8'));
  interfaces.addAddress(dummy, prefix('10.0.0.9/32'));
  t.ok(table('local').includes('local 127.0.0.0/8 lo'));
  t.ok(interfaces.isLocal(ipv4('127.9.9.9')));
  t.same(table('main'), []);
});

t.test('one address on two devices is local until both have lost it, the first device’s route leading', async (t) => {
  const { interfaces, eth0, dummy } = host();
  const own = ipv4('10.0.0.2');
  interfaces.setUp(eth0);
  interfaces.addAddress(eth0, prefix('10.0.0.2/24'));
  t.ok(interfaces.addAddress(dummy, prefix('10.0.0.2/32')));
  t.equal(interfaces.lookup(own)?.route.device, eth0);
  t.ok(interfaces.deleteAddress(dummy, own));
  t.same([interfaces.isLocal(own), interfaces.owns(own)], [true, true]);
  t.ok(interfaces.lookup(ipv4('10.0.0.7')), 'and the owner keeps its network');
  t.ok(interfaces.deleteAddress(eth0, own));
  t.same([interfaces.isLocal(own), interfaces.owns(own)], [false, false]);
  t.equal(interfaces.lookup(ipv4('10.0.0.7')), undefined);
});

t.test('EEXIST for the same address again, false for one that is not there', async (t) => {
  const { interfaces, dummy } = host();
  t.ok(interfaces.addAddress(dummy, prefix('10.0.0.9/32')));
  t.notOk(interfaces.addAddress(dummy, prefix('10.0.0.9/32')));
  t.notOk(interfaces.deleteAddress(dummy, ipv4('10.0.0.8')));
});

t.test('two addresses of one network share its route, which follows the one that is left', async (t) => {
  const { interfaces, eth0, table } = host();
  interfaces.setUp(eth0);
  interfaces.addAddress(eth0, prefix('10.0.0.2/24'));
  interfaces.addAddress(eth0, prefix('10.0.0.3/24'));
  t.same(table('main'), ['unicast 10.0.0.0/24 eth0']);
  interfaces.deleteAddress(eth0, ipv4('10.0.0.2'));
  t.equal(interfaces.lookup(ipv4('10.0.0.7'))?.route.source, ipv4('10.0.0.3'));
  interfaces.deleteAddress(eth0, ipv4('10.0.0.3'));
  t.same([table('local'), table('main')], [[], []], 'nothing of either is left');
});

t.test('a removed device takes its addresses and routes along', async (t) => {
  const { interfaces, dummy, table } = host();
  interfaces.addAddress(dummy, prefix('10.0.0.9/32'));
  const before = interfaces.generation;
  interfaces.remove('kube-ipvs0');
  t.same([table('local'), interfaces.find('kube-ipvs0'), interfaces.owns(ipv4('10.0.0.9'))], [[], undefined, false]);
  t.ok(interfaces.generation > before);
});

t.test('every change of an address, a route or a device makes routes that are in use stale', async (t) => {
  const { interfaces, eth0 } = host();
  const to = prefix('0.0.0.0/0');
  const changes: (() => unknown)[] = [
    () => interfaces.addAddress(eth0, prefix('10.0.0.2/24')),
    () => interfaces.setUp(eth0),
    () => interfaces.addRoute({ type: 'unicast', to, via: ipv4('10.0.0.1'), device: eth0, protocol: 'static' }),
    () => interfaces.deleteRoute(to),
    () => interfaces.deleteLocalRoute(ipv4('10.0.0.2'), eth0),
    () => interfaces.setDown(eth0),
    () => interfaces.deleteAddress(eth0, ipv4('10.0.0.2')),
  ];
  for (const [i, change] of changes.entries()) {
    const before = interfaces.generation;
    change();
    t.not(interfaces.generation, before, `change ${i}`);
  }
});

t.test('the source for a target: of its network, else the device’s first, else another device’s', async (t) => {
  const { interfaces, eth0, dummy } = host();
  const tunnel = interfaces.add('tunl0', 'ipip', 0, true);
  t.equal(interfaces.select(eth0, ipv4('10.0.0.9')), undefined);
  interfaces.addAddress(eth0, prefix('10.0.0.2/24'));
  interfaces.addAddress(eth0, prefix('10.1.0.2/24'));
  interfaces.addAddress(dummy, prefix('10.9.9.9/32'));
  t.equal(interfaces.select(eth0, ipv4('10.1.0.9')), ipv4('10.1.0.2'));
  t.equal(interfaces.select(eth0, ipv4('192.0.2.1')), ipv4('10.0.0.2'));
  t.equal(interfaces.select(tunnel, ipv4('192.0.2.1')), ipv4('10.0.0.2'));
});

t.test('a device made later starts with conf.default, and keeps what was set for it by name', async (t) => {
  const { interfaces, sysctl } = host();
  sysctl.set('net/ipv4/conf/default/rp_filter', '1');
  sysctl.set('net.ipv4.conf.eth2.rp_filter', '2');
  interfaces.add('eth1', 'ethernet', 3, false);
  interfaces.add('eth2', 'ethernet', 4, false);
  t.same(
    ['eth0', 'eth1', 'eth2'].map((name) => sysctl.effective('rp_filter', name)),
    [0, 1, 2],
  );
});
