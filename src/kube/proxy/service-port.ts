/**
 * Services and EndpointSlices as kube-proxy's trackers see them: one entry a service port, with its addresses and endpoints.
 * Source: pkg/proxy/service.go, servicechangetracker.go, endpointslicecache.go. IPv4 only: other addresses are left out, as the
 * IPv4 proxier does. Left out: session affinity, topology, terminating endpoints, SCTP, source ranges.
 */
import type { Ipv4 } from '../../base/ip.js';
import { formatIpv4, parseIpv4 } from '../../base/ip.js';
import type { EndpointSlice, Service } from '../api/objects.js';

export interface ProxyEndpoint {
  readonly ip: Ipv4;
  readonly port: number;
  readonly node: string | undefined;
}

export interface ServicePortInfo {
  /** `default/busybox`, or `default/busybox:http` where the port has a name. */
  readonly name: string;
  readonly protocol: 'TCP' | 'UDP';
  readonly clusterIP: Ipv4;
  readonly port: number;
  /** 0: none. */
  readonly nodePort: number;
  readonly externalIPs: readonly Ipv4[];
  readonly loadBalancerIPs: readonly Ipv4[];
  /** externalTrafficPolicy Local: outside traffic goes to endpoints of the same node. */
  readonly externalLocal: boolean;
  readonly endpoints: readonly ProxyEndpoint[];
}

interface Memo {
  readonly slices: readonly EndpointSlice[];
  readonly ports: readonly ServicePortInfo[];
}

/** The label by which a slice names its Service. */
export const SERVICE_LABEL = 'kubernetes.io/service-name';

/** Computed once for the same objects. */
export class ServicePorts {
  readonly #memo = new WeakMap<Service, Memo>();

  of(service: Service, slices: readonly EndpointSlice[]): readonly ServicePortInfo[] {
    const known = this.#memo.get(service);
    if (known && known.slices.length === slices.length && known.slices.every((slice, i) => slice === slices[i])) {
      return known.ports;
    }
    const ports = portsOf(service, slices);
    this.#memo.set(service, { slices, ports });
    return ports;
  }
}

function portsOf(service: Service, slices: readonly EndpointSlice[]): ServicePortInfo[] {
  const { spec, metadata, status } = service;
  const clusterIP = parseIpv4(spec.clusterIP ?? '');
  if (clusterIP === undefined || spec.type === 'ExternalName') return [];
  const addresses = (texts: readonly (string | undefined)[]) =>
    texts.map((text) => parseIpv4(text ?? '')).filter((ip): ip is Ipv4 => ip !== undefined);
  return (spec.ports ?? [])
    .filter(({ protocol }) => protocol === 'TCP' || protocol === 'UDP')
    .map(({ name = '', protocol, port, nodePort = 0 }) => ({
      name: `${metadata.namespace}/${metadata.name}${name === '' ? '' : `:${name}`}`,
      protocol: protocol as 'TCP' | 'UDP',
      clusterIP,
      port,
      nodePort,
      externalIPs: addresses(spec.externalIPs ?? []),
      loadBalancerIPs: addresses((status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip)),
      externalLocal: spec.externalTrafficPolicy === 'Local',
      endpoints: endpointsOf(slices, name, protocol as string),
    }));
}

function endpointsOf(slices: readonly EndpointSlice[], name: string, protocol: string): ProxyEndpoint[] {
  const found = new Map<string, ProxyEndpoint>();
  for (const slice of slices) {
    const port = slice.ports.find((entry) => (entry.name ?? '') === name && entry.protocol === protocol);
    if (!port) continue;
    for (const { addresses, conditions, nodeName } of slice.endpoints) {
      const ip = parseIpv4(addresses[0] ?? '');
      if (ip === undefined || !conditions.ready) continue;
      found.set(`${ip}:${port.port}`, { ip, port: port.port, node: nodeName });
    }
  }
  return [...found.values()].sort((a, b) => a.ip - b.ip || a.port - b.port);
}

/** `10.0.238.86:8888/TCP`: as kube-proxy's lines name a service port. */
export function renderPort({ clusterIP, port, protocol }: ServicePortInfo): string {
  return `${formatIpv4(clusterIP)}:${port}/${protocol}`;
}
