/**
 * The IPVS proxier: every Service address bound to kube-ipvs0, a virtual server for each, and the clean-up of what is no
 * longer wanted. What it does about a node's own addresses, and when an address is released, is data (versions.ts).
 * Source: pkg/proxy/ipvs/proxier.go of v1.20.10 and v1.34.2 (syncProxyRules, syncService, cleanLegacyService).
 * Departs: what is bound is read from the device, not from table local; real servers leave at once, not gracefully.
 */
import type { Ipv4, Prefix } from '../../base/ip.js';
import { contains, parsePrefix } from '../../base/ip.js';
import type { Endpoint, IpvsTable } from '../../net/sockets.js';
import { serviceKey } from '../../net/sockets.js';
import type { Desired } from './desired.js';
import { externalEndpoints } from './desired.js';
import { ipvsRules } from './ipvs-rules.js';
import type { NodeAddresses } from './node-addresses.js';
import { addressesOf, DUMMY, nodePortAddresses } from './node-addresses.js';
import type { Proxier, ProxierOptions } from './proxier.js';
import type { ServicePortInfo } from './service-port.js';

type KernelServer = ReturnType<IpvsTable['servers']>[number];

/** One pass: what the kernel had, and what is wanted now. */
interface Round {
  readonly addresses: NodeAddresses;
  readonly kernel: ReadonlyMap<string, KernelServer>;
  readonly servers: Set<string>;
  readonly binds: Set<Ipv4>;
  /** External addresses, `tcp/IP/PORT`, left out because somebody else has the port. */
  readonly skipped: Set<string>;
}

export class IpvsProxier implements Proxier {
  readonly #options: ProxierOptions;
  readonly #excluded: readonly Prefix[];

  constructor(options: ProxierOptions) {
    this.#options = options;
    this.#excluded = options.config.excludeCIDRs.flatMap((cidr) => parsePrefix(cidr) ?? []);
  }

  prepare(): void {
    const { host, traits, config } = this.#options;
    if (traits.ipvsRouteLocalnet) host.setSysctl('net.ipv4.conf.all.route_localnet', '1');
    host.setSysctl('net.ipv4.vs.conntrack', '1');
    host.setSysctl('net.ipv4.vs.expire_nodest_conn', '1');
    host.setSysctl('net.ipv4.vs.expire_quiescent_template', '1');
    host.setSysctl('net.ipv4.ip_forward', '1');
    if (!config.strictARP) return;
    host.setSysctl('net.ipv4.conf.all.arp_ignore', '1');
    host.setSysctl('net.ipv4.conf.all.arp_announce', '2');
  }

  sync(desired: Desired): void {
    const { host, traits, clusterCIDR, held } = this.#options;
    host.addDummy(DUMMY);
    const round: Round = {
      addresses: addressesOf(host),
      kernel: new Map(
        host.ipvs.servers().map((server) => [serviceKey(server.protocol, server.ip, server.port), server]),
      ),
      servers: new Set(),
      binds: new Set(),
      skipped: new Set(),
    };
    const nodeIPs = desired.hasNodePorts ? nodePortAddresses(round.addresses, traits) : [];
    for (const port of desired.ports) this.#syncPort(port, nodeIPs, round);
    host.setServiceRules(ipvsRules(desired, traits, clusterCIDR, round, nodeIPs));
    held.settle();
    if (traits.unbinds === 'superfluous') this.#unbindSuperfluous(round);
    this.#cleanUp(round);
  }

  #syncPort(port: ServicePortInfo, nodeIPs: readonly Ipv4[], round: Round): void {
    const { nodeName, traits } = this.#options;
    this.#server(round, port, port.clusterIP, port.port, port.endpoints, true);
    const endpoints = externalEndpoints(port, nodeName);
    const { others } = round.addresses;
    for (const ip of port.externalIPs) {
      if (!this.#hold(port, ip, round)) {
        round.skipped.add(serviceKey(port.protocol, ip, port.port));
        continue;
      }
      this.#server(round, port, ip, port.port, endpoints, traits.ownerBinds || !others.has(ip));
    }
    for (const ip of port.loadBalancerIPs) {
      this.#server(round, port, ip, port.port, endpoints, traits.ownerBinds || !others.has(ip));
    }
    if (port.nodePort === 0 || nodeIPs.length === 0 || !this.#holdNodePort(port)) return;
    for (const ip of nodeIPs) this.#server(round, port, ip, port.nodePort, endpoints, false);
  }

  /** syncService and syncEndpoint. */
  #server(
    round: Round,
    { protocol }: ServicePortInfo,
    ip: Ipv4,
    port: number,
    endpoints: readonly Endpoint[],
    bind: boolean,
  ): void {
    const { host } = this.#options;
    const key = serviceKey(protocol, ip, port);
    const known = round.kernel.get(key);
    if (!known && !round.servers.has(key)) host.ipvs.addServer({ protocol, ip, port });
    if (bind) {
      if (!round.addresses.bound.has(ip)) host.addAddress(DUMMY, { address: ip, length: 32 });
      round.binds.add(ip);
    }
    round.servers.add(key);
    if (!known || !sameEndpoints(known.destinations, endpoints)) {
      host.ipvs.setDestinations(protocol, ip, port, endpoints);
    }
  }

  #hold(port: ServicePortInfo, ip: Ipv4, { addresses: { bound, others } }: Round): boolean {
    const { traits, held, log } = this.#options;
    if (!traits.holdsPorts || !(bound.has(ip) || others.has(ip))) return true;
    const local = { description: `externalIP for ${port.name}`, ip, port: port.port, protocol: port.protocol };
    if (held.hold(local)) return true;
    log.cannotOpen(local);
    return false;
  }

  #holdNodePort(port: ServicePortInfo): boolean {
    const { traits, held, log } = this.#options;
    if (!traits.holdsPorts) return true;
    const local = { description: `nodePort for ${port.name}`, ip: null, port: port.nodePort, protocol: port.protocol };
    if (held.hold(local)) return true;
    log.cannotOpen(local);
    return false;
  }

  #unbindSuperfluous({ addresses, binds }: Round): void {
    const { host, log } = this.#options;
    const superfluous = [...addresses.bound].filter((ip) => !binds.has(ip));
    if (superfluous.length === 0) return;
    log.removingAddresses(DUMMY, superfluous);
    for (const ip of superfluous) host.deleteAddress(DUMMY, ip);
  }

  /** cleanLegacyService. Before 1.27.2 an address goes only with a virtual server of it: without one it stays for ever. */
  #cleanUp({ servers, binds }: Round): void {
    const { host, traits } = this.#options;
    const withServers = traits.unbinds === 'with-servers';
    const legacy = new Set(withServers ? [...addressesOf(host).bound].filter((ip) => !binds.has(ip)) : []);
    for (const { protocol, ip, port } of host.ipvs.servers()) {
      if (this.#excluded.some((range) => contains(range, ip))) continue;
      if (servers.has(serviceKey(protocol, ip, port))) continue;
      host.ipvs.deleteServer(protocol, ip, port);
      if (legacy.delete(ip)) host.deleteAddress(DUMMY, ip);
    }
  }
}

function sameEndpoints(a: readonly Endpoint[], b: readonly Endpoint[]): boolean {
  return (
    a === b || (a.length === b.length && a.every((entry, i) => entry.ip === b[i]?.ip && entry.port === b[i]?.port))
  );
}
