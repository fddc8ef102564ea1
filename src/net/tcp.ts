/**
 * One host's TCP: who a segment belongs to, who listens, and the RST for what belongs to nobody.
 * Source: net/ipv4/tcp_ipv4.c (tcp_v4_rcv, tcp_v4_send_reset), inet_hashtables.c. Ephemeral ports go up in steps of two from
 * a random start, as connect() takes the even ones first.
 */
import type { Ipv4 } from '../base/ip.js';
import { formatIpv4 } from '../base/ip.js';
import type { RandomStream } from '../base/random.js';
import type { SocketRow } from '../evidence/rows.js';
import type { IcmpError, Ipv4Packet, TcpSegment } from './packet.js';
import { type Half, PairMap } from './pair-map.js';
import type { OutputRoute } from './routing.js';
import type { Accept, ConnectOptions, Errno, Listener, ListenOptions, TcpSocket } from './sockets.js';
import type { TcpEnvironment } from './tcp-socket.js';
import { TcpConnection } from './tcp-socket.js';
import { TcpTimers } from './tcp-timers.js';

const FIRST_PORT = 32768;
const PORTS = 28232;

export interface TcpIp {
  now: TcpEnvironment['now'];
  after: TcpEnvironment['after'];
  sysctl(key: string): number;
  route(destination: Ipv4, source?: Ipv4): OutputRoute | undefined;
  generation(): number;
  /** Sends a packet made here; `route` spares the look-up. */
  output(packet: Ipv4Packet, route: OutputRoute, confirm: boolean): void;
}

interface Listening {
  readonly ip: Ipv4 | null;
  readonly process: string;
  /** Null: nobody accepts. */
  readonly accept: Accept | null;
  readonly options: ListenOptions;
  /** The accept queue: established, and not accepted. */
  readonly queue: Set<TcpConnection>;
}

export class Tcp {
  /** By the local end, then the remote one. */
  readonly #connections = new PairMap<TcpConnection>();
  readonly #listeners = new Map<number, Listening[]>();
  readonly #environment: TcpEnvironment;
  #nextPort: number;

