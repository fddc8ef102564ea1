/** Which packets belong together, and what NAT made of their addresses. */
import t from 'tap';
import { HOUR, SECOND } from '../base/instant.js';
import { ipv4 } from '../base/ip.js';
import { Conntrack, invert, tupleOf } from './conntrack.js';
import type { Ipv4Packet, TcpFlags } from './packet.js';
import type { Skb } from './skb.js';

const A = ipv4('10.0.0.1');
const B = ipv4('10.0.0.2');
const C = ipv4('10.0.0.3');

function tcp(source: number, destination: number, flags: TcpFlags = 'S', ports = [1000, 80]): Ipv4Packet {
  const [sourcePort = 0, destinationPort = 0] = ports;
  const payload = { kind: 'tcp' as const, sourcePort, destinationPort, flags, seq: 0, ack: 0, bytes: 0 };
  return { kind: 'ipv4', source, destination, ttl: 64, payload };
}

const skb = (packet: Ipv4Packet): Skb => ({
  packet,
  masquerade: false,
  locallyMade: false,
  looped: false,
  confirmsNeighbour: false,
});

function tracker() {
  const clock = { now: 0 };
  const conntrack = new Conntrack(() => clock.now);
  const see = (packet: Ipv4Packet) => {
    const made = skb(packet);
    conntrack.track(made);
    return made;
  };
  return { clock, conntrack, see };
}

t.test('a connection is NEW until an answer was seen', async (t) => {
  const { conntrack, see } = tracker();
  const first = see(tcp(A, B));
  t.ok(conntrack.isNew(first));
  conntrack.confirm(first);
  t.ok(conntrack.isNew(see(tcp(A, B))), 'a SYN sent again');
  const answer = see(tcp(B, A, 'S.', [80, 1000]));
  t.equal(answer.connection?.direction, 'reply');
  t.notOk(conntrack.isNew(answer));
  t.notOk(conntrack.isNew(see(tcp(A, B, '.'))));
  t.ok(conntrack.isNew(see(tcp(A, B, 'S', [1001, 80]))), 'another port is another connection');
});

t.test('what never left the stack is not remembered', async (t) => {
  const { conntrack, see } = tracker();
  see(tcp(A, B));
  t.equal(see(tcp(B, A, 'S.', [80, 1000])).connection?.direction, 'original');
  t.ok(conntrack.isNew(see(tcp(A, B))));
});

t.test('NAT is undone on the way back', async (t) => {
  const { conntrack, see } = tracker();
  const out = see(tcp(A, B));
  const entry = out.connection?.entry;
  if (!entry) throw new Error('untracked');
  entry.reply = { protocol: 'tcp', source: { ip: C, port: 8080 }, destination: { ip: B, port: 5000 } };
  conntrack.translateDestination(out);
  conntrack.translateSource(out);
  conntrack.confirm(out);
  t.match(out.packet, { source: B, destination: C, payload: { sourcePort: 5000, destinationPort: 8080 } });
  const back = see(tcp(C, B, 'S.', [8080, 5000]));
  conntrack.translateDestination(back);
  conntrack.translateSource(back);
  t.match(back.packet, { source: B, destination: A, payload: { sourcePort: 80, destinationPort: 1000 } });
});

t.test('an ICMP error about a translated packet names what its sender knows', async (t) => {
  const { conntrack, see } = tracker();
  const out = see(tcp(A, B));
  if (out.connection)
    out.connection.entry.reply = { protocol: 'tcp', source: { ip: C, port: 80 }, destination: { ip: B, port: 1000 } };
  conntrack.translateDestination(out);
  conntrack.translateSource(out);
  conntrack.confirm(out);
  const error = { kind: 'icmp' as const, type: 'port-unreachable' as const, original: out.packet };
  const translated = (source: number, about: typeof error) => {
    const packet = { kind: 'ipv4' as const, source, destination: B, ttl: 64, payload: about };
    const skb = { packet, masquerade: false, locallyMade: false, looped: false, confirmsNeighbour: false };
    conntrack.translateError(skb, about);
    const before = skb.packet;
    conntrack.translateSource(skb);
    return { before, after: skb.packet };
  };
  const told = translated(C, error);
  t.same([told.before.source, told.before.destination], [C, A], 'routed with the source that it came with');
  t.equal(told.after.source, B, 'it leaves in the name of whom the client knows');
  t.match(told.after.payload, { original: { source: A, destination: B } });
  const back = translated(A, { ...error, original: tcp(B, A, 'S.', [80, 1000]) });
  t.equal(back.before.destination, C, 'about an answer it goes to the server');
  t.match(back.after.payload, { original: { source: C, destination: B } });
  const { before, after } = translated(C, { ...error, original: tcp(A, C, 'S', [7, 7]) });
  t.same([before, after.destination], [after, B], 'one about a packet that nobody tracks is left alone');
});

t.test('entries go: unanswered after 120 s, reset after 10 s, answered after a day', async (t) => {
  const lives = (after: number, ...packets: Ipv4Packet[]) => {
    const { clock, conntrack, see } = tracker();
    for (const packet of packets) conntrack.confirm(see(packet));
    clock.now = after;
    return !conntrack.isFree(invert({ ...(tupleOf(tcp(A, B)) as NonNullable<ReturnType<typeof tupleOf>>) }));
  };
  const answer = tcp(B, A, 'S.', [80, 1000]);
  t.same([lives(119 * SECOND, tcp(A, B)), lives(120 * SECOND, tcp(A, B))], [true, false]);
  t.same([lives(23 * HOUR, tcp(A, B), answer), lives(24 * HOUR, tcp(A, B), answer)], [true, false]);
  const reset = tcp(B, A, 'R.', [80, 1000]);
  t.same([lives(9 * SECOND, tcp(A, B), reset), lives(10 * SECOND, tcp(A, B), reset)], [true, false]);
});

t.test('a ping is known by its id, a tunnel by its ends, an ICMP error by nothing of its own', async (t) => {
  const echo = { kind: 'icmp' as const, type: 'echo-request' as const, id: 7, sequence: 1 };
  const packet: Ipv4Packet = { kind: 'ipv4', source: A, destination: B, ttl: 64, payload: echo };
  t.match(tupleOf(packet), { protocol: 'icmp', source: { ip: A, port: 7 }, destination: { ip: B, port: 7 } });
  t.match(tupleOf({ ...packet, payload: { kind: 'ipip', inner: packet } }), { protocol: 'ipip', source: { port: 0 } });
  const error = { kind: 'icmp' as const, type: 'host-unreachable' as const, original: packet };
  t.equal(tupleOf({ ...packet, payload: error }), undefined);
});
