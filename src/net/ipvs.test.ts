/** The IPVS table alone: who is chosen, and how it is listed. */
import t from 'tap';
import { ipv4 } from '../base/ip.js';
import { Ipvs } from './ipvs.js';
import { serviceKey } from './sockets.js';

const VIP = ipv4('10.96.0.10');
const KEY = serviceKey('TCP', VIP, 80);
const [A, B, C] = ['10.244.0.2', '10.244.1.2', '10.244.2.2'].map((ip) => ({ ip: ipv4(ip), port: 8080 }));
if (!A || !B || !C) throw new Error('no endpoints');

function table(): Ipvs {
  const ipvs = new Ipvs();
  ipvs.addServer({ protocol: 'TCP', ip: VIP, port: 80 });
  return ipvs;
}

t.test('round robin goes through the destinations in order, and on after a change', async (t) => {
  const ipvs = table();
  ipvs.setDestinations('TCP', VIP, 80, [A, B]);
  t.same(
    [1, 2, 3].map(() => ipvs.schedule(KEY)),
    [A, B, A],
  );
  ipvs.setDestinations('TCP', VIP, 80, [A, B, C]);
  t.same(
    [1, 2, 3].map(() => ipvs.schedule(KEY)),
    [B, C, A],
  );
  ipvs.setDestinations('TCP', VIP, 80, [C]);
  t.same(
    [1, 2].map(() => ipvs.schedule(KEY)),
    [C, C],
  );
});

t.test('no server is not the same as a server without destinations', async (t) => {
  const ipvs = table();
  t.equal(ipvs.schedule(KEY), null);
  t.equal(ipvs.schedule(serviceKey('UDP', VIP, 80)), undefined);
  ipvs.deleteServer('TCP', VIP, 80);
  t.equal(ipvs.schedule(KEY), undefined);
});

t.test('a server that is added twice keeps its destinations', async (t) => {
  const ipvs = table();
  ipvs.setDestinations('TCP', VIP, 80, [A]);
  ipvs.addServer({ protocol: 'TCP', ip: VIP, port: 80 });
  t.same(ipvs.schedule(KEY), A);
});

t.test('a destination serves while it is listed', async (t) => {
  const ipvs = table();
  ipvs.setDestinations('TCP', VIP, 80, [A]);
  t.ok(ipvs.serves(KEY, A));
  t.notOk(ipvs.serves(KEY, { ...A, port: 81 }));
  ipvs.clear();
  t.notOk(ipvs.serves(KEY, A));
  t.ok(ipvs.isEmpty());
});

t.test('rows come by protocol, address and port, with the connections of each real server', async (t) => {
  const ipvs = table();
  ipvs.addServer({ protocol: 'UDP', ip: ipv4('10.96.0.9'), port: 53 });
  ipvs.addServer({ protocol: 'TCP', ip: ipv4('10.96.0.9'), port: 443 });
  ipvs.addServer({ protocol: 'TCP', ip: ipv4('10.96.0.9'), port: 53 });
  ipvs.setDestinations('TCP', VIP, 80, [A]);
  const rows = ipvs.rows((ip, port, to) => ({
    active: ip === VIP && port === 80 && to.ip === A.ip ? 3 : 0,
    inactive: 1,
  }));
  t.same(
    rows.map(({ protocol, address, port }) => `${protocol} ${address}:${port}`),
    ['TCP 10.96.0.9:53', 'TCP 10.96.0.9:443', 'TCP 10.96.0.10:80', 'UDP 10.96.0.9:53'],
  );
  t.match(rows[2]?.realServers, [{ address: '10.244.0.2', port: 8080, activeConnections: 3, inactiveConnections: 1 }]);
});
