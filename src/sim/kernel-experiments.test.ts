/** The experiments E1 to E20 of externalip-outage.md §6 on the modelled kernel; what Linux 6.18 and 6.1 showed is what must come out. */
import t from 'tap';
import { SECOND } from '../base/instant.js';
import { serviceKey } from '../net/sockets.js';
import { bind, CP, connect, makeLab, NO_RULES, neighbourState, OUTER, ping, serve, unbind, W1, W2 } from './lab.js';

t.test('E1: a bound peer address cuts the peer off at once, although its ARP entry is REACHABLE', async (t) => {
  const lab = makeLab();
  t.equal(ping(lab, lab.w1, CP).outcome, 'ok');
  bind(lab.cp, W1);
  t.equal(neighbourState(lab.w1, CP), 'REACHABLE');
  t.equal(ping(lab, lab.w1, CP).outcome, 'timeout');
});

t.test('E2: the binder routes the address to lo and answers itself', async (t) => {
  const lab = makeLab();
  bind(lab.cp, W1);
  const route = lab.cp.routing.output(W1);
  t.same([route?.type, route?.device.name, route?.source], ['local', 'lo', W1]);
  t.same(ping(lab, lab.cp, W1), { outcome: 'ok', self: true });
});

t.test('E3: ARP from the bound address stays unanswered, from another node it is answered', async (t) => {
  const lab = makeLab();
  bind(lab.cp, W1);
  t.equal(connect(lab, lab.w1, CP, 6443).outcome, 'timeout');
  t.equal(neighbourState(lab.w1, CP), 'INCOMPLETE');
  t.equal(connect(lab, lab.w2, CP, 6443).outcome, 'ECONNREFUSED');
  t.equal(neighbourState(lab.cp, W1), undefined, 'and the binder learnt nothing');
});

t.test(
  'E4: the binder of an established connection is reset at its next send, the other side hears nothing',
  async (t) => {
    const lab = makeLab();
    const seen: string[] = [];
    lab.cp.listen(null, 6443, 'server', (socket) => {
      socket.handlers = { closed: (why) => seen.push(`cp ${why}`) };
      const push = () => {
        socket.send('tick', 10);
        lab.cp.after(SECOND, push);
      };
      push();
    });
    const client = lab.w1.connect(CP, 6443, { process: 'nc' });
    client.handlers = { closed: (why) => seen.push(`w1 ${why}`) };
    lab.world.queue.runUntil(3.5 * SECOND);
    bind(lab.cp, W1);
    client.send('question', 100);
    lab.world.queue.runUntil(5 * SECOND);
    t.same(seen, ['cp ECONNRESET']);
    t.equal(client.unacknowledged(), 100, 'its data sits in Send-Q');
  },
);

t.test(
  'E5: the error changes from timeout to no route to host when the neighbour entry has gone through its states',
  async (t) => {
    const lab = makeLab();
    serve(lab.cp, 6443);
    t.equal(connect(lab, lab.w1, CP, 6443).outcome, 'ok cp');
    bind(lab.cp, W1);
    const bound = lab.world.queue.now();
    const states = new Set<string>();
    let firstUnreachable: number | undefined;
    const outcomes: string[] = [];
    while (lab.world.queue.now() < bound + 75 * SECOND) {
      const { outcome, took } = connect(lab, lab.w1, CP, 6443);
      outcomes.push(outcome);
      if (outcome === 'EHOSTUNREACH') firstUnreachable ??= lab.world.queue.now() - 2 * SECOND + took - bound;
      states.add(String(neighbourState(lab.w1, CP)));
    }
    t.equal(outcomes[0], 'timeout');
    t.ok(
      firstUnreachable !== undefined && firstUnreachable >= 18 * SECOND && firstUnreachable <= 62 * SECOND,
      `at ${firstUnreachable}`,
    );
    for (const state of ['REACHABLE', 'DELAY', 'PROBE', 'INCOMPLETE']) t.ok(states.has(state), state);
    t.ok(
      outcomes.slice(-10).includes('timeout') && outcomes.slice(-10).includes('EHOSTUNREACH'),
      'then they alternate',
    );
  },
);

t.test('E6: after the unbind a SYN in back-off completes on its next retransmit', async (t) => {
  const lab = makeLab();
  serve(lab.cp, 6443);
  const eth0 = lab.w1.interfaces.find('eth0');
  const mac = lab.cp.interfaces.find('eth0')?.mac;
  if (!eth0 || mac === undefined) throw new Error('no eth0');
  lab.w1.neighbours.setPermanent(eth0, CP, mac);
  bind(lab.cp, W1);
  let connectedAt = 0;
  lab.w1.connect(CP, 6443, { process: 'nc' }).handlers = {
    established: () => {
      connectedAt = lab.world.queue.now();
    },
  };
  lab.world.queue.runUntil(6 * SECOND);
  unbind(lab.cp, W1);
  lab.world.queue.runUntil(30 * SECOND);
  t.ok(
    connectedAt >= 7 * SECOND && connectedAt < 7.1 * SECOND,
    `SYNs go at 0, 1, 3 and 7 s; connected at ${connectedAt}`,
  );
});

