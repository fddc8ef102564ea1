/**
 * Takes a snapshot: asks the API and every node, all at one instant as far as the testbed allows, and keeps the answers as rows.
 * Refuses to judge them. What the API does not have (no Service, no lease) is simply not there.
 */
import { formatIpv4, networkOf, prefix } from '../base/ip.js';
import type { Network, Testbed } from '../ports/testbed.js';
import type { KubeObject } from '../scenario/model.js';
import { ApiReader } from './api-rows.js';
import type { HostSnapshot, ServiceRow, Snapshot } from './rows.js';

/** Above this many nodes only routes to addresses that matter are asked for: all pairs would be quadratic. */
const ALL_PAIRS_NODES_MAX = 32;

/** The router of a cluster's subnet: its first address. */
export function gatewayOf(subnet: string): string {
  return formatIpv4(networkOf(prefix(subnet)) + 1);
}

/** Node addresses, the gateway, and Service addresses that are one of them. */
function routeTargets(testbed: Testbed, gateway: string, services: readonly ServiceRow[]): string[] {
  const nodes = testbed.nodes.map(({ ip }) => ip);
  const claimed = services.flatMap(({ externalIPs, loadBalancerIPs }) => [...externalIPs, ...loadBalancerIPs]);
  const own = new Set([...nodes, gateway]);
  if (nodes.length <= ALL_PAIRS_NODES_MAX) return [...own];
  const controlPlanes = testbed.nodes.filter(({ role }) => role === 'control-plane').map(({ ip }) => ip);
  return [...new Set([...controlPlanes, gateway, ...claimed.filter((ip) => own.has(ip))])];
}

async function takeHost(network: Network, host: string, targets: readonly string[]): Promise<HostSnapshot> {
  const routes = targets.map(async (to) => ({ to, answer: await network.routeGet(host, to) }));
  const [addresses, localTable, answers, neighbours, virtualServers, filters, sockets, counters] = await Promise.all([
    network.addresses(host),
    network.localTable(host),
    Promise.all(routes),
    network.neighbours(host),
    network.virtualServers(host),
    network.filters(host),
    network.sockets(host),
    network.counters(host),
  ]);
  return { host, addresses, localTable, routes: answers, neighbours, virtualServers, filters, sockets, counters };
}

async function takeApi(testbed: Testbed): Promise<Snapshot['api'] | undefined> {
  const { controlPlane, cluster, clock, proxyMode = cluster.kubeProxy.mode } = testbed;
  if (!controlPlane) return undefined;
  const list = (kind: string, namespace?: string): Promise<readonly KubeObject[]> => controlPlane.list(kind, namespace);
  const [services, slices, endpoints, nodes, leases, pods] = await Promise.all([
    list('Service'),
    list('EndpointSlice'),
    list('Endpoints'),
    list('Node'),
    list('Lease', 'kube-node-lease'),
    list('Pod'),
  ]);
  const reader = new ApiReader(clock.epoch ?? 0);
  return {
    services: services.map((service) => reader.service(service, slices, endpoints)),
    nodes: nodes.map((node) => reader.node(node, leases)),
    pods: pods.map((pod) => reader.pod(pod)),
    proxyMode,
    version: cluster.kubernetes ?? '',
  };
}

/** `id` is its folder in the bundle, `label` names the moment. Adapter errors pass through. */
export async function takeSnapshot(testbed: Testbed, id: string, label: string): Promise<Snapshot> {
  const at = testbed.clock.now();
  const gateway = gatewayOf(testbed.cluster.subnet);
  const api = await takeApi(testbed);
  const targets = routeTargets(testbed, gateway, api?.services ?? []);
  const hosts = await Promise.all(testbed.nodes.map(({ name }) => takeHost(testbed.network, name, targets)));
  return { id, label, at, ...(api && { api }), gateway, hosts };
}
