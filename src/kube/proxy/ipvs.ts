/**
 * The IPVS proxier's sync on one node: virtual servers, addresses on kube-ipvs0, clean-up. The kernel is the memory: what is there is
 * read from it, so what others removed is put back, and what nobody iterates over stays.
 * Source: pkg/proxy/ipvs/proxier.go (syncProxyRules, syncService, cleanLegacyService), netlink_linux.go. See externalip-outage.md §1.1, §1.2.
 */
import type { Ipv4, Prefix } from '../../base/ip.js';
import { contains } from '../../base/ip.js';
import type { Endpoint, HostKernel, ServiceRules } from '../../net/sockets.js';
import { serviceKey } from '../../net/sockets.js';
import type { Traits } from '../versions.js';
import type { Desired, Frontend } from './desired.js';

export const DUMMY_DEVICE = 'kube-ipvs0';

export interface IpvsOptions {
  readonly host: HostKernel;
  readonly traits: Traits;
  readonly strictARP: boolean;
  readonly excludeCIDRs: readonly Prefix[];
  /** False where this node leaves the frontend out, as somebody else has its port (before 1.24). */
  readonly mayUse: (frontend: Frontend) => boolean;
}

interface Wanted {
  readonly protocol: 'TCP' | 'UDP';
  readonly ip: Ipv4;
  readonly port: number;
  readonly endpoints: readonly Endpoint[];
}

/** NewProxier: sysctls once at start. */
export function prepareIpvs({ host, traits, strictARP }: IpvsOptions): void {
  const settings: Record<string, string> = {
    ...(traits.ipvsRouteLocalnet && { 'net.ipv4.conf.all.route_localnet': '1' }),
    'net.ipv4.vs.conntrack': '1',
    'net.ipv4.vs.expire_nodest_conn': '1',
    'net.ipv4.vs.expire_quiescent_template': '1',
    'net.ipv4.ip_forward': '1',
    ...(strictARP && { 'net.ipv4.conf.all.arp_ignore': '1', 'net.ipv4.conf.all.arp_announce': '2' }),
  };
  for (const [key, value] of Object.entries(settings)) host.setSysctl(key, value);
}

export function syncIpvs(options: IpvsOptions, desired: Desired): void {
  const { host, traits } = options;
  host.addDummy(DUMMY_DEVICE);
  const bound = new Set(boundAddresses(host));
  const own = new Set(otherAddresses(host));
  const wanted = new Map<string, Wanted>();
  const wantedAddresses = new Set<Ipv4>();
  for (const frontend of desired.frontends) {
    if (!options.mayUse(frontend)) continue;
    const { protocol, ip, port, endpoints, kind } = frontend;
    wanted.set(serviceKey(protocol, ip, port), { protocol, ip, port, endpoints });
    if (kind !== 'cluster' && !traits.ownerBinds && own.has(ip)) continue;
    wantedAddresses.add(ip);
    if (!bound.has(ip)) host.addAddress(DUMMY_DEVICE, { address: ip, length: 32 });
  }
  for (const server of nodePortServers(options, desired, own, bound))
    wanted.set(serviceKey(server.protocol, server.ip, server.port), server);
  for (const server of wanted.values()) program(host, server);
  host.setServiceRules(rulesOf(desired.rules, wantedAddresses));
  cleanUp(options, wanted, wantedAddresses);
}

/** Addresses on kube-ipvs0, read from the kernel. */
export function boundAddresses(host: HostKernel): Ipv4[] {
  return host
    .addresses()
    .filter(({ device }) => device === DUMMY_DEVICE)
    .map(({ prefix }) => prefix.address);
}

/** All addresses of the node but those on kube-ipvs0 and lo. */
function otherAddresses(host: HostKernel): Ipv4[] {
  return host
    .addresses()
    .filter(({ device }) => device !== DUMMY_DEVICE && device !== 'lo')
    .map(({ prefix }) => prefix.address);
}

function program(host: HostKernel, { protocol, ip, port, endpoints }: Wanted): void {
  host.ipvs.addServer({ protocol, ip, port });
  host.ipvs.setDestinations(protocol, ip, port, endpoints);
}

/** Node ports are served on the node's addresses and bind nothing. */
function nodePortServers(
  { traits }: IpvsOptions,
  desired: Desired,
  own: ReadonlySet<Ipv4>,
  bound: ReadonlySet<Ipv4>,
): Wanted[] {
  const addresses = [...own].filter((ip) => traits.nodePortAddresses === 'other-devices' || !bound.has(ip));
  return desired.nodePorts.flatMap(({ protocol, nodePort = 0, endpoints }) =>
    addresses.map((ip) => ({ protocol, ip, port: nodePort, endpoints })),
  );
}

/** KUBE-IPVS-IPS holds what this node binds: all nodes but an owner that does not share one set. */
function rulesOf(rules: ServiceRules, wantedAddresses: ReadonlySet<Ipv4>): ServiceRules {
  const filter = rules.ipvsFilter;
  if (!filter || filter.bound.size === wantedAddresses.size) return rules;
  return { ...rules, ipvsFilter: { allowed: filter.allowed, bound: wantedAddresses } };
}

/**
 * Virtual servers that nobody wants go, but for those in excludeCIDRs. Up to 1.27.1 an address goes only together with its virtual
 * server: one whose server was cleared by others, or is excluded, stays bound. Later every superfluous address goes.
 */
function cleanUp(
  { host, traits, excludeCIDRs }: IpvsOptions,
  wanted: ReadonlyMap<string, Wanted>,
  keep: ReadonlySet<Ipv4>,
): void {
  const superfluous = new Set(boundAddresses(host).filter((ip) => !keep.has(ip)));
  for (const { protocol, ip, port } of host.ipvs.servers()) {
    if (wanted.has(serviceKey(protocol, ip, port))) continue;
    if (excludeCIDRs.some((cidr) => contains(cidr, ip))) continue;
    host.ipvs.deleteServer(protocol, ip, port);
    if (traits.unbinds !== 'with-servers' || !superfluous.delete(ip)) continue;
    host.deleteAddress(DUMMY_DEVICE, ip);
  }
  if (traits.unbinds === 'superfluous') for (const ip of superfluous) host.deleteAddress(DUMMY_DEVICE, ip);
}
