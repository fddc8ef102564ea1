/** Recorded words of real tools (Linux 6.1, iproute2 6.1, ipvsadm 1.31, iptables 1.8.9), and the rows that they mean. */
import t from 'tap';
import * as parse from './parse.js';

const ADDRESSES =
  '[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"qdisc":"noqueue","operstate":"UNKNOWN","group":"default","txqlen":1000,"link_type":"loopback","address":"00:00:00:00:00:00","broadcast":"00:00:00:00:00:00","addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"host","label":"lo","valid_life_time":4294967295,"preferred_life_time":4294967295},{"family":"inet6","local":"::1","prefixlen":128,"scope":"host","valid_life_time":4294967295,"preferred_life_time":4294967295}]},{"ifindex":3,"ifname":"kube-ipvs0","flags":["BROADCAST","NOARP"],"mtu":1500,"qdisc":"noop","operstate":"DOWN","group":"default","txqlen":1000,"link_type":"ether","address":"7e:a7:b4:73:b7:25","broadcast":"ff:ff:ff:ff:ff:ff","addr_info":[{"family":"inet","local":"10.9.0.3","prefixlen":32,"scope":"global","label":"kube-ipvs0","valid_life_time":4294967295,"preferred_life_time":4294967295}]}]';
const LOCAL =
  '[{"type":"local","dst":"10.9.0.3","dev":"lo","prefsrc":"10.9.0.3","flags":[],"uid":0,"cache":["local"]}]';
const GATEWAY =
  '[{"dst":"203.0.113.5","gateway":"10.9.0.1","dev":"eth0","prefsrc":"10.9.0.2","flags":[],"uid":0,"cache":[]}]';

t.test('addresses: the dummy device is down and holds its /32; IPv6 is left out', async (t) => {
  t.match(parse.parseAddresses(ADDRESSES), [
    {
      index: 1,
      device: 'lo',
      state: 'UNKNOWN',
      link: 'loopback',
      addresses: [{ prefix: '127.0.0.1/8', scope: 'host' }],
    },
    { device: 'kube-ipvs0', flags: ['BROADCAST', 'NOARP'], state: 'DOWN', addresses: [{ prefix: '10.9.0.3/32' }] },
  ]);
  t.equal(parse.parseAddresses(ADDRESSES)[0]?.addresses.length, 1);
});

t.test('routes: an address of the host itself is local by lo, another goes by the gateway', async (t) => {
  t.same(parse.parseRoutes(LOCAL), [
    { type: 'local', to: '10.9.0.3', device: 'lo', source: '10.9.0.3', table: 'local' },
  ]);
  t.match(parse.parseRoutes(GATEWAY), [{ type: 'unicast', via: '10.9.0.1', device: 'eth0', table: 'main' }]);
});

t.test('neighbours: one without an answer has no MAC', async (t) => {
  const text =
    '[{"dst":"10.9.0.4","dev":"eth0","state":["INCOMPLETE"]},{"dst":"10.9.0.2","dev":"eth0","lladdr":"ba:25:07:6b:e4:58","state":["REACHABLE"]},{"dst":"fe80::1","dev":"eth0","lladdr":"ba:25:07:6b:e4:58","state":["STALE"]}]';
  t.same(parse.parseNeighbours(text), [
    { ip: '10.9.0.4', device: 'eth0', state: 'INCOMPLETE' },
    { ip: '10.9.0.2', device: 'eth0', mac: 'ba:25:07:6b:e4:58', state: 'REACHABLE' },
  ]);
  t.same(parse.parseNeighbours(''), [], 'iproute2 may say nothing at all');
});

t.test('virtual servers, with and without real ones', async (t) => {
  const text = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  10.9.0.2:80 rr
  -> 10.9.0.4:8080                Masq    1      2          3         
TCP  10.9.0.3:8888 rr
`;
  t.match(parse.parseVirtualServers(text), [
    {
      protocol: 'TCP',
      address: '10.9.0.2',
      port: 80,
      scheduler: 'rr',
      realServers: [{ address: '10.9.0.4', port: 8080, weight: 1, activeConnections: 2, inactiveConnections: 3 }],
    },
    { address: '10.9.0.3', port: 8888, realServers: [] },
  ]);
});

t.test('rules by their chain, sockets, and counters summed over processors', async (t) => {
  const save =
    '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j KUBE-IPVS-FILTER\n-A KUBE-IPVS-FILTER -m set -j RETURN\nCOMMIT\n';
  t.same(
    parse.parseFilters(save).map(({ chain }) => chain),
    ['INPUT', 'KUBE-IPVS-FILTER'],
  );
  t.same(parse.parseSockets('ESTAB 0 100 10.9.0.2:41000 10.9.0.3:6443\n'), [
    { state: 'ESTAB', recvQ: 0, sendQ: 100, local: '10.9.0.2:41000', peer: '10.9.0.3:6443', process: '' },
  ]);
  const counters = 'entries  in_martian_src\n00000000 0000000a\n00000000 00000001\n';
  t.equal(parse.parseRouteCounters(counters).in_martian_src, 11);
});
