/**
 * What iptables and nftables mode have in common: every address and port of a Service, with where it goes and what becomes of it
 * without endpoints. Both only take the one port of an address and bind nothing.
 */
import type { Ipv4 } from '../../base/ip.js';
import type { Endpoint } from '../../net/sockets.js';
import { serviceKey } from '../../net/sockets.js';
import type { Desired } from './desired.js';
import { externalEndpoints } from './desired.js';
import type { ServicePortInfo } from './service-port.js';

export type TargetKind = 'cluster' | 'external' | 'load-balancer' | 'node-port';

export interface Target {
  readonly key: string;
  readonly kind: TargetKind;
  readonly service: ServicePortInfo;
  readonly ip: Ipv4;
  readonly port: number;
  readonly endpoints: readonly Endpoint[];
}

/** `skipped`: external addresses, as keys, that this node leaves out. */
export function targetsOf(
  desired: Desired,
  nodeName: string,
  skipped: ReadonlySet<string>,
  nodeIPs: readonly Ipv4[],
): Target[] {
  const targets: Target[] = [];
  for (const service of desired.ports) {
    const outside = externalEndpoints(service, nodeName);
    const add = (kind: TargetKind, ip: Ipv4, port: number, endpoints: readonly Endpoint[]) => {
      const key = serviceKey(service.protocol, ip, port);
      if (!skipped.has(key)) targets.push({ key, kind, service, ip, port, endpoints });
    };
    add('cluster', service.clusterIP, service.port, service.endpoints);
    for (const ip of service.externalIPs) add('external', ip, service.port, outside);
    for (const ip of service.loadBalancerIPs) add('load-balancer', ip, service.port, outside);
    if (service.nodePort !== 0) for (const ip of nodeIPs) add('node-port', ip, service.nodePort, outside);
  }
  return targets;
}
