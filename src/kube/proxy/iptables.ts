/**
 * The iptables proxier: DNAT in nat, REJECT in filter for Services without endpoints; no address is bound.
 * Source: pkg/proxy/iptables/proxier.go of v1.20.10 and v1.34.2 (KUBE-SERVICES at PREROUTING and OUTPUT; KUBE-EXTERNAL-SERVICES at
 * INPUT and FORWARD). Departs: chains of endpoints (KUBE-SEP) are left out of the text; with externalTrafficPolicy Local and no
 * endpoint on this node outside traffic is not dropped, and what the node itself sends is not spread over the others.
 */
import type { Prefix } from '../../base/ip.js';
import { formatIpv4, formatPrefix } from '../../base/ip.js';
import type { Masquerade, ServiceRules } from '../../net/sockets.js';
import type { Traits } from '../versions.js';
import { iptablesChainHash } from './chains.js';
import type { Desired } from './desired.js';
import type { Target } from './dnat.js';
import { targetsOf } from './dnat.js';
import { heldExternals } from './held-externals.js';
import { addressesOf, nodePortAddresses } from './node-addresses.js';
import type { Proxier, ProxierOptions } from './proxier.js';
import { SharedRules } from './shared-rules.js';

export class IptablesProxier implements Proxier {
  readonly #options: ProxierOptions;

  constructor(options: ProxierOptions) {
    this.#options = options;
  }

  prepare(): void {
    this.#options.host.setSysctl('net.ipv4.conf.all.route_localnet', '1');
  }

  sync(desired: Desired): void {
    const { host, nodeName, traits, clusterCIDR, held } = this.#options;
    const addresses = addressesOf(host);
    const skipped = heldExternals(desired, addresses, this.#options);
    const nodeIPs = desired.hasNodePorts ? nodePortAddresses(addresses, traits) : [];
    const node = desired.hasLocalPolicy ? nodeName : '';
    const difference = [node, '|', ...skipped, '|', ...nodeIPs].join(' ');
    const make = () => iptablesRules(targetsOf(desired, nodeName, skipped, nodeIPs), traits, clusterCIDR);
    host.setServiceRules(desired.rules(difference, make));
    held.settle();
  }
}

export function iptablesRules(targets: readonly Target[], traits: Traits, clusterCIDR: Prefix): ServiceRules {
  const dnat: Map<string, { endpoints: Target['endpoints']; local: 'any' | 'to-local'; masquerade: Masquerade }> =
    new Map();
  const rejects = new Map<string, { input: boolean; forward: boolean; output: boolean }>();
  for (const { key, kind, endpoints, service } of targets) {
    const inside = kind === 'cluster';
    if (endpoints.length > 0) {
      const local = kind === 'external' ? traits.localExternal : 'any';
      dnat.set(key, { endpoints, local, masquerade: inside ? clusterCIDR : !service.externalLocal });
    } else if (service.endpoints.length === 0) {
      rejects.set(key, { input: !inside, forward: true, output: inside });
    }
  }
  return new SharedRules({ dnat, rejects, masquerade: new Map() }, () => textOf(targets, traits, clusterCIDR));
}

function textOf(targets: readonly Target[], traits: Traits, clusterCIDR: Prefix): { chain: string; text: string }[] {
  const rejected: { chain: string; text: string }[] = [];
  const services: { chain: string; text: string }[] = [];
  const chains: { chain: string; text: string }[] = [];
  const add = (list: { chain: string; text: string }[], chain: string, text: string) =>
    list.push({ chain, text: `-A ${chain} ${text}` });
  const made = new Set<string>();
  for (const target of targets) {
    const { service, kind, endpoints } = target;
    const protocol = service.protocol.toLowerCase();
    const to = `-d ${formatIpv4(target.ip)}/32 -p ${protocol}`;
    const port = `-m ${protocol} --dport ${target.port}`;
    if (endpoints.length === 0) {
      const chain = kind === 'cluster' ? 'KUBE-SERVICES' : 'KUBE-EXTERNAL-SERVICES';
      const why = `-m comment --comment "${service.name} has no endpoints"`;
      add(rejected, chain, `${to} ${why} ${port} -j REJECT --reject-with icmp-port-unreachable`);
      continue;
    }
    const comment = `-m comment --comment "${service.name} ${COMMENT[kind]}"`;
    const hash = iptablesChainHash(service.name, service.protocol);
    const external = kind !== 'cluster' && traits.localExternal === 'any';
    const chain = `KUBE-${external ? 'EXT' : 'SVC'}-${hash}`;
    if (kind === 'external' && traits.localExternal === 'to-local') {
      add(services, 'KUBE-SERVICES', `${to} ${comment} ${port} -j KUBE-MARK-MASQ`);
      const offNode = '-m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL';
      add(services, 'KUBE-SERVICES', `${to} ${comment} ${port} ${offNode} -j ${chain}`);
      add(services, 'KUBE-SERVICES', `${to} ${comment} ${port} -m addrtype --dst-type LOCAL -j ${chain}`);
    } else {
      if (kind === 'cluster') {
        const outside = `! -s ${formatPrefix(clusterCIDR)} ${to} ${comment} ${port} -j KUBE-MARK-MASQ`;
        if (traits.localExternal === 'any') add(chains, chain, outside);
        else add(services, 'KUBE-SERVICES', outside);
      }
      add(services, 'KUBE-SERVICES', `${to} ${comment} ${port} -j ${chain}`);
    }
    if (made.has(chain)) continue;
    made.add(chain);
    if (external) {
      add(
        chains,
        chain,
        `-m comment --comment "masquerade traffic for ${service.name} external destinations" -j KUBE-MARK-MASQ`,
      );
      add(chains, chain, `-j KUBE-SVC-${hash}`);
    }
    for (const { ip, port: at } of endpoints) {
      add(
        chains,
        `KUBE-SVC-${hash}`,
        `-m comment --comment "${service.name} -> ${formatIpv4(ip)}:${at}" -j DNAT --to-destination ${formatIpv4(ip)}:${at}`,
      );
    }
  }
  return [...rejected, ...services, ...chains];
}

const COMMENT = {
  cluster: 'cluster IP',
  external: 'external IP',
  'load-balancer': 'loadbalancer IP',
  'node-port': 'nodePort',
} as const;
