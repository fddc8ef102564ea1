/**
 * The hosts of a cluster file as network namespaces on one bridge: its nodes, the router `gateway` at .1, and `outside`. The same
 * addresses and devices as on the simulator.
 */
import type { Ipv4, Prefix } from '../../src/base/ip.js';
import { formatIpv4, formatPrefix, ipv4, networkOf, prefix } from '../../src/base/ip.js';
import type { ClusterSpec, NodeSpec } from '../../src/scenario/model.js';
import { outsideAddress } from '../../src/sim/topology.js';
import { batch } from './ip-batch.js';
import type { AgentLine } from './line.js';
import { AgentError } from './line.js';
import type { LinuxHost } from './linux-host.js';

const BRIDGE = 'br0';

export interface Placed {
  readonly name: string;
  readonly device: string;
  readonly address: Prefix;
}

/** The hosts on the bridge, in the order in which they are plugged. */
export function placesOf(cluster: ClusterSpec): readonly Placed[] {
  const subnet = prefix(cluster.subnet);
  const place = (name: string, device: string, address: Ipv4) => ({
    name,
    device,
    address: { address, length: subnet.length },
  });
  return [
    ...cluster.nodes.map((node) => place(node.name, node.device, ipv4(node.ip))),
    place('gateway', 'eth0', networkOf(subnet) + 1),
    place('outside', 'eth0', outsideAddress(cluster)),
  ];
}

/** Makes the namespaces and their links; `hosts` by name, in namespaces of the same name. */
export async function plugHosts(
  line: AgentLine,
  cluster: ClusterSpec,
  hosts: ReadonlyMap<string, LinuxHost>,
): Promise<void> {
  const places = placesOf(cluster);
  for (const host of hosts.values()) host.create();
  await Promise.all([...hosts.values()].map((host) => host.settled()));
  const links = places.flatMap(({ name, device }, index) => [
    `link add v${index} type veth peer name ${device} netns ${hosts.get(name)?.options.ns}`,
    `link set v${index} master ${BRIDGE} up`,
  ]);
  await batch(line, [`link add ${BRIDGE} type bridge`, `link set ${BRIDGE} up`, ...links]);
  await Promise.all(places.map((place) => configure(place, cluster, hosts)));
}

async function configure(place: Placed, cluster: ClusterSpec, hosts: ReadonlyMap<string, LinuxHost>): Promise<void> {
  const { name, device, address } = place;
  const host = hosts.get(name);
  if (!host) throw new AgentError(`no host ${name}`);
  const gateway = networkOf(prefix(cluster.subnet)) + 1;
  host.setSysctl('net.ipv4.ip_forward', name === 'outside' ? '0' : '1');
  host.adopt(device, [address]);
  host.ip(`addr add ${formatPrefix(address)} dev ${device}`);
  host.ip(`link set ${device} up`);
  if (address.address !== gateway) host.ip(`route add default via ${formatIpv4(gateway)} dev ${device}`);
  const node = cluster.nodes.find((one) => one.name === name);
  if (node) furnish(host, node);
  await host.settled();
}

/** Further cards, in wires of their own that lead nowhere, and the node's sysctls. */
function furnish(host: LinuxHost, node: NodeSpec): void {
  for (const [index, { name, up, addresses }] of node.devices.entries()) {
    host.ip(`link add ${name} type veth peer name nowhere${index}`);
    host.adopt(name, addresses.map(prefix));
    if (up) host.ip(`link set ${name} up`);
    if (up) host.ip(`link set nowhere${index} up`);
    for (const address of addresses) host.ip(`addr add ${address} dev ${name}`);
  }
  for (const [key, value] of Object.entries(node.sysctls)) host.setSysctl(key, value);
}