  constructor(
    readonly ip: TcpIp,
    random: RandomStream,
  ) {
    this.#nextPort = 2 * random.integer(0, PORTS / 2 - 1);
    this.#environment = {
      now: ip.now,
      after: ip.after,
      timers: new TcpTimers(ip.sysctl),
      transmit: (connection, segment, confirm) => this.#transmit(connection, segment, confirm),
      forget: (c) => this.#forget(c),
      accepted: (c) => this.#accepted(c),
    };
  }

  connect(ip: Ipv4, port: number, options: ConnectOptions): TcpSocket {
    const route = this.ip.route(ip);
    const source = route?.source ?? 0;
    const local = { ip: source, port: this.#ephemeral(source, ip, port) };
    const connection = new TcpConnection(local, { ip, port }, options, this.#environment, true);
    connection.route = route;
    this.#connections.set(local, connection.remote, connection);
    const failed = route ? connection.open() : 'ENETUNREACH';
    if (failed) this.ip.after(0, () => connection.fail(failed));
    return connection;
  }

  listen(
    ip: Ipv4 | null,
    port: number,
    process: string,
    accept: Accept | null,
    options: ListenOptions,
  ): Listener | undefined {
    const listening = this.#listeners.get(port) ?? [];
    if (listening.some((l) => l.ip === ip || l.ip === null || ip === null)) return undefined;
    const entry: Listening = { ip, process, accept, options, queue: new Set() };
    this.#listeners.set(port, [...listening, entry]);
    return { close: () => this.#unlisten(port, entry) };
  }

  /** inet_csk_listen_stop: what nobody accepted is reset. */
  #unlisten(port: number, entry: Listening): void {
    const left = (this.#listeners.get(port) ?? []).filter((l) => l !== entry);
    if (left.length > 0) this.#listeners.set(port, left);
    else this.#listeners.delete(port);
    for (const connection of entry.queue) connection.abort();
    entry.queue.clear();
  }

  receive(packet: Ipv4Packet, segment: TcpSegment): void {
    const local = { ip: packet.destination, port: segment.destinationPort };
    const remote = { ip: packet.source, port: segment.sourcePort };
    const connection = this.#connections.get(local, remote);
    if (connection) return connection.receive(segment);
    if (segment.flags === 'S') {
      const listener = this.#listening(packet.destination, segment.destinationPort);
      if (listener) return this.#answer(local, remote, listener);
    }
    if (segment.flags !== 'R' && segment.flags !== 'R.') this.#reset(packet, segment);
  }

  /** An ICMP error about a segment that this host sent. */
  receiveIcmp(error: IcmpError, original: Ipv4Packet, segment: TcpSegment): void {
    const local = { ip: original.source, port: segment.sourcePort };
    const remote = { ip: original.destination, port: segment.destinationPort };
    this.#connections.get(local, remote)?.receiveIcmp(error.type, segment.seq);
  }

  /** `ss -tan`: listeners first, then connections in order of creation. */
  rows(): SocketRow[] {
    const rows: SocketRow[] = [];
    for (const [port, listening] of this.#listeners)
      for (const { ip, process } of listening) {
        const local = `${ip === null ? '0.0.0.0' : formatIpv4(ip)}:${port}`;
        rows.push({ state: 'LISTEN', recvQ: 0, sendQ: 0, local, peer: '0.0.0.0:*', process });
      }
    for (const c of this.#connections.values()) {
      const local = `${formatIpv4(c.local.ip)}:${c.local.port}`;
      const peer = `${formatIpv4(c.remote.ip)}:${c.remote.port}`;
      rows.push({ state: stateName(c), recvQ: 0, sendQ: c.unacknowledged(), local, peer, process: c.options.process });
    }
    return rows;
  }

  #listening(ip: Ipv4, port: number): Listening | undefined {
    return this.#listeners.get(port)?.find((l) => l.ip === null || l.ip === ip);
  }

  /** A SYN beyond the accept queue's length is dropped (sk_acceptq_is_full). */
  #answer(local: Half, remote: Half, listener: Listening): void {
    if (listener.queue.size > this.ip.sysctl('net.core.somaxconn')) return;
    const options = { process: listener.process, ...listener.options };
    const connection = new TcpConnection(local, remote, options, this.#environment, false);
    this.#connections.set(local, remote, connection);
    connection.open();
  }

  #forget(connection: TcpConnection): void {
    this.#connections.delete(connection.local, connection.remote);
    for (const { queue } of this.#listeners.get(connection.local.port) ?? []) queue.delete(connection);
  }

  #accepted(connection: TcpConnection): void {
    const listener = this.#listening(connection.local.ip, connection.local.port);
    if (!listener) connection.abort();
    else if (listener.accept) listener.accept(connection);
    else listener.queue.add(connection);
  }

  #transmit(connection: TcpConnection, segment: TcpSegment, confirm: boolean): Errno | undefined {
    if (connection.route?.generation !== this.ip.generation())
      connection.route = this.ip.route(connection.remote.ip, connection.local.ip);
    if (!connection.route) return 'ENETUNREACH';
    const packet: Ipv4Packet = {
      kind: 'ipv4',
      source: connection.local.ip,
      destination: connection.remote.ip,
      ttl: 64,
      payload: segment,
    };
    this.ip.output(packet, connection.route, confirm);
    return undefined;
  }

  #reset(packet: Ipv4Packet, segment: TcpSegment): void {
    const length = segment.bytes + (segment.flags === 'S' || segment.flags === 'F.' ? 1 : 0);
    const bare = segment.flags === 'S';
    const reply: TcpSegment = {
      kind: 'tcp',
      sourcePort: segment.destinationPort,
      destinationPort: segment.sourcePort,
      flags: bare ? 'R.' : 'R',
      seq: bare ? 0 : segment.ack,
      ack: bare ? segment.seq + length : 0,
      bytes: 0,
    };
    const route = this.ip.route(packet.source, packet.destination);
    if (!route) return;
    const answer: Ipv4Packet = {
      kind: 'ipv4',
      source: packet.destination,
      destination: packet.source,
      ttl: 64,
      payload: reply,
    };
    this.ip.output(answer, route, false);
  }

  #ephemeral(source: Ipv4, ip: Ipv4, port: number): number {
    for (let tries = 0; tries < PORTS; tries++) {
      const candidate = FIRST_PORT + (this.#nextPort % PORTS);
      this.#nextPort += 2;
      const used = this.#connections.get({ ip: source, port: candidate }, { ip, port }) !== undefined;
      if (!used && !this.#listeners.has(candidate)) return candidate;
    }
    return 0;
  }
}

/** As ss names it: FIN-WAIT-2 once the other side has acknowledged the FIN. */
function stateName(connection: TcpConnection): string {
  if (connection.state !== 'FIN-WAIT') return connection.state;
  return connection.unacknowledged() > 0 ? 'FIN-WAIT-1' : 'FIN-WAIT-2';
}
