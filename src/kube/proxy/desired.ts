/**
 * What all kube-proxies that know the same Services and EndpointSlices want: service ports in order, what changed since another
 * view, and rule sets by what differs between nodes. Computed once for each view and shared; a node adds its own addresses.
 */

import type { Endpoint, ServiceRules } from '../../net/sockets.js';
import type { EndpointSlice, Service } from '../api/objects.js';
import type { View } from '../client/shared-view.js';
import type { ServicePortInfo } from './service-port.js';
import { SERVICE_LABEL, ServicePorts } from './service-port.js';

export interface PortChanges {
  readonly added: readonly ServicePortInfo[];
  readonly updated: readonly ServicePortInfo[];
  readonly removed: readonly ServicePortInfo[];
}

export class Desired {
  /** Ordered by name. */
  readonly ports: readonly ServicePortInfo[];
  readonly hasNodePorts: boolean;
  readonly hasLocalPolicy: boolean;
  readonly #byName: ReadonlyMap<string, ServicePortInfo>;
  readonly #rules = new Map<string, ServiceRules>();
  readonly #changes = new WeakMap<Desired, PortChanges>();

  constructor(ports: readonly ServicePortInfo[]) {
    this.ports = [...ports].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    this.#byName = new Map(this.ports.map((port) => [port.name, port]));
    this.hasNodePorts = ports.some(({ nodePort }) => nodePort !== 0);
    this.hasLocalPolicy = ports.some(({ externalLocal }) => externalLocal);
  }

  /** The rule set of all nodes that differ in `difference` alone; the empty string for most. */
  rules(difference: string, make: () => ServiceRules): ServiceRules {
    let rules = this.#rules.get(difference);
    if (!rules) {
      rules = make();
      this.#rules.set(difference, rules);
    }
    return rules;
  }

  changesSince(before: Desired): PortChanges {
    let changes = this.#changes.get(before);
    if (!changes) {
      const added: ServicePortInfo[] = [];
      const updated: ServicePortInfo[] = [];
      for (const port of this.ports) {
        const old = before.#byName.get(port.name);
        if (!old) added.push(port);
        else if (!samePort(old, port)) updated.push(port);
      }
      const removed = before.ports.filter(({ name }) => !this.#byName.has(name));
      changes = { added, updated, removed };
      this.#changes.set(before, changes);
    }
    return changes;
  }
}

/** Endpoints are no part of a service port. */
function samePort(a: ServicePortInfo, b: ServicePortInfo): boolean {
  const same = (x: readonly number[], y: readonly number[]) => x.length === y.length && x.every((v, i) => v === y[i]);
  return (
    a.clusterIP === b.clusterIP &&
    a.port === b.port &&
    a.protocol === b.protocol &&
    a.nodePort === b.nodePort &&
    a.externalLocal === b.externalLocal &&
    same(a.externalIPs, b.externalIPs) &&
    same(a.loadBalancerIPs, b.loadBalancerIPs)
  );
}

/** The endpoints that outside traffic goes to on this node. */
export function externalEndpoints(port: ServicePortInfo, node: string): readonly Endpoint[] {
  return port.externalLocal ? port.endpoints.filter((endpoint) => endpoint.node === node) : port.endpoints;
}

/** Makes {@link Desired} values, once for each pair of views and set of options; one for a cluster. */
export class DesiredSource {
  readonly #servicePorts = new ServicePorts();
  readonly #made = new WeakMap<View<Service>, WeakMap<View<EndpointSlice>, Map<string, Desired>>>();

  /** `variant` names kube-proxy's version and configuration; `externalIPs` false leaves them out. */
  of(services: View<Service>, slices: View<EndpointSlice>, variant: string, externalIPs: boolean): Desired {
    let bySlices = this.#made.get(services);
    if (!bySlices) {
      bySlices = new WeakMap();
      this.#made.set(services, bySlices);
    }
    let byVariant = bySlices.get(slices);
    if (!byVariant) {
      byVariant = new Map();
      bySlices.set(slices, byVariant);
    }
    let desired = byVariant.get(variant);
    if (!desired) {
      desired = new Desired(this.#ports(services, slices, externalIPs));
      byVariant.set(variant, desired);
    }
    return desired;
  }

  #ports(services: View<Service>, slices: View<EndpointSlice>, externalIPs: boolean): ServicePortInfo[] {
    const ofService = new Map<string, EndpointSlice[]>();
    for (const slice of slices.items.values()) {
      const name = slice.metadata.labels?.[SERVICE_LABEL];
      if (name === undefined || slice.addressType !== 'IPv4') continue;
      const key = `${slice.metadata.namespace}/${name}`;
      const known = ofService.get(key);
      if (known) known.push(slice);
      else ofService.set(key, [slice]);
    }
    const ports: ServicePortInfo[] = [];
    for (const [key, service] of services.items) {
      for (const port of this.#servicePorts.of(service, ofService.get(key) ?? [])) {
        ports.push(externalIPs || port.externalIPs.length === 0 ? port : { ...port, externalIPs: [] });
      }
    }
    return ports;
  }
}