t.test(
  'E7: who binds the server address is reset at the next send, then refused at once, and pings itself',
  async (t) => {
    const lab = makeLab();
    serve(lab.cp, 6443);
    let end = '';
    const client = lab.w1.connect(CP, 6443, { process: 'kubelet' });
    client.handlers = { closed: (why) => (end = why) };
    lab.world.queue.runUntil(SECOND);
    bind(lab.w1, CP);
    lab.world.queue.runUntil(5 * SECOND);
    t.equal(end, '', 'idle: nothing yet');
    client.send('heartbeat', 100);
    lab.world.queue.runUntil(6 * SECOND);
    t.equal(end, 'ECONNRESET');
    const refused = connect(lab, lab.w1, CP, 6443);
    t.equal(refused.outcome, 'ECONNREFUSED');
    t.ok(refused.took < 1000, 'within a millisecond');
    t.same(ping(lab, lab.w1, CP), { outcome: 'ok', self: true });
  },
);

t.test('E8: a listener on all addresses of the binder answers for the address that it took', async (t) => {
  const lab = makeLab();
  serve(lab.cp, 10250);
  serve(lab.w1, 10250);
  bind(lab.w1, CP);
  t.equal(connect(lab, lab.w1, CP, 10250).outcome, 'ok w1');
});

t.test('E9: with KUBE-IPVS-FILTER the same is refused, and ping says port unreachable', async (t) => {
  const lab = makeLab();
  serve(lab.w1, 10250);
  bind(lab.w1, CP);
  lab.w1.setServiceRules({ ...NO_RULES, ipvsFilter: { allowed: new Set(), bound: new Set([CP]) } });
  t.equal(connect(lab, lab.w1, CP, 10250).outcome, 'ECONNREFUSED');
  t.equal(ping(lab, lab.w1, CP).outcome, 'port-unreachable');
});

t.test('E10: without strictARP every binder answers the outer host; with arp_ignore=1 only the owner', async (t) => {
  const lab = makeLab();
  serve(lab.cp, 6443);
  for (const node of [lab.w1, lab.w2]) bind(node, CP);
  const eth0 = lab.outer.interfaces.find('eth0');
  if (!eth0) throw new Error('no eth0');
  const owners = () => {
    const macs = new Set<number>();
    const tap = (p: { kind: string; senderMac?: number; operation?: string }) => {
      if (p.kind === 'arp' && p.operation === 'reply') macs.add(p.senderMac ?? 0);
    };
    lab.outer.taps.add(tap as never);
    lab.outer.arp.request(eth0, OUTER, CP);
    lab.world.queue.runUntil(lab.world.queue.now() + SECOND);
    lab.outer.taps.delete(tap as never);
    return macs.size;
  };
  t.equal(owners(), 3);
  for (const node of [lab.cp, lab.w1, lab.w2]) node.setSysctl('net.ipv4.conf.all.arp_ignore', '1');
  t.equal(owners(), 1);
  lab.outer.neighbours.flush(eth0);
  t.equal(connect(lab, lab.outer, CP, 6443).outcome, 'ok cp');
});

for (const [name, settings, arpAnswered] of [
  ['rp_filter=0', { rp_filter: '0' }, false],
  ['rp_filter=1', { rp_filter: '1' }, false],
  ['rp_filter=2', { rp_filter: '2' }, false],
  ['strictARP', { arp_ignore: '1', arp_announce: '2' }, false],
  ['route_localnet=1', { route_localnet: '1' }, false],
  ['accept_local=1 rp_filter=0', { accept_local: '1', rp_filter: '0' }, true],
  ['accept_local=1 rp_filter=1', { accept_local: '1', rp_filter: '1' }, false],
] as const)
  t.test(`E11: ${name} on the binder does not help: TCP times out, ARP answered: ${arpAnswered}`, async (t) => {
    const lab = makeLab();
    serve(lab.cp, 6443);
    for (const [key, value] of Object.entries(settings)) lab.cp.setSysctl(`net.ipv4.conf.all.${key}`, value);
    bind(lab.cp, W1);
    t.equal(connect(lab, lab.w1, CP, 6443).outcome, 'timeout');
    t.equal(neighbourState(lab.w1, CP) === 'REACHABLE', arpAnswered);
  });

