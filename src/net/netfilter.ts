/**
 * The netfilter hooks of one host as far as Services need them: conntrack, DNAT, masquerade, REJECT, and IPVS in its places among them.
 * Order of a hook as in Linux: conntrack, nat destination, filter, IPVS (after filter on INPUT, after nat on OUTPUT), nat source.
 * The rules are data that kube-proxy computed; this file only follows them. Departs from Linux: from its second packet
 * on, a connection of IPVS is translated at PREROUTING instead of INPUT.
 */
import type { Ipv4 } from '../base/ip.js';
import { contains } from '../base/ip.js';
import type { RandomStream } from '../base/random.js';
import type { Connection, Tuple } from './conntrack.js';
import { Conntrack } from './conntrack.js';
import type { Device } from './device.js';
import type { Interfaces } from './interfaces.js';
import { Ipvs } from './ipvs.js';
import type { Skb } from './skb.js';
import type { Endpoint, Masquerade, ServiceRules } from './sockets.js';
import { serviceKey } from './sockets.js';

/** `reroute`: the destination changed, and the packet leaves by another way than it was on. */
export type HookVerdict = 'accept' | 'drop' | 'reject' | 'reroute';

const PORT_TRIES = 1000;

export class Netfilter {
  rules: ServiceRules | undefined;
  readonly ipvs = new Ipvs();
  readonly conntrack: Conntrack;

  constructor(
    readonly interfaces: Interfaces,
    now: () => number,
    readonly random: RandomStream,
  ) {
    this.conntrack = new Conntrack(now);
  }

