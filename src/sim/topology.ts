/**
 * The hosts of a cluster file on one wire: its nodes, the router `gateway` at .1, and `outside`, a host on the same link that is no node.
 * Sysctls of a node are what container hosts have (forwarding on), what its kernel's version has, and what the file says.
 */
import type { Ipv4 } from '../base/ip.js';
import { broadcastOf, formatPrefix, ipv4, networkOf, prefix } from '../base/ip.js';
import type { Host } from '../net/host.js';
import type { ClusterSpec, NodeSpec } from '../scenario/model.js';
import type { World } from './world.js';

export interface Topology {
  readonly gateway: Host;
  readonly gatewayIp: Ipv4;
  readonly outside: Host;
  readonly outsideIp: Ipv4;
}

/** `outside` has this address of the subnet, or the nearest free one, lower ones first. */
const OUTSIDE = 254;
/** tcp: make the first N SYN RTO backoffs linear. */
const LINEAR_SYN = { since: '6.5', timeouts: '4' } as const;
const CARD_MAC = 0x525400000000;

export function buildTopology(world: World, cluster: ClusterSpec): Topology {
  const subnet = prefix(cluster.subnet);
  const network = networkOf(subnet);
  const wire = world.wire();
  const gatewayIp = network + 1;
  const outsideIp = outsideAddress(cluster);
  const plug = (host: Host, device: string, address: Ipv4) => {
    world.attach(host, wire, device, { address, length: subnet.length });
    if (address !== gatewayIp) host.addRoute({ to: { address: 0, length: 0 }, via: gatewayIp, device });
  };
  for (const node of cluster.nodes) {
    const host = world.addHost(node.name);
    host.setSysctl('net.ipv4.ip_forward', '1');
    if (isFrom(cluster.kernel, LINEAR_SYN.since))
      host.setSysctl('net.ipv4.tcp_syn_linear_timeouts', LINEAR_SYN.timeouts);
    for (const [key, value] of Object.entries(node.sysctls)) host.setSysctl(key, value);
    plug(host, node.device, ipv4(node.ip));
    for (const extra of node.devices) addDevice(world, host, extra);
  }
  const gateway = world.addHost('gateway');
  gateway.setSysctl('net.ipv4.ip_forward', '1');
  plug(gateway, 'eth0', gatewayIp);
  const outside = world.addHost('outside');
  plug(outside, 'eth0', outsideIp);
  return { gateway, gatewayIp, outside, outsideIp };
}

/** Where the host outside stands, on every backend that lays out the hosts itself. */
export function outsideAddress(cluster: ClusterSpec): Ipv4 {
  const subnet = prefix(cluster.subnet);
  const used = new Set([networkOf(subnet) + 1, ...cluster.nodes.map((node) => ipv4(node.ip))]);
  const first = networkOf(subnet) + 2;
  const last = broadcastOf(subnet) - 1;
  const wanted = Math.min(networkOf(subnet) + OUTSIDE, last);
  for (let ip = wanted; ip >= first; ip--) if (!used.has(ip)) return ip;
  for (let ip = wanted + 1; ip <= last; ip++) if (!used.has(ip)) return ip;
  throw new Error(`${formatPrefix(subnet)} has no address left for the host outside`);
}

/** Kernel versions, major and minor: 6.1 is before 6.18. */
function isFrom(kernel: string, since: string): boolean {
  const [major = 0, minor = 0] = kernel.split('.').map(Number);
  const [fromMajor = 0, fromMinor = 0] = since.split('.').map(Number);
  return major > fromMajor || (major === fromMajor && minor >= fromMinor);
}

/** A second network card, in a wire of its own that leads nowhere. */
function addDevice(world: World, host: Host, spec: NodeSpec['devices'][number]): void {
  const mac = CARD_MAC + host.options.ordinal * 256 + host.interfaces.all().length;
  const device = world.plug(host, world.wire(), spec.name, mac);
  if (spec.up) host.interfaces.setUp(device);
  for (const address of spec.addresses) host.interfaces.addAddress(device, prefix(address));
}
