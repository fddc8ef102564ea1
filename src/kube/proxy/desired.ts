/**
 * What kube-proxy wants on a node, computed from Service ports by mode and version. The result holds for every node with the same view
 * and is shared between them ({@link DesiredCache}); what depends on the node's own addresses is settled where it is applied.
 * Source: pkg/proxy/{ipvs,iptables,nftables}/proxier.go, syncProxyRules.
 */
import type { Ipv4 } from '../../base/ip.js';
import type { Endpoint, ServiceRules } from '../../net/sockets.js';
import { serviceKey } from '../../net/sockets.js';
import type { EndpointSlice, Service } from '../api/objects.js';
import type { Traits } from '../versions.js';
import type { RuleRow } from './rules-text.js';
import { iptablesText, ipvsText, nftablesText } from './rules-text.js';
import type { ServicePortRow } from './service-ports.js';
import { fingerprint, servicePorts } from './service-ports.js';

export type Mode = 'ipvs' | 'iptables' | 'nftables';

/** Where a Service can be reached; `owner` is the Service's port name. */
export interface Frontend {
  readonly owner: string;
  readonly protocol: 'TCP' | 'UDP';
  readonly ip: Ipv4;
  readonly port: number;
  readonly kind: 'cluster' | 'external' | 'load-balancer';
  readonly localOnly: boolean;
  readonly endpoints: readonly Endpoint[];
}

export interface Desired {
  readonly frontends: readonly Frontend[];
  readonly nodePorts: readonly ServicePortRow[];
  readonly rules: ServiceRules;
}

export interface DesiredOptions {
  readonly mode: Mode;
  readonly traits: Traits;
  readonly version: string;
  /** The gate AllowServiceExternalIPs; true where it does not exist. */
  readonly externalIPs: boolean;
}

/** The views of one cluster's nodes: nodes that heard the same and are of one version and mode compute once. */
export class DesiredCache {
  readonly #known = new Map<string, Desired>();

  get(
    options: DesiredOptions,
    services: ReadonlyMap<string, Service>,
    slices: ReadonlyMap<string, EndpointSlice>,
  ): Desired {
    const { mode, version, externalIPs } = options;
    const key = `${mode}/${version}/${externalIPs}/${fingerprint(services.values())}/${fingerprint(slices.values())}`;
    let desired = this.#known.get(key);
    if (!desired) {
      desired = computeDesired(options, servicePorts(services.values(), slices.values()));
      if (this.#known.size >= CACHE_SIZE) this.#known.clear();
      this.#known.set(key, desired);
    }
    return desired;
  }
}

const CACHE_SIZE = 32;

export function computeDesired(options: DesiredOptions, ports: readonly ServicePortRow[]): Desired {
  const frontends = ports.flatMap((row) => frontendsOf(row, options.externalIPs));
  const nodePorts = ports.filter(({ nodePort }) => nodePort !== undefined && nodePort > 0);
  const rules = options.mode === 'ipvs' ? ipvsRules(options, frontends) : natRules(options, frontends);
  return { frontends, nodePorts, rules };
}

function frontendsOf(row: ServicePortRow, externalIPs: boolean): Frontend[] {
  const { name: owner, protocol, port, endpoints, localOnly } = row;
  const at = (kind: Frontend['kind'], ip: Ipv4): Frontend => ({
    owner,
    protocol,
    ip,
    port,
    kind,
    localOnly,
    endpoints,
  });
  return [
    at('cluster', row.clusterIP),
    ...(externalIPs ? row.externalIPs.map((ip) => at('external', ip)) : []),
    ...row.loadBalancerIPs.map((ip) => at('load-balancer', ip)),
  ];
}

function keyOf({ protocol, ip, port }: Frontend): string {
  return serviceKey(protocol, ip, port);
}

/** IPVS leaves the choice of an endpoint to the kernel's table; netfilter only masquerades and, from 1.26, filters. */
function ipvsRules({ traits }: DesiredOptions, frontends: readonly Frontend[]): ServiceRules {
  const external = frontends.filter(({ kind }) => kind !== 'cluster');
  const masquerade = new Set(external.filter(({ localOnly }) => !localOnly).map(keyOf));
  const rules = { dnat: new Map(), rejects: new Map(), masquerade };
  if (traits.ipvsFilter === 'none') return withText(rules, () => ipvsText(traits, frontends));
  const passes = ({ kind, localOnly }: Frontend) => kind !== 'external' || !localOnly || traits.ipvsFilter === 'local';
  const allowed = new Set(frontends.filter(passes).map(keyOf));
  const bound = new Set(frontends.map(({ ip }) => ip));
  return withText({ ...rules, ipvsFilter: { allowed, bound } }, () => ipvsText(traits, frontends));
}

function natRules({ mode, traits }: DesiredOptions, frontends: readonly Frontend[]): ServiceRules {
  const dnat = new Map<string, { endpoints: readonly Endpoint[]; local: 'any' | 'to-local'; masquerade: boolean }>();
  const rejects = new Map<string, { input: boolean; forward: boolean; output: boolean }>();
  for (const frontend of frontends) {
    const key = keyOf(frontend);
    const { kind, endpoints } = frontend;
    if (endpoints.length > 0) {
      const local = kind === 'cluster' || mode === 'nftables' ? 'any' : traits.localExternal;
      if (!dnat.has(key)) dnat.set(key, { endpoints, local, masquerade: kind !== 'cluster' });
    } else {
      // KUBE-EXTERNAL-SERVICES hangs in INPUT and FORWARD, KUBE-SERVICES in FORWARD and OUTPUT; nftables has one map for all three.
      const all = mode === 'nftables';
      rejects.set(key, { input: all || kind !== 'cluster', forward: true, output: all || kind === 'cluster' });
    }
  }
  const text = mode === 'iptables' ? () => iptablesText(traits, frontends) : () => nftablesText(frontends);
  return withText({ dnat, rejects, masquerade: new Set() }, text);
}

/** The text is wanted only where somebody looks, and once. */
function withText(rules: Omit<ServiceRules, 'text'>, make: () => readonly RuleRow[]): ServiceRules {
  let made: readonly RuleRow[] | undefined;
  const text = () => {
    made ??= make();
    return made;
  };
  return { ...rules, text };
}
