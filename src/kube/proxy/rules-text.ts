/**
 * kube-proxy's rules in the words of `iptables -S`, `ipset list` and `nft list`. Source: the proxiers' syncProxyRules of v1.20 and v1.34 and,
 * for KUBE-IPVS-FILTER, what iptables-save listed (externalip-outage.md §8). Only rules of single Services and the filter chain
 * are listed, not the frame around them.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { formatIpv4 } from '../../base/ip.js';
import type { Traits } from '../versions.js';
import type { Frontend } from './desired.js';

export interface RuleRow {
  readonly chain: string;
  readonly text: string;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const WORDS = { cluster: 'cluster IP', external: 'external IP', 'load-balancer': 'loadbalancer IP' } as const;
const SETS = {
  cluster: 'KUBE-CLUSTER-IP',
  external: 'KUBE-EXTERNAL-IP',
  'load-balancer': 'KUBE-LOAD-BALANCER',
} as const;

/** The first `length` letters of base32(sha256(text)), as the proxiers name their chains. */
function hash(text: string, length: number): string {
  const bytes = sha256(new TextEncoder().encode(text));
  let letters = '';
  for (let bit = 0; letters.length < length; bit += 5) {
    const pair = ((bytes[bit >> 3] ?? 0) << 8) | (bytes[(bit >> 3) + 1] ?? 0);
    letters += BASE32[(pair >> (11 - (bit & 7))) & 31];
  }
  return letters;
}

export function iptablesText(traits: Traits, frontends: readonly Frontend[]): RuleRow[] {
  return frontends.map(({ owner, protocol, ip, port, kind, endpoints }) => {
    const tcp = protocol.toLowerCase();
    const match = (comment: string) =>
      `-d ${formatIpv4(ip)}/32 -p ${tcp} -m comment --comment "${owner} ${comment}" -m ${tcp} --dport ${port}`;
    if (endpoints.length === 0) {
      const chain = kind === 'cluster' ? 'KUBE-SERVICES' : 'KUBE-EXTERNAL-SERVICES';
      return { chain, text: `-A ${chain} ${match('has no endpoints')} -j REJECT --reject-with icmp-port-unreachable` };
    }
    const chain = `${kind === 'cluster' || traits.holdsPorts ? 'KUBE-SVC' : 'KUBE-EXT'}-${hash(`${owner}${tcp}`, 16)}`;
    const local = kind !== 'cluster' && traits.localExternal === 'to-local' ? ' -m addrtype --dst-type LOCAL' : '';
    return { chain: 'KUBE-SERVICES', text: `-A KUBE-SERVICES ${match(WORDS[kind])}${local} -j ${chain}` };
  });
}

export function nftablesText(frontends: readonly Frontend[]): RuleRow[] {
  return frontends.map(({ owner, protocol, ip, port, kind, endpoints }) => {
    const tcp = protocol.toLowerCase();
    const [name = '', portName = ''] = owner.split(':');
    const key = `${formatIpv4(ip)} . ${tcp} . ${port}`;
    if (endpoints.length === 0)
      return { chain: 'no-endpoint-services', text: `${key} comment "${owner}" : goto reject-chain` };
    const full = `${name}/${tcp}/${portName}`;
    const prefix = kind === 'cluster' ? 'service' : 'external';
    return { chain: 'service-ips', text: `${key} : goto ${prefix}-${hash(full, 8)}-${full}` };
  });
}

export function ipvsText(traits: Traits, frontends: readonly Frontend[]): RuleRow[] {
  const setOf = ({ kind, localOnly }: Frontend) => `${SETS[kind]}${localOnly && kind !== 'cluster' ? '-LOCAL' : ''}`;
  const members = frontends.map((frontend) => {
    const set = setOf(frontend);
    return {
      chain: set,
      text: `add ${set} ${formatIpv4(frontend.ip)},${frontend.protocol.toLowerCase()}:${frontend.port}`,
    };
  });
  if (traits.ipvsFilter === 'none') return members;
  const sets = ['KUBE-LOAD-BALANCER', 'KUBE-CLUSTER-IP', 'KUBE-EXTERNAL-IP'];
  if (traits.ipvsFilter === 'local') sets.push('KUBE-EXTERNAL-IP-LOCAL');
  const chain = 'KUBE-IPVS-FILTER';
  const returns = sets.map((set) => `-A ${chain} -m set --match-set ${set} dst,dst -j RETURN`);
  const filter = [
    ...returns,
    `-A ${chain} -m set --match-set KUBE-HEALTH-CHECK-NODE-PORT dst -j RETURN`,
    `-A ${chain} -m conntrack --ctstate NEW -m set --match-set KUBE-IPVS-IPS dst -j REJECT --reject-with icmp-port-unreachable`,
  ];
  return [...filter.map((text) => ({ chain, text })), ...members];
}
