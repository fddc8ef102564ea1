/**
 * Services and EndpointSlices as kube-proxy sees them: one row a Service port, with the endpoints that are ready.
 * Source: pkg/proxy/servicechangetracker.go, endpointschangetracker.go. Departs from it: session affinity, topology hints
 * and terminating endpoints are left out.
 */
import type { Ipv4 } from '../../base/ip.js';
import { parseIpv4 } from '../../base/ip.js';
import { fnv1a } from '../../base/random.js';
import type { Endpoint } from '../../net/sockets.js';
import type { EndpointSlice, Service } from '../api/objects.js';
import { keyOf } from '../api/objects.js';

const SERVICE_OF_SLICE = 'kubernetes.io/service-name';

export interface ServicePortRow {
  /** `default/busybox`, or `default/busybox:http` where the port has a name. */
  readonly name: string;
  readonly protocol: 'TCP' | 'UDP';
  readonly port: number;
  readonly clusterIP: Ipv4;
  readonly externalIPs: readonly Ipv4[];
  readonly loadBalancerIPs: readonly Ipv4[];
  readonly nodePort: number | undefined;
  /** externalTrafficPolicy Local. */
  readonly localOnly: boolean;
  readonly endpoints: readonly Endpoint[];
}

/** A sum over (uid, resourceVersion): the same on every node that has heard the same, in whatever order. */
export function fingerprint(objects: Iterable<Service | EndpointSlice>): string {
  let count = 0;
  let low = 0;
  let high = 0;
  for (const { metadata } of objects) {
    count++;
    low = (low + fnv1a(`${metadata.uid}@${metadata.resourceVersion}`)) | 0;
    high = (high + fnv1a(`${metadata.resourceVersion}#${metadata.uid}`)) | 0;
  }
  return `${count}.${low}.${high}`;
}

export function servicePorts(services: Iterable<Service>, slices: Iterable<EndpointSlice>): ServicePortRow[] {
  const byService = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const service = `${slice.metadata.namespace}/${slice.metadata.labels?.[SERVICE_OF_SLICE]}`;
    byService.set(service, [...(byService.get(service) ?? []), slice]);
  }
  const rows: ServicePortRow[] = [];
  const sorted = [...services].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  for (const service of sorted) rows.push(...rowsOf(service, byService.get(keyOf(service)) ?? []));
  return rows;
}

function rowsOf(service: Service, slices: readonly EndpointSlice[]): ServicePortRow[] {
  const { spec } = service;
  const clusterIP = parseIpv4(spec.clusterIP ?? '');
  // Headless and ExternalName Services, and IPv6 ones, give kube-proxy nothing to do here.
  if (clusterIP === undefined) return [];
  const shared = {
    clusterIP,
    externalIPs: addresses(spec.externalIPs ?? []),
    loadBalancerIPs: addresses((service.status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip ?? '')),
    localOnly: spec.externalTrafficPolicy === 'Local',
  };
  return (spec.ports ?? []).flatMap(({ name, protocol = 'TCP', port, nodePort }) => {
    if (protocol !== 'TCP' && protocol !== 'UDP') return [];
    const suffix = name === undefined || name === '' ? '' : `:${name}`;
    return [
      {
        ...shared,
        name: `${keyOf(service)}${suffix}`,
        protocol,
        port,
        nodePort,
        endpoints: readyEndpoints(slices, name),
      },
    ];
  });
}

function addresses(texts: readonly string[]): Ipv4[] {
  return texts.map(parseIpv4).filter((ip) => ip !== undefined);
}

/** In the order of their addresses, as the proxier sorts them. */
function readyEndpoints(slices: readonly EndpointSlice[], portName: string | undefined): Endpoint[] {
  const found: Endpoint[] = [];
  for (const slice of slices)
    for (const { name, port } of slice.ports) {
      if ((name ?? '') !== (portName ?? '')) continue;
      for (const endpoint of slice.endpoints) {
        const ip = parseIpv4(endpoint.addresses[0] ?? '');
        if (ip !== undefined && endpoint.conditions.ready) found.push({ ip, port });
      }
    }
  return found.sort((a, b) => a.ip - b.ip || a.port - b.port);
}