for (const [rpFilter, outcome] of [
  ['0', 'timeout'],
  ['1', 'ok cp'],
  ['2', 'ok cp'],
] as const)
  t.test(`E12: deleting the local route alone with rp_filter=${rpFilter} gives ${outcome}`, async (t) => {
    const lab = makeLab();
    serve(lab.cp, 6443);
    lab.w1.setSysctl('net.ipv4.conf.all.rp_filter', rpFilter);
    bind(lab.w1, CP);
    const device = lab.w1.interfaces.find('kube-ipvs0');
    t.ok(device && lab.w1.interfaces.deleteLocalRoute(CP, device));
    t.equal(connect(lab, lab.w1, CP, 6443).outcome, outcome);
  });

t.test(
  'E13: an owner that binds its own address is well, but with the REJECT of 1.26 refuses every new connection',
  async (t) => {
    const lab = makeLab();
    serve(lab.w1, 22);
    bind(lab.w1, W1);
    t.equal(connect(lab, lab.w2, W1, 22).outcome, 'ok w1');
    lab.w1.setServiceRules({ ...NO_RULES, ipvsFilter: { allowed: new Set(), bound: new Set([W1]) } });
    t.equal(connect(lab, lab.w2, W1, 22).outcome, 'ECONNREFUSED');
  },
);

t.test('E17: the gateway’s address bound on all nodes cuts the gateway off and nobody else', async (t) => {
  const lab = makeLab();
  serve(lab.cp, 6443);
  for (const node of [lab.cp, lab.w1, lab.w2]) bind(node, OUTER);
  t.equal(connect(lab, lab.outer, CP, 6443).outcome, 'timeout');
  t.equal(connect(lab, lab.w1, CP, 6443).outcome, 'ok cp');
});

t.test('E18: DNAT on OUTPUT redirects one port and nothing else', async (t) => {
  const lab = makeLab();
  serve(lab.cp, 6443);
  serve(lab.w1, 10250);
  const dnat = new Map([
    [serviceKey('TCP', W1, 80), { endpoints: [{ ip: CP, port: 6443 }], local: 'any' as const, masquerade: true }],
  ]);
  lab.w2.setServiceRules({ ...NO_RULES, dnat });
  t.equal(connect(lab, lab.w2, W1, 80).outcome, 'ok cp');
  t.equal(connect(lab, lab.w2, W1, 10250).outcome, 'ok w1');
  t.equal(ping(lab, lab.w2, W1).outcome, 'ok');
});

t.test('E19: each dropped packet is logged as martian and counted', async (t) => {
  const lab = makeLab();
  t.equal(ping(lab, lab.w1, CP).outcome, 'ok');
  lab.cp.setSysctl('net.ipv4.conf.all.log_martians', '1');
  bind(lab.cp, W1);
  for (let i = 0; i < 3; i++) ping(lab, lab.w1, CP);
  t.equal(lab.cp.routing.martianSources, 3);
  t.equal(lab.log[0], 'cp IPv4: martian source 10.9.0.2 from 10.9.0.3, on dev eth0');
  t.equal(lab.cp.drops[0]?.reason, 'IP_LOCAL_SOURCE');
});

t.test('E20: removing the device heals at once', async (t) => {
  const lab = makeLab();
  serve(lab.cp, 6443);
  bind(lab.cp, W1);
  t.equal(connect(lab, lab.w1, CP, 6443).outcome, 'timeout');
  lab.cp.deleteDevice('kube-ipvs0');
  t.equal(connect(lab, lab.w1, CP, 6443).outcome, 'ok cp');
});

t.test('a virtual server without destinations refuses, one with a destination translates there and back', async (t) => {
  const lab = makeLab();
  serve(lab.w2, 80);
  const vip = W1 + 100;
  bind(lab.cp, vip);
  lab.cp.ipvs.addServer({ protocol: 'TCP', ip: vip, port: 8888 });
  lab.cp.setServiceRules({ ...NO_RULES, masquerade: new Map([[serviceKey('TCP', vip, 8888), true]]) });
  t.equal(connect(lab, lab.cp, vip, 8888).outcome, 'ECONNREFUSED', 'from the node itself');
  t.equal(connect(lab, lab.w1, vip, 8888).outcome, 'ECONNREFUSED', 'from another node');
  lab.cp.ipvs.setDestinations('TCP', vip, 8888, [{ ip: W2, port: 80 }]);
  t.equal(connect(lab, lab.cp, vip, 8888).outcome, 'ok w2');
  t.equal(connect(lab, lab.w1, vip, 8888).outcome, 'ok w2');
  t.equal(connect(lab, lab.w1, vip, 9999).outcome, 'ECONNREFUSED', 'other ports find no listener');
});
