/**
 * The nftables proxier: the map service-ips sends an address and port to its chain; no-endpoint-services refuses on all three hooks.
 * Source: pkg/proxy/nftables/proxier.go of v1.34.2. Departs: chains of
 * endpoints are left out of the text; externalTrafficPolicy Local as in iptables.ts.
 */
import type { Prefix } from '../../base/ip.js';
import { formatIpv4, formatPrefix } from '../../base/ip.js';
import type { Masquerade, ServiceRules } from '../../net/sockets.js';
import { nftablesChainBase } from './chains.js';
import type { Desired } from './desired.js';
import type { Target } from './dnat.js';
import { targetsOf } from './dnat.js';
import { addressesOf, nodePortAddresses } from './node-addresses.js';
import type { Proxier, ProxierOptions } from './proxier.js';
import { SharedRules } from './shared-rules.js';

export class NftablesProxier implements Proxier {
  readonly #options: ProxierOptions;

  constructor(options: ProxierOptions) {
    this.#options = options;
  }

  prepare(): void {}

  sync(desired: Desired): void {
    const { host, nodeName, traits, clusterCIDR } = this.#options;
    const nodeIPs = desired.hasNodePorts ? nodePortAddresses(addressesOf(host), traits) : [];
    const node = desired.hasLocalPolicy ? nodeName : '';
    const difference = [node, '|', ...nodeIPs].join(' ');
    host.setServiceRules(
      desired.rules(difference, () => nftablesRules(targetsOf(desired, nodeName, new Set(), nodeIPs), clusterCIDR)),
    );
  }
}

export function nftablesRules(targets: readonly Target[], clusterCIDR: Prefix): ServiceRules {
  const dnat: Map<string, { endpoints: Target['endpoints']; local: 'any'; masquerade: Masquerade }> = new Map();
  const rejects = new Map<string, { input: boolean; forward: boolean; output: boolean }>();
  for (const { key, kind, endpoints, service } of targets) {
    if (endpoints.length > 0) {
      const masquerade = kind === 'cluster' ? clusterCIDR : !service.externalLocal;
      dnat.set(key, { endpoints, local: 'any', masquerade });
    } else if (service.endpoints.length === 0) rejects.set(key, { input: true, forward: true, output: true });
  }
  return new SharedRules({ dnat, rejects, masquerade: new Map() }, () => textOf(targets, clusterCIDR));
}

/** Elements and rules as `nft list table ip kube-proxy` prints them. */
function textOf(targets: readonly Target[], clusterCIDR: Prefix): { chain: string; text: string }[] {
  const lines: { chain: string; text: string }[] = [];
  const made = new Set<string>();
  for (const { service, kind, ip, port, endpoints } of targets) {
    const protocol = service.protocol.toLowerCase();
    const element = `${formatIpv4(ip)} . ${protocol} . ${port}`;
    if (endpoints.length === 0) {
      lines.push({ chain: 'no-endpoint-services', text: `${element} comment "${service.name}" : goto reject-chain` });
      continue;
    }
    const base = nftablesChainBase(service.name, protocol);
    const serviceChain = `service-${base}`;
    const chain = kind === 'cluster' ? serviceChain : `external-${base}`;
    lines.push({ chain: 'service-ips', text: `${element} : goto ${chain}` });
    if (made.has(chain)) continue;
    made.add(chain);
    if (kind !== 'cluster') {
      lines.push({ chain, text: 'jump mark-for-masquerade' }, { chain, text: `goto ${serviceChain}` });
      continue;
    }
    const outside = `ip saddr != ${formatPrefix(clusterCIDR)}`;
    lines.push({
      chain,
      text: `ip daddr ${formatIpv4(ip)} ${protocol} dport ${port} ${outside} jump mark-for-masquerade`,
    });
    const vmap = endpoints.map((endpoint, i) => `${i} : goto endpoint-${formatIpv4(endpoint.ip)}/${endpoint.port}`);
    lines.push({ chain, text: `numgen random mod ${endpoints.length} vmap { ${vmap.join(', ')} }` });
  }
  return lines;
}
