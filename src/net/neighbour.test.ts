/** The states of a neighbour entry and what moves them, seen from a host of the laboratory. Linux: net/core/neighbour.c, net/ipv4/arp.c. */
import t from 'tap';
import { MINUTE, SECOND } from '../base/instant.js';
import { bind, CP, connect, makeLab, neighbourState, ping, serve, W1, W2 } from '../sim/lab.js';
import type { ArpPacket } from './packet.js';

t.test(
  'an answered neighbour is REACHABLE for 15 to 45 s, then STALE, and its next packet puts it on DELAY',
  async (t) => {
    const lab = makeLab();
    ping(lab, lab.w1, CP);
    t.equal(neighbourState(lab.w1, CP), 'REACHABLE');
    lab.world.queue.runUntil(15 * SECOND);
    t.equal(neighbourState(lab.w1, CP), 'REACHABLE');
    lab.world.queue.runUntil(46 * SECOND);
    t.equal(neighbourState(lab.w1, CP), 'STALE');
    ping(lab, lab.w1, CP);
    t.equal(neighbourState(lab.w1, CP), 'DELAY');
    lab.world.queue.runUntil(lab.world.queue.now() + 6 * SECOND);
    t.equal(neighbourState(lab.w1, CP), 'REACHABLE', 'a unicast probe was answered');
  },
);

t.test(
  'a silent neighbour is asked three times by unicast, then it has FAILED; then three times by broadcast',
  async (t) => {
    const lab = makeLab();
    ping(lab, lab.w1, CP);
    lab.world.queue.runUntil(MINUTE);
    bind(lab.cp, W1);
    const asked: string[] = [];
    lab.w1.taps.add((p, _device, direction) => {
      if (p.kind === 'arp' && p.operation === 'request' && direction === 'out')
        asked.push(`${neighbourState(lab.w1, CP)} ${(lab.world.queue.now() - MINUTE) / SECOND}`);
    });
    ping(lab, lab.w1, CP);
    lab.world.queue.runUntil(MINUTE + 20 * SECOND);
    t.same(asked, ['PROBE 5', 'PROBE 6', 'PROBE 7']);
    t.equal(neighbourState(lab.w1, CP), 'FAILED');
    ping(lab, lab.w1, CP);
    lab.world.queue.runUntil(MINUTE + 40 * SECOND);
    t.same(asked.slice(3), ['INCOMPLETE 20', 'INCOMPLETE 21', 'INCOMPLETE 22']);
    t.equal(neighbourState(lab.w1, CP), 'FAILED');
  },
);

t.test('who asks is learnt as STALE by the one asked, and by nobody else', async (t) => {
  const lab = makeLab();
  ping(lab, lab.w1, CP);
  t.equal(neighbourState(lab.cp, W1), 'DELAY', 'STALE, until the reply used it');
  t.equal(neighbourState(lab.w2, W1), undefined);
});

t.test('an answer by another machine within a second does not replace the first; a later one does', async (t) => {
  const lab = makeLab();
  ping(lab, lab.w1, CP);
  const eth0 = lab.w1.interfaces.find('eth0');
  if (!eth0) throw new Error('no eth0');
  const known = () => lab.w1.neighbours.find(eth0, CP)?.mac;
  const first = known();
  const forged: ArpPacket = {
    kind: 'arp',
    operation: 'reply',
    senderMac: 0xbad,
    senderIp: CP,
    targetMac: eth0.mac,
    targetIp: W1,
  };
  const entry = lab.w1.neighbours.find(eth0, CP);
  if (entry) entry.updated = lab.world.queue.now();
  lab.w1.arp.receive(forged, eth0);
  t.equal(known(), first);
  lab.world.queue.runUntil(lab.world.queue.now() + 2 * SECOND);
  lab.w1.arp.receive(forged, eth0);
  t.equal(known(), 0xbad);
});

t.test('traffic that is acknowledged keeps a neighbour REACHABLE without further questions', async (t) => {
  const lab = makeLab();
  lab.cp.listen(null, 80, 'server', (socket) => {
    socket.handlers = { message: (m) => socket.send(m, 10) };
  });
  const client = lab.w1.connect(CP, 80, { process: 'client' });
  const tick = () => {
    client.send('tick', 10);
    lab.w1.after(SECOND, tick);
  };
  tick();
  lab.world.queue.runUntil(SECOND);
  let questions = 0;
  lab.w1.taps.add((p, _device, direction) => {
    if (p.kind === 'arp' && p.operation === 'request' && direction === 'out') questions++;
  });
  lab.world.queue.runUntil(5 * MINUTE);
  t.equal(questions, 0);
  t.equal(neighbourState(lab.w1, CP), 'REACHABLE');
});

t.test('arp_announce=2 asks with an address of the device, arp_announce=0 with the packet’s own source', async (t) => {
  for (const [mode, expected] of [
    ['0', CP],
    ['2', W1],
  ] as const) {
    const lab = makeLab();
    lab.w1.setSysctl('net.ipv4.conf.all.arp_announce', mode);
    bind(lab.w1, CP);
    const tell: number[] = [];
    lab.w1.taps.add((p, _device, direction) => {
      if (p.kind === 'arp' && p.operation === 'request' && direction === 'out') tell.push(p.senderIp);
    });
    const route = lab.w1.routing.output(W2, CP);
    if (!route) throw new Error('no route');
    const payload = { kind: 'icmp', type: 'echo-request', id: 1, sequence: 1 } as const;
    lab.w1.ip.output({ kind: 'ipv4', source: CP, destination: W2, ttl: 64, payload }, route, false);
    t.equal(tell[0], expected, `arp_announce=${mode}`);
  }
});

t.test('an entry that is PERMANENT is never asked for', async (t) => {
  const lab = makeLab();
  serve(lab.cp, 80);
  const eth0 = lab.w1.interfaces.find('eth0');
  if (eth0) lab.w1.neighbours.setPermanent(eth0, CP, lab.cp.interfaces.find('eth0')?.mac ?? 0);
  t.equal(connect(lab, lab.w1, CP, 80).outcome, 'ok cp');
  lab.world.queue.runUntil(10 * MINUTE);
  t.equal(neighbourState(lab.w1, CP), 'PERMANENT');
});