  /** Nothing is tracked until the first rule or virtual server wants it. */
  #idle(): boolean {
    return this.rules === undefined && this.ipvs.isEmpty();
  }

  prerouting(skb: Skb): HookVerdict {
    if (this.#idle()) return 'accept';
    if (this.#isError(skb)) return 'accept';
    this.conntrack.track(skb);
    if (this.#expired(skb)) return 'drop';
    if (this.conntrack.isNew(skb) && !translated(skb)) this.#dnat(skb, false);
    this.conntrack.translateDestination(skb);
    return 'accept';
  }

  localIn(skb: Skb): HookVerdict {
    if (this.#idle()) return 'accept';
    if (this.conntrack.isNew(skb)) {
      if (this.#rejected(skb, 'input')) return 'reject';
      const scheduled = this.#schedule(skb);
      // ip_vs_nat_xmit lets go on what a program of this host is to serve.
      const stays = scheduled === 'reroute' && this.interfaces.isLocal(skb.packet.destination);
      if (scheduled !== 'accept' && !stays) return scheduled;
    }
    this.conntrack.translateSource(skb);
    this.conntrack.confirm(skb);
    return 'accept';
  }

  forward(skb: Skb): HookVerdict {
    if (this.#idle()) return 'accept';
    return this.conntrack.isNew(skb) && this.#rejected(skb, 'forward') ? 'reject' : 'accept';
  }

  localOut(skb: Skb): HookVerdict {
    if (this.#idle()) return 'accept';
    const before = skb.packet.destination;
    if (this.#isError(skb)) return skb.packet.destination === before ? 'accept' : 'reroute';
    this.conntrack.track(skb);
    if (this.#expired(skb)) return 'drop';
    if (this.conntrack.isNew(skb)) {
      if (!translated(skb)) this.#dnat(skb, true);
      const scheduled = translated(skb) ? 'accept' : this.#schedule(skb);
      if (scheduled === 'drop' || scheduled === 'reject') return scheduled;
      if (!translated(skb) && this.#rejected(skb, 'output')) return 'reject';
    }
    this.conntrack.translateDestination(skb);
    return skb.packet.destination === before ? 'accept' : 'reroute';
  }

  postrouting(skb: Skb, device: Device, nextHop: number): void {
    if (skb.connection && skb.masquerade && device.kind !== 'loopback' && this.conntrack.isNew(skb))
      this.#masquerade(skb.connection.entry, device, nextHop);
    this.conntrack.translateSource(skb);
    if (skb.connection) this.conntrack.confirm(skb);
  }

  /** An ICMP error belongs to the connection that it is about, and is translated as that one is. */
  #isError(skb: Skb): boolean {
    const { payload } = skb.packet;
    if (payload.kind !== 'icmp' || !('original' in payload)) return false;
    this.conntrack.translateError(skb, payload);
    return true;
  }

  #keyOf(skb: Skb): string | undefined {
    const { payload, destination } = skb.packet;
    return payload.kind === 'tcp' ? serviceKey('TCP', destination, payload.destinationPort) : undefined;
  }

  #dnat(skb: Skb, made: boolean): void {
    const key = this.#keyOf(skb);
    if (key === undefined || !this.rules || !skb.connection) return;
    const { source } = skb.packet;
    if (isMasqueraded(this.rules.masquerade.get(key), source)) skb.masquerade = true;
    const rule = this.rules.dnat.get(key);
    if (!rule || rule.endpoints.length === 0) return;
    if (made && rule.local === 'to-local' && !this.interfaces.isLocal(skb.packet.destination)) return;
    const chosen = rule.endpoints[this.random.integer(0, rule.endpoints.length - 1)];
    if (!chosen) return;
    // Who is sent to itself would drop its own source (KUBE-SEP, endpoint chains).
    if (isMasqueraded(rule.masquerade, source) || source === chosen.ip) skb.masquerade = true;
    redirect(skb.connection.entry, chosen);
  }

  #schedule(skb: Skb): HookVerdict {
    const key = this.#keyOf(skb);
    if (key === undefined || !skb.connection || !isSyn(skb)) return 'accept';
    const destination = this.ipvs.schedule(key);
    if (destination === undefined) return 'accept';
    if (destination === null) return 'reject';
    const { entry } = skb.connection;
    entry.virtualServer = key;
    if (this.rules?.hairpin && skb.packet.source === destination.ip) skb.masquerade = true;
    redirect(entry, destination);
    this.conntrack.translateDestination(skb);
    return 'reroute';
  }

  #rejected(skb: Skb, hook: 'input' | 'forward' | 'output'): boolean {
    if (!this.rules) return false;
    const key = this.#keyOf(skb);
    if (key !== undefined && this.rules.rejects.get(key)?.[hook]) return true;
    const filter = this.rules.ipvsFilter;
    if (hook !== 'input' || !filter) return false;
    if (key !== undefined && filter.allowed.has(key)) return false;
    return filter.bound.has(skb.packet.destination);
  }

  /** A connection whose real server is gone is dropped and forgotten (vs/expire_nodest_conn=1). */
  #expired(skb: Skb): boolean {
    const entry = skb.connection?.entry;
    if (!entry?.virtualServer || this.ipvs.serves(entry.virtualServer, entry.reply.source)) return false;
    this.conntrack.forget(entry);
    return true;
  }

  /** nf_nat_masquerade_ipv4: the address of the way out, and a port that is free. */
  #masquerade(entry: Connection, device: Device, nextHop: number): void {
    const ip = this.interfaces.select(device, nextHop);
    if (ip === undefined || entry.confirmed) return;
    let reply: Tuple = { ...entry.reply, destination: { ip, port: entry.reply.destination.port } };
    for (let tries = 0; tries < PORT_TRIES && !this.conntrack.isFree(reply); tries++) {
      const port = 1024 + ((reply.destination.port + 1 - 1024) % 64512);
      reply = { ...reply, destination: { ip, port } };
    }
    entry.reply = reply;
  }
}

function redirect(entry: Connection, { ip, port }: Endpoint): void {
  entry.reply = { ...entry.reply, source: { ip, port } };
}

/** NAT has chosen another destination for it already. */
function translated(skb: Skb): boolean {
  const entry = skb.connection?.entry;
  if (!entry) return false;
  const { source } = entry.reply;
  return source.ip !== entry.original.destination.ip || source.port !== entry.original.destination.port;
}

function isMasqueraded(rule: Masquerade | undefined, source: Ipv4): boolean {
  return typeof rule === 'object' ? !contains(rule, source) : rule === true;
}

/** IPVS schedules nothing else (tcp_conn_schedule without sloppy_tcp). */
function isSyn({ packet: { payload } }: Skb): boolean {
  return payload.kind === 'tcp' && (payload.flags === 'S' || payload.flags === 'S.');
}
