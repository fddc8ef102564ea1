/**
 * The iptables rules beside IPVS: what is masqueraded, and since 1.26 KUBE-IPVS-FILTER, which refuses new connections to bound
 * addresses at ports that are no Service's. Source: pkg/proxy/ipvs/proxier.go writeIptablesRules, ipset.go. Departs: KUBE-LOOP-BACK
 * holds every destination, the real one those of this node; who else would be sent to itself is nobody.
 */
import type { Ipv4, Prefix } from '../../base/ip.js';
import { formatPrefix } from '../../base/ip.js';
import type { Masquerade, ServiceRules } from '../../net/sockets.js';
import { serviceKey } from '../../net/sockets.js';
import type { Traits } from '../versions.js';
import type { Desired } from './desired.js';
import { SharedRules } from './shared-rules.js';

export interface IpvsNode {
  readonly binds: ReadonlySet<Ipv4>;
  readonly skipped: ReadonlySet<string>;
}

interface Sets {
  readonly cluster: Set<string>;
  readonly external: Set<string>;
  readonly externalLocal: Set<string>;
  readonly loadBalancer: Set<string>;
  readonly nodePort: Set<string>;
}

const COMMENTS = {
  loadBalancer: 'Kubernetes service lb portal',
  cluster: 'Kubernetes service cluster ip + port for masquerade purpose',
  external: 'Kubernetes service external ip + port for masquerade and filter purpose',
  externalLocal: 'Kubernetes service external ip + port with externalTrafficPolicy=local',
} as const;

export function ipvsRules(
  desired: Desired,
  traits: Traits,
  clusterCIDR: Prefix,
  node: IpvsNode,
  nodeIPs: readonly Ipv4[],
): ServiceRules {
  // Nodes with the same difference share one rule set: addresses that are wanted but not bound here, ports skipped, own addresses.
  const unbound = new Set<Ipv4>();
  for (const { externalIPs, loadBalancerIPs } of desired.ports) {
    for (const ip of [...externalIPs, ...loadBalancerIPs]) if (!node.binds.has(ip)) unbound.add(ip);
  }
  const difference = [...unbound, '|', ...node.skipped, '|', ...nodeIPs].join(' ');
  return desired.rules(difference, () => makeRules(setsOf(desired, node, nodeIPs), traits, clusterCIDR, node));
}

function makeRules(sets: Sets, traits: Traits, clusterCIDR: Prefix, node: IpvsNode): ServiceRules {
  const masquerade = new Map<string, Masquerade>();
  for (const key of sets.cluster) masquerade.set(key, clusterCIDR);
  for (const set of [sets.external, sets.loadBalancer, sets.nodePort]) for (const key of set) masquerade.set(key, true);
  const parts = { dnat: new Map(), rejects: new Map(), masquerade, hairpin: true };
  const text = () => textOf(sets, traits, clusterCIDR);
  if (traits.ipvsFilter === 'none') return new SharedRules(parts, text);
  const local = traits.ipvsFilter === 'local' ? sets.externalLocal : [];
  const allowed = new Set([...sets.loadBalancer, ...sets.cluster, ...sets.external, ...local]);
  // The real set is filled after the addresses are bound, in the same pass.
  const bound = new Set(node.binds);
  return new SharedRules({ ...parts, ipvsFilter: { allowed, bound } }, text);
}

function setsOf(desired: Desired, node: IpvsNode, nodeIPs: readonly Ipv4[]): Sets {
  const sets: Sets = {
    cluster: new Set(),
    external: new Set(),
    externalLocal: new Set(),
    loadBalancer: new Set(),
    nodePort: new Set(),
  };
  for (const port of desired.ports) {
    const keyOf = (ip: Ipv4) => serviceKey(port.protocol, ip, port.port);
    sets.cluster.add(keyOf(port.clusterIP));
    for (const ip of port.externalIPs) {
      if (node.skipped.has(keyOf(ip))) continue;
      (port.externalLocal ? sets.externalLocal : sets.external).add(keyOf(ip));
    }
    for (const ip of port.loadBalancerIPs) sets.loadBalancer.add(keyOf(ip));
    if (port.nodePort === 0 || port.externalLocal) continue;
    for (const ip of nodeIPs) sets.nodePort.add(serviceKey(port.protocol, ip, port.nodePort));
  }
  return sets;
}

/** As `iptables -S` lists them, nat and then filter; a set without entries has no rule in nat. */
function textOf(sets: Sets, traits: Traits, clusterCIDR: Prefix): { chain: string; text: string }[] {
  const lines: { chain: string; text: string }[] = [];
  const add = (chain: string, text: string) => lines.push({ chain, text: `-A ${chain} ${text}` });
  const match = (set: string, direction: string) => `-m set --match-set ${set} ${direction}`;
  const SERVICES = 'KUBE-SERVICES';
  if (traits.ipvsLoopbackReturn) add(SERVICES, '-s 127.0.0.0/8 -j RETURN');
  if (sets.loadBalancer.size > 0) {
    const from = `-m comment --comment "${COMMENTS.loadBalancer}" ${match('KUBE-LOAD-BALANCER', 'dst,dst')}`;
    add(SERVICES, `${from} -j KUBE-LOAD-BALANCER`);
  }
  if (sets.cluster.size > 0) {
    add(
      SERVICES,
      `! -s ${formatPrefix(clusterCIDR)} -m comment --comment "${COMMENTS.cluster}" ${match('KUBE-CLUSTER-IP', 'dst,dst')} -j KUBE-MARK-MASQ`,
    );
  }
  for (const [set, name, comment] of [
    [sets.external, 'KUBE-EXTERNAL-IP', COMMENTS.external],
    [sets.externalLocal, 'KUBE-EXTERNAL-IP-LOCAL', COMMENTS.externalLocal],
  ] as const) {
    if (set.size === 0) continue;
    const from = `-m comment --comment "${comment}" ${match(name, 'dst,dst')}`;
    if (name === 'KUBE-EXTERNAL-IP') add(SERVICES, `${from} -j KUBE-MARK-MASQ`);
    add(SERVICES, `${from} -m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j ACCEPT`);
    add(SERVICES, `${from} -m addrtype --dst-type LOCAL -j ACCEPT`);
  }
  add(SERVICES, '-m addrtype --dst-type LOCAL -j KUBE-NODE-PORT');
  if (sets.cluster.size > 0) add(SERVICES, `${match('KUBE-CLUSTER-IP', 'dst,dst')} -j ACCEPT`);
  if (sets.loadBalancer.size > 0) add(SERVICES, `${match('KUBE-LOAD-BALANCER', 'dst,dst')} -j ACCEPT`);
  if (traits.ipvsFilter === 'none') return lines;
  const FILTER = 'KUBE-IPVS-FILTER';
  add('INPUT', `-m comment --comment "kubernetes ipvs access filter" -j ${FILTER}`);
  const passed = ['KUBE-LOAD-BALANCER', 'KUBE-CLUSTER-IP', 'KUBE-EXTERNAL-IP'];
  if (traits.ipvsFilter === 'local') passed.push('KUBE-EXTERNAL-IP-LOCAL');
  for (const set of passed) add(FILTER, `${match(set, 'dst,dst')} -j RETURN`);
  add(FILTER, `${match('KUBE-HEALTH-CHECK-NODE-PORT', 'dst')} -j RETURN`);
  const reject = '-j REJECT --reject-with icmp-port-unreachable';
  add(FILTER, `-m conntrack --ctstate NEW ${match('KUBE-IPVS-IPS', 'dst')} ${reject}`);
  return lines;
}
