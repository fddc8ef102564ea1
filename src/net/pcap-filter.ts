/**
 * The part of pcap-filter(7) that captures of scenarios use: arp, icmp, tcp, udp, ip, `[src|dst] host A`, `[src|dst] port N`,
 * `net A/L`, a protocol in front of those (`tcp dst port 80`), and their combination by and, or, not and parentheses. An empty
 * filter takes everything. Left out: `host A or B` for `host A or host B`, and whatever else the page has.
 */
import type { Ipv4 } from '../base/ip.js';
import { contains, parseIpv4, parsePrefix } from '../base/ip.js';
import type { ArpPacket, Ipv4Packet } from './packet.js';

export type PacketFilter = (packet: ArpPacket | Ipv4Packet) => boolean;

type Side = 'src' | 'dst' | 'either';

/** Undefined with the word at which reading stopped, where the text is not of this grammar. */
export function parsePcapFilter(text: string): { filter: PacketFilter } | { error: string } {
  const words = text
    .replaceAll('(', ' ( ')
    .replaceAll(')', ' ) ')
    .replaceAll('!', ' ! ')
    .split(/\s+/)
    .filter((w) => w !== '');
  if (words.length === 0) return { filter: () => true };
  const reader = new Reader(words);
  const filter = reader.combination();
  if (!filter || reader.word !== undefined) return { error: reader.word ?? 'the end' };
  return { filter };
}

class Reader {
  #at = 0;
  constructor(readonly words: readonly string[]) {}

  get word(): string | undefined {
    return this.words[this.#at];
  }

  /** `and` and `or` have equal precedence and associate left to right. */
  combination(): PacketFilter | undefined {
    let left = this.#negation();
    for (let join = JOINS.get(this.word ?? ''); left && join; join = JOINS.get(this.word ?? '')) {
      this.#at++;
      const right = this.#negation();
      left = right && join(left, right);
    }
    return left;
  }

  #negation(): PacketFilter | undefined {
    if (this.word === 'not' || this.word === '!') {
      this.#at++;
      const inner = this.#negation();
      return inner && ((p) => !inner(p));
    }
    if (this.word !== '(') return this.#primitive();
    this.#at++;
    const inner = this.combination();
    if (!inner || this.words[this.#at] !== ')') return undefined;
    this.#at++;
    return inner;
  }

  #primitive(): PacketFilter | undefined {
    const side: Side = this.word === 'src' || this.word === 'dst' ? this.word : 'either';
    if (side !== 'either') this.#at++;
    const word = this.word;
    if (word === 'host' || word === 'port' || word === 'net') {
      this.#at++;
      return this.#qualified(word, side);
    }
    if (side !== 'either') return this.#qualified('host', side);
    const protocol = PROTOCOLS.get(word ?? '');
    if (!protocol) return undefined;
    this.#at++;
    if (!QUALIFIERS.has(this.word ?? '')) return protocol;
    const qualified = this.#primitive();
    return qualified && both(protocol, qualified);
  }

  #qualified(kind: 'host' | 'port' | 'net', side: Side): PacketFilter | undefined {
    const text = this.word ?? '';
    if (kind === 'port') {
      if (!/^\d{1,5}$/.test(text) || Number(text) > PORT_MAX) return undefined;
      this.#at++;
      const port = Number(text);
      return (p) => ports(p, side).includes(port);
    }
    const address = parseIpv4(text);
    const range = kind === 'net' ? parsePrefix(text) : address === undefined ? undefined : { address, length: 32 };
    if (!range) return undefined;
    this.#at++;
    return (p) => hosts(p, side).some((ip) => contains(range, ip));
  }
}

const PORT_MAX = 65_535;

type Join = (a: PacketFilter, b: PacketFilter) => PacketFilter;

const both: Join = (a, b) => (p) => a(p) && b(p);
const either: Join = (a, b) => (p) => a(p) || b(p);
const JOINS: ReadonlyMap<string, Join> = new Map([
  ['and', both],
  ['&&', both],
  ['or', either],
  ['||', either],
]);
const QUALIFIERS: ReadonlySet<string> = new Set(['src', 'dst', 'host', 'port', 'net']);

const PROTOCOLS: ReadonlyMap<string, PacketFilter> = new Map<string, PacketFilter>([
  ['arp', (p) => p.kind === 'arp'],
  ['ip', (p) => p.kind === 'ipv4'],
  ['icmp', (p) => p.kind === 'ipv4' && p.payload.kind === 'icmp'],
  ['tcp', (p) => p.kind === 'ipv4' && p.payload.kind === 'tcp'],
  ['udp', () => false],
]);

/** All words of the grammar, for whoever has to say what would have been understood. */
export const PCAP_WORDS: readonly string[] = [
  ...PROTOCOLS.keys(),
  ...QUALIFIERS,
  ...JOINS.keys(),
  'not',
  '!',
  '(',
  ')',
];

function hosts(packet: ArpPacket | Ipv4Packet, side: Side): Ipv4[] {
  const [source, destination] =
    packet.kind === 'arp' ? [packet.senderIp, packet.targetIp] : [packet.source, packet.destination];
  return pick(side, source, destination);
}

function ports(packet: ArpPacket | Ipv4Packet, side: Side): number[] {
  if (packet.kind === 'arp' || packet.payload.kind !== 'tcp') return [];
  return pick(side, packet.payload.sourcePort, packet.payload.destinationPort);
}

function pick(side: Side, source: number, destination: number): number[] {
  return side === 'src' ? [source] : side === 'dst' ? [destination] : [source, destination];
}
