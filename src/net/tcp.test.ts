/** TCP as programs see it, on two hosts of the laboratory. */
import t from 'tap';
import { MINUTE, SECOND } from '../base/instant.js';
import { bind, CP, makeLab, unbind, W1 } from '../sim/lab.js';
import type { TcpSocket } from './sockets.js';
import type { TcpConnection } from './tcp-socket.js';

t.test('messages arrive whole, once and in order, whichever way they go', async (t) => {
  const lab = makeLab();
  const seen: unknown[] = [];
  lab.cp.listen(null, 80, 'server', (socket) => {
    socket.handlers = {
      message: (m) => {
        seen.push(m);
        socket.send(`re ${m}`, 10);
      },
    };
  });
  const client = lab.w1.connect(CP, 80, { process: 'client' });
  client.handlers = { message: (m) => seen.push(m) };
  for (const word of ['one', 'two', 'three']) client.send(word, 100);
  lab.world.queue.runUntil(SECOND);
  t.same(seen, ['one', 'two', 'three', 're one', 're two', 're three']);
  t.equal(client.unacknowledged(), 0);
});

t.test('closing one side ends the other with end of file and leaves no socket behind', async (t) => {
  const lab = makeLab();
  const ends: string[] = [];
  lab.cp.listen(null, 80, 'server', (socket) => {
    socket.handlers = { closed: (why) => ends.push(why) };
  });
  const client = lab.w1.connect(CP, 80, { process: 'client' });
  lab.world.queue.runUntil(SECOND);
  t.equal(lab.cp.tcp.rows().length, 2, 'a listener and a connection');
  client.close();
  lab.world.queue.runUntil(2 * SECOND);
  t.same(ends, ['eof']);
  t.same([lab.cp.tcp.rows().length, lab.w1.tcp.rows().length], [1, 0]);
});

t.test('ss names a closing connection by whether its FIN was acknowledged', async (t) => {
  const lab = makeLab();
  lab.cp.listen(null, 80, 'server', () => {});
  const client = lab.w1.connect(CP, 80, { process: 'client' }) as TcpConnection;
  lab.world.queue.runUntil(SECOND);
  bind(lab.cp, W1);
  client.close();
  lab.world.queue.runUntil(2 * SECOND);
  t.match(lab.w1.tcp.rows(), [{ state: 'FIN-WAIT-1', sendQ: 1 }]);
  const { local, remote } = client;
  const ports = { sourcePort: remote.port, destinationPort: local.port };
  client.receive({ kind: 'tcp', ...ports, flags: '.', seq: 1, ack: 2, bytes: 0 });
  t.match(lab.w1.tcp.rows(), [{ state: 'FIN-WAIT-2', sendQ: 0 }]);
});

t.test('a connect that nobody answers gives up after seven SYNs, 127 s later', async (t) => {
  const lab = makeLab();
  const eth0 = lab.w1.interfaces.find('eth0');
  const mac = lab.cp.interfaces.find('eth0')?.mac ?? 0;
  if (eth0) lab.w1.neighbours.setPermanent(eth0, CP, mac);
  bind(lab.cp, W1);
  let end: [string, number] | undefined;
  const syns: number[] = [];
  lab.w1.taps.add((p) => {
    if (p.kind === 'ipv4' && p.payload.kind === 'tcp' && p.payload.flags === 'S')
      syns.push(lab.world.queue.now() / SECOND);
  });
  lab.w1.connect(CP, 80, { process: 'client' }).handlers = { closed: (why) => (end = [why, lab.world.queue.now()]) };
  lab.world.queue.runUntil(3 * MINUTE);
  t.same(syns, [0, 1, 3, 7, 15, 31, 63]);
  t.same(end, ['ETIMEDOUT', 127 * SECOND]);
});

t.test('what was lost while an address was bound is sent again when it is free', async (t) => {
  const lab = makeLab();
  const seen: unknown[] = [];
  lab.cp.listen(null, 80, 'server', (socket) => {
    socket.handlers = { message: (m) => seen.push(m) };
  });
  const client = lab.w1.connect(CP, 80, { process: 'client' });
  lab.world.queue.runUntil(SECOND);
  bind(lab.cp, W1);
  for (const word of ['one', 'two', 'three']) client.send(word, 100);
  lab.world.queue.runUntil(5 * SECOND);
  t.same([seen, client.unacknowledged()], [[], 300]);
  unbind(lab.cp, W1);
  lab.world.queue.runUntil(20 * SECOND);
  t.same([seen, client.unacknowledged()], [['one', 'two', 'three'], 0]);
});

t.test('an idle connection with keep-alive notices that its peer is gone; one without never does', async (t) => {
  const lab = makeLab();
  lab.cp.listen(null, 80, 'server', () => {});
  const ends = new Map<string, number>();
  const open = (name: string, keepAlive?: { idle: number; interval: number; probes: number }): TcpSocket => {
    const socket = lab.w1.connect(CP, 80, { process: name, ...(keepAlive && { keepAlive }) });
    socket.handlers = { closed: () => ends.set(name, lab.world.queue.now()) };
    return socket;
  };
  open('with', { idle: 30 * SECOND, interval: 30 * SECOND, probes: 9 });
  open('without');
  lab.world.queue.runUntil(2 * MINUTE);
  t.equal(ends.size, 0, 'answered probes keep it');
  bind(lab.cp, W1);
  lab.world.queue.runUntil(20 * MINUTE);
  t.same([...ends.keys()], ['with']);
  const gone = (ends.get('with') ?? 0) / SECOND;
  t.ok(gone >= 120 + 9 * 30 && gone <= 120 + 11 * 30, `after nine unanswered probes, at ${gone} s`);
});

