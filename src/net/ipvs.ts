/**
 * The kernel's IPVS table of one host: virtual servers, their destinations, round robin.
 * Source: net/netfilter/ipvs (ip_vs_schedule, ip_vs_rr.c, ip_vs_leave). Only NAT forwarding and rr; weights are 1.
 */

import type { Ipv4 } from '../base/ip.js';
import { formatIpv4 } from '../base/ip.js';
import type { VirtualServerRow } from '../evidence/rows.js';
import type { Endpoint, IpvsTable } from './sockets.js';
import { serviceKey } from './sockets.js';

interface Server {
  readonly protocol: 'TCP' | 'UDP';
  readonly ip: Ipv4;
  readonly port: number;
  destinations: readonly Endpoint[];
  next: number;
}

export class Ipvs implements IpvsTable {
  readonly #servers = new Map<string, Server>();

  addServer(server: { readonly protocol: 'TCP' | 'UDP'; readonly ip: Ipv4; readonly port: number }): void {
    const key = serviceKey(server.protocol, server.ip, server.port);
    if (!this.#servers.has(key)) this.#servers.set(key, { ...server, destinations: [], next: 0 });
  }

  deleteServer(protocol: 'TCP' | 'UDP', ip: Ipv4, port: number): void {
    this.#servers.delete(serviceKey(protocol, ip, port));
  }

  setDestinations(protocol: 'TCP' | 'UDP', ip: Ipv4, port: number, destinations: readonly Endpoint[]): void {
    const server = this.#servers.get(serviceKey(protocol, ip, port));
    if (server) server.destinations = destinations;
  }

  servers(): readonly Server[] {
    return [...this.#servers.values()];
  }

  clear(): void {
    this.#servers.clear();
  }

  isEmpty(): boolean {
    return this.#servers.size === 0;
  }

  /** Undefined: no such virtual server. `null`: it has no destination, and the sender is told port unreachable. */
  schedule(key: string): Endpoint | null | undefined {
    const server = this.#servers.get(key);
    if (!server) return undefined;
    if (server.destinations.length === 0) return null;
    const chosen = server.destinations[server.next % server.destinations.length] ?? null;
    server.next = (server.next + 1) % server.destinations.length;
    return chosen;
  }

  /** Whether an old connection may still go to that destination (expire_nodest_conn=1 ends it otherwise). */
  serves(key: string, destination: Endpoint): boolean {
    const server = this.#servers.get(key);
    return server?.destinations.some((d) => d.ip === destination.ip && d.port === destination.port) ?? false;
  }

  /** As `ipvsadm -ln` lists them: by protocol, address, port. */
  rows(
    connections: (address: Ipv4, port: number, destination: Endpoint) => { active: number; inactive: number },
  ): VirtualServerRow[] {
    const sorted = [...this.#servers.values()].sort(
      (a, b) => (a.protocol < b.protocol ? -1 : a.protocol > b.protocol ? 1 : 0) || a.ip - b.ip || a.port - b.port,
    );
    return sorted.map((server) => ({
      protocol: server.protocol,
      address: formatIpv4(server.ip),
      port: server.port,
      scheduler: 'rr',
      realServers: server.destinations.map((d) => {
        const { active, inactive } = connections(server.ip, server.port, d);
        return {
          address: formatIpv4(d.ip),
          port: d.port,
          forward: 'Masq',
          weight: 1,
          activeConnections: active,
          inactiveConnections: inactive,
        };
      }),
    }));
  }
}
