/** Whose an address of the cluster's network is, for what a probe has seen. Knows what kind and Docker have given out, and asks nobody else. */
import { type Ipv4, ipv4 } from '../../src/base/ip.js';
import { gatewayOf } from '../../src/evidence/snapshot.js';
import { controlPlaneOf, type KindCluster } from './cluster.js';
import type { Owners } from './measure.js';

export function ownersOf(
  { nodes, subnet }: Pick<KindCluster, 'nodes' | 'subnet'>,
  macOwners: Owners['macOwners'],
): Owners {
  const byIp = new Map<Ipv4, string>(nodes.map(({ name, ip }) => [ipv4(ip), name]));
  byIp.set(ipv4(gatewayOf(subnet)), 'gateway');
  const byKubernetes = new Map(nodes.map(({ name, container }) => [container, name]));
  const server = controlPlaneOf(nodes).ip;
  return {
    ownerOf: (ip) => byIp.get(ip),
    apiServer: () => ipv4(server),
    nodeNamed: (kubernetesName) => byKubernetes.get(kubernetesName),
    macOwners,
  };
}