t.test(
  'two listeners cannot have one port, and an address of one’s own can be listened on beside others',
  async (t) => {
    const lab = makeLab();
    t.ok(lab.cp.listen(null, 80, 'a', () => {}));
    t.equal(
      lab.cp.listen(null, 80, 'b', () => {}),
      undefined,
    );
    t.equal(
      lab.cp.listen(CP, 80, 'b', () => {}),
      undefined,
    );
    const first = lab.cp.listen(CP, 81, 'a', () => {});
    t.ok(lab.cp.listen(0x7f000001, 81, 'b', () => {}));
    first?.close();
    t.ok(lab.cp.listen(CP, 81, 'c', () => {}));
  },
);

t.test('a network that no route leads to is told at once', async (t) => {
  const lab = makeLab();
  let end = '';
  lab.w1.connect(0x08080808, 53, { process: 'client' }).handlers = { closed: (why) => (end = why) };
  lab.world.queue.runUntil(1);
  t.equal(end, 'ENETUNREACH');
});

t.test('connections that nobody accepts are established, silent, and reset when the listener is closed', async (t) => {
  const lab = makeLab();
  lab.cp.setSysctl('net.core.somaxconn', '1');
  const listener = lab.cp.listen(null, 80, 'kube-proxy', null);
  const ends: string[] = [];
  const open = (name: string) => {
    lab.w1.connect(CP, 80, { process: name }).handlers = {
      established: () => ends.push(`${name} established`),
      closed: (why) => ends.push(`${name} ${why}`),
    };
    lab.world.queue.runUntil(lab.world.queue.now() + SECOND / 10);
  };
  open('one');
  open('two');
  open('three');
  t.same(ends, ['one established', 'two established'], 'the accept queue is one longer than its limit');
  listener?.close();
  lab.world.queue.runUntil(lab.world.queue.now() + SECOND / 10);
  t.same(ends.slice(2), ['one ECONNRESET', 'two ECONNRESET']);
  lab.world.queue.runUntil(lab.world.queue.now() + SECOND);
  t.equal(ends.at(-1), 'three ECONNREFUSED', 'at its next SYN');
});

t.test('a connection that ends leaves the accept queue', async (t) => {
  const lab = makeLab();
  lab.cp.setSysctl('net.core.somaxconn', '0');
  lab.cp.listen(null, 80, 'kube-proxy', null);
  const open = () => {
    let state = 'opening';
    const socket = lab.w1.connect(CP, 80, { process: 'client' });
    socket.handlers = { established: () => (state = 'established') };
    lab.world.queue.runUntil(lab.world.queue.now() + SECOND / 10);
    return { socket, state };
  };
  const first = open();
  t.same([first.state, open().state], ['established', 'opening']);
  first.socket.abort();
  lab.world.queue.runUntil(lab.world.queue.now() + SECOND / 10);
  t.equal(open().state, 'established');
});

t.test('a listener’s keep-alive ends accepted connections whose client is gone', async (t) => {
  const lab = makeLab();
  let end: [string, number] | undefined;
  const keepAlive = { idle: 3 * MINUTE, interval: MINUTE, probes: 2 };
  const accept = (socket: TcpSocket) => {
    socket.handlers = { closed: (why) => (end = [why, lab.world.queue.now() / MINUTE]) };
  };
  lab.cp.listen(null, 80, 'server', accept, { keepAlive });
  lab.w1.connect(CP, 80, { process: 'client' });
  lab.world.queue.runUntil(4 * MINUTE);
  t.equal(end, undefined, 'an answered probe keeps it');
  bind(lab.w1, CP);
  lab.world.queue.runUntil(20 * MINUTE);
  t.equal(end?.[0], 'ETIMEDOUT');
  t.ok(
    (end?.[1] ?? 0) > 8 && (end?.[1] ?? 0) < 8.1,
    `quiet from 3 min on, idle till 6, probes at 6 and 7: ${end?.[1]}`,
  );
});

t.test('what a program has closed is given up after eight retransmissions, about 100 s', async (t) => {
  const lab = makeLab();
  lab.cp.listen(null, 80, 'server', () => {});
  const client = lab.w1.connect(CP, 80, { process: 'client' });
  lab.world.queue.runUntil(SECOND);
  bind(lab.cp, W1);
  client.close();
  lab.world.queue.runUntil(100 * SECOND);
  t.equal(lab.w1.tcp.rows().length, 1);
  lab.world.queue.runUntil(110 * SECOND);
  t.equal(lab.w1.tcp.rows().length, 0);
});

t.test(
  'an unreachable peer ends a connection with the network’s own word, after the time of tcp_retries2',
  async (t) => {
    const lab = makeLab();
    lab.w1.setSysctl('net.ipv4.tcp_retries2', '8');
    lab.cp.listen(null, 80, 'server', () => {});
    let end: [string, number] | undefined;
    const client = lab.w1.connect(CP, 80, { process: 'client' });
    client.handlers = { closed: (why) => (end = [why, lab.world.queue.now() / SECOND]) };
    lab.world.queue.runUntil(SECOND);
    bind(lab.cp, W1);
    client.send('lost', 10);
    lab.world.queue.runUntil(10 * MINUTE);
    t.equal(end?.[0], 'EHOSTUNREACH');
    t.ok((end?.[1] ?? 0) >= 103.2 && (end?.[1] ?? 0) < 110, `at ${end?.[1]}: time counts, not the segments`);
  },
);
