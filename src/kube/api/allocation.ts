/**
 * Cluster IPs and node ports of Services: drawn at random, each given once.
 * Source: pkg/registry/core/service/ipallocator, portallocator. Left out: the band for static addresses (1.24 and later).
 */
import type { Ipv4, Prefix } from '../../base/ip.js';
import { broadcastOf, contains, formatIpv4, networkOf, parseIpv4 } from '../../base/ip.js';
import type { RandomStream } from '../../base/random.js';
import { type FieldError, forbidden, invalid } from './field-error.js';
import type { Service, ServicePort } from './objects.js';

const NODE_PORT_MIN = 30_000;
const NODE_PORT_MAX = 32_767;
const TRIES = 64;

export class ServiceAllocator {
  readonly #addresses = new Set<Ipv4>();
  readonly #nodePorts = new Set<number>();

  constructor(
    readonly subnet: Prefix,
    readonly random: RandomStream,
  ) {}

  /** The service with its addresses and ports, or why it cannot have them. What it holds already in `before` it keeps. */
  allocate(service: Service, before: Service | undefined): { service: Service } | { errors: FieldError[] } {
    const { spec } = service;
    if (spec.type === 'ExternalName') return { service };
    const held = before?.spec.clusterIP;
    const wanted = spec.clusterIP === undefined || spec.clusterIP === '' ? held : spec.clusterIP;
    let clusterIP = wanted;
    if (wanted === undefined) {
      const drawn = this.#draw();
      if (drawn === undefined) return { errors: [invalid('spec.clusterIPs', [], 'range is full')] };
      clusterIP = formatIpv4(drawn);
    } else if (wanted !== 'None' && wanted !== held) {
      const problem = this.#refuse(wanted, held);
      if (problem) return { errors: [problem] };
    }
    const ports = this.#ports(service, before);
    if ('errors' in ports) return ports;
    const ip = clusterIP === undefined ? undefined : parseIpv4(clusterIP);
    if (ip !== undefined) this.#addresses.add(ip);
    for (const { nodePort } of ports.ports) if (nodePort) this.#nodePorts.add(nodePort);
    const clusterIPs = clusterIP === undefined ? [] : [clusterIP];
    const family = { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack', internalTrafficPolicy: 'Cluster' };
    return {
      service: {
        ...service,
        spec: { ...family, ...spec, ...(clusterIP !== undefined && { clusterIP }), clusterIPs, ports: ports.ports },
      },
    };
  }

  release(service: Service): void {
    const ip = parseIpv4(service.spec.clusterIP ?? '');
    if (ip !== undefined) this.#addresses.delete(ip);
    for (const { nodePort } of service.spec.ports ?? []) if (nodePort) this.#nodePorts.delete(nodePort);
  }

  #refuse(wanted: string, held: string | undefined): FieldError | undefined {
    if (held !== undefined) return invalid('spec.clusterIPs[0]', [wanted], 'may not change once set');
    const ip = parseIpv4(wanted);
    const range = `${formatIpv4(networkOf(this.subnet))}/${this.subnet.length}`;
    const failed = 'failed to allocate IP';
    if (ip === undefined || !contains(this.subnet, ip)) {
      const text = `${failed} ${wanted}: the provided IP (${wanted}) is not in the valid range. The range of valid IPs is ${range}`;
      return invalid('spec.clusterIPs', [wanted], text);
    }
    const taken = this.#addresses.has(ip);
    return taken
      ? invalid('spec.clusterIPs', [wanted], `${failed} ${wanted}: provided IP is already allocated`)
      : undefined;
  }

  #draw(): Ipv4 | undefined {
    const first = networkOf(this.subnet) + 1;
    const last = broadcastOf(this.subnet) - 1;
    for (let i = 0; i < TRIES; i++) {
      const ip = this.random.integer(first, last);
      if (!this.#addresses.has(ip)) return ip;
    }
    for (let ip = first; ip <= last; ip++) if (!this.#addresses.has(ip)) return ip;
    return undefined;
  }

  #ports(service: Service, before: Service | undefined): { ports: ServicePort[] } | { errors: FieldError[] } {
    const wants = service.spec.type === 'NodePort' || service.spec.type === 'LoadBalancer';
    const held = new Map((before?.spec.ports ?? []).map((port) => [`${port.protocol}/${port.port}`, port.nodePort]));
    const errors: FieldError[] = [];
    const taken = new Set([...held.values()]);
    const ports = (service.spec.ports ?? []).map((port, index) => {
      const { nodePort: _, ...bare } = port;
      if (!wants) return bare;
      const kept = held.get(`${port.protocol}/${port.port}`);
      const nodePort = port.nodePort || kept || this.#drawNodePort();
      if (nodePort < NODE_PORT_MIN || nodePort > NODE_PORT_MAX) {
        const text = `provided port is not in the valid range. The range of valid ports is ${NODE_PORT_MIN}-${NODE_PORT_MAX}`;
        errors.push(invalid(`spec.ports[${index}].nodePort`, nodePort, text));
      } else if (this.#nodePorts.has(nodePort) && !taken.has(nodePort)) {
        errors.push(forbidden(`spec.ports[${index}].nodePort`, 'provided port is already allocated'));
      }
      return { ...bare, nodePort };
    });
    return errors.length > 0 ? { errors } : { ports };
  }

  #drawNodePort(): number {
    for (;;) {
      const port = this.random.integer(NODE_PORT_MIN, NODE_PORT_MAX);
      if (!this.#nodePorts.has(port)) return port;
    }
  }
}
