/**
 * One host's connection tracking: which packets belong together, whether an answer was seen, and what NAT made of the addresses.
 * Source: net/netfilter/nf_conntrack_core.c, nf_nat_core.c. Departs from Linux: TCP's state is only new, answered or ended; IPVS
 * connections live here too (Linux keeps its own table beside this one, and with vs/conntrack=1 both agree).
 */
import type { Micros } from '../base/instant.js';
import { HOUR, SECOND } from '../base/instant.js';
import type { Ipv4 } from '../base/ip.js';
import type { IcmpError, Ipv4Packet } from './packet.js';
import { type Half, PairMap } from './pair-map.js';
import type { Skb } from './skb.js';

export interface Tuple {
  readonly protocol: 'tcp' | 'icmp' | 'ipip';
  readonly source: Half;
  readonly destination: Half;
}

export interface Connection {
  readonly original: Tuple;
  /** The tuple of the answers: the original's inverse, as NAT changed it. */
  reply: Tuple;
  /** A packet in the reply direction was seen: no longer `ctstate NEW`. */
  answered: boolean;
  expires: Micros;
  confirmed: boolean;
  /** Set when IPVS scheduled it: the virtual server's key. */
  virtualServer?: string;
}

interface Tracked {
  readonly entry: Connection;
  readonly direction: 'original' | 'reply';
}

const UNANSWERED: Micros = 120 * SECOND;
const ANSWERED: Micros = 24 * HOUR;
const ENDED: Micros = 10 * SECOND;
const SWEEP_EVERY = 4096;

export class Conntrack {
  readonly #entries: Readonly<Record<Tuple['protocol'], PairMap<Tracked>>> = {
    tcp: new PairMap(),
    icmp: new PairMap(),
    ipip: new PairMap(),
  };
  #sinceSweep = 0;

  constructor(readonly now: () => Micros) {}

  /** nf_conntrack_in: finds the packet's connection or begins one, which is unconfirmed until the packet leaves the host's stack. */
  track(skb: Skb): void {
    if (skb.connection) return;
    const tuple = tupleOf(skb.packet);
    if (!tuple) return;
    const known = this.#find(tuple);
    if (known) {
      skb.connection = known;
      this.#refresh(known.entry, known.direction, skb.packet);
      return;
    }
    const entry: Connection = {
      original: tuple,
      reply: invert(tuple),
      answered: false,
      expires: this.now() + UNANSWERED,
      confirmed: false,
    };
    skb.connection = { entry, direction: 'original' };
  }

  /** `ctstate NEW`. */
  isNew(skb: Skb): boolean {
    return skb.connection !== undefined && skb.connection.direction === 'original' && !skb.connection.entry.answered;
  }

  /** True where nothing holds this reply tuple yet. */
  isFree(reply: Tuple): boolean {
    return this.#find(reply) === undefined;
  }

  confirm(skb: Skb): void {
    const entry = skb.connection?.entry;
    if (!entry || entry.confirmed) return;
    entry.confirmed = true;
    this.#set(entry.original, { entry, direction: 'original' });
    this.#set(entry.reply, { entry, direction: 'reply' });
    if (++this.#sinceSweep >= SWEEP_EVERY) this.#sweep();
  }

  /** ActiveConn and InActConn of one real server: answered and unanswered connections that IPVS sent there. */
  countOf(ip: Ipv4, port: number, to: Half): { active: number; inactive: number } {
    let active = 0;
    let inactive = 0;
    for (const { entry, direction } of this.#entries.tcp.values()) {
      if (direction === 'reply' || entry.virtualServer === undefined || entry.expires <= this.now()) continue;
      const { destination } = entry.original;
      if (destination.ip !== ip || destination.port !== port) continue;
      if (entry.reply.source.ip !== to.ip || entry.reply.source.port !== to.port) continue;
      if (entry.answered) active++;
      else inactive++;
    }
    return { active, inactive };
  }

  forget(entry: Connection): void {
    for (const { protocol, source, destination } of [entry.original, entry.reply])
      this.#entries[protocol].delete(source, destination);
  }

  /** The destination half of NAT: at PREROUTING and OUTPUT. */
  translateDestination(skb: Skb): void {
    if (!skb.connection) return;
    const { entry, direction } = skb.connection;
    const to = direction === 'original' ? entry.reply.source : entry.original.source;
    skb.packet = withDestination(skb.packet, to);
  }

  /** The source half of NAT: at POSTROUTING and INPUT. */
  translateSource(skb: Skb): void {
    if (skb.errorSource !== undefined) skb.packet = { ...skb.packet, source: skb.errorSource };
    if (!skb.connection) return;
    const { entry, direction } = skb.connection;
    const to = direction === 'original' ? entry.reply.destination : entry.original.destination;
    skb.packet = withSource(skb.packet, to);
  }

  /**
   * An ICMP error about a translated packet names the addresses that its sender used, and goes to it. Its own source is translated
   * with the source half of NAT, where the packet's destination was (nf_nat_icmp_reply_translation).
   */
  translateError(skb: Skb, error: IcmpError): void {
    const { original } = error;
    const tuple = tupleOf(original);
    const known = tuple ? this.#find(invert(tuple)) : undefined;
    if (!known) return;
    const sent = known.direction === 'reply' ? known.entry.original : known.entry.reply;
    const inner = withSource(withDestination(original, sent.destination), sent.source);
    skb.packet = { ...skb.packet, destination: sent.source.ip, payload: { ...error, original: inner } };
    if (sent.destination.ip !== original.destination) skb.errorSource = sent.destination.ip;
  }

  #set({ protocol, source, destination }: Tuple, tracked: Tracked): void {
    this.#entries[protocol].set(source, destination, tracked);
  }

  #find({ protocol, source, destination }: Tuple): Tracked | undefined {
    const found = this.#entries[protocol].get(source, destination);
    if (!found || found.entry.expires > this.now()) return found;
    this.forget(found.entry);
    return undefined;
  }

  #refresh(entry: Connection, direction: 'original' | 'reply', packet: Ipv4Packet): void {
    if (direction === 'reply') entry.answered = true;
    const reset = packet.payload.kind === 'tcp' && packet.payload.flags.startsWith('R');
    entry.expires = this.now() + (reset ? ENDED : entry.answered ? ANSWERED : UNANSWERED);
  }

  #sweep(): void {
    this.#sinceSweep = 0;
    const now = this.now();
    for (const entries of Object.values(this.#entries))
      for (const { entry } of [...entries.values()]) if (entry.expires <= now) this.forget(entry);
  }
}

export function invert(tuple: Tuple): Tuple {
  return { protocol: tuple.protocol, source: tuple.destination, destination: tuple.source };
}

/** Undefined for ICMP errors: they belong to the connection that they are about. */
export function tupleOf(packet: Ipv4Packet): Tuple | undefined {
  const { payload } = packet;
  if (payload.kind === 'tcp')
    return {
      protocol: 'tcp',
      source: { ip: packet.source, port: payload.sourcePort },
      destination: { ip: packet.destination, port: payload.destinationPort },
    };
  if (payload.kind === 'ipip')
    return {
      protocol: 'ipip',
      source: { ip: packet.source, port: 0 },
      destination: { ip: packet.destination, port: 0 },
    };
  if (payload.type !== 'echo-request' && payload.type !== 'echo-reply') return undefined;
  const source = { ip: packet.source, port: payload.id };
  return { protocol: 'icmp', source, destination: { ip: packet.destination, port: payload.id } };
}

function withDestination(packet: Ipv4Packet, to: Half): Ipv4Packet {
  const { payload } = packet;
  if (payload.kind !== 'tcp') return packet.destination === to.ip ? packet : { ...packet, destination: to.ip };
  if (packet.destination === to.ip && payload.destinationPort === to.port) return packet;
  return { ...packet, destination: to.ip, payload: { ...payload, destinationPort: to.port } };
}

function withSource(packet: Ipv4Packet, to: Half): Ipv4Packet {
  const { payload } = packet;
  if (payload.kind !== 'tcp') return packet.source === to.ip ? packet : { ...packet, source: to.ip };
  if (packet.source === to.ip && payload.sourcePort === to.port) return packet;
  return { ...packet, source: to.ip, payload: { ...payload, sourcePort: to.port } };
}
