/**
 * kube-proxy's decisions beside IPVS (ServiceRules) as input for ipset and iptables-restore. The tables nat and filter of the namespace
 * are replaced whole, at once. Departs from kube-proxy: in nftables mode the same decisions go through iptables too, one chain a
 * Service port stands for its chains of endpoints, and one ipset for the sets by kind of address.
 */
import { formatIpv4, formatPrefix } from '../../src/base/ip.js';
import type { Endpoint, Masquerade, ServiceRules } from '../../src/net/sockets.js';

export interface CommandInput {
  readonly argv: readonly string[];
  readonly stdin: string;
}

/** The legacy programs: a guest's kernel may have NAT for these alone. All namespaces share their lock, and a guest is slow. */
const RESTORE = ['iptables-legacy-restore', '--wait=60'];
const PORTS = 'KUBE-SERVICE-PORTS';
const BOUND = 'KUBE-IPVS-IPS';
const MARK = '0x4000/0x4000';

/** In the order in which they must run. `destinations` are those of the host's virtual servers. */
export function rulesInput(rules: ServiceRules, destinations: readonly Endpoint[] = []): readonly CommandInput[] {
  const nat = natTable(rules, rules.hairpin ? destinations : []);
  const tables = { argv: RESTORE, stdin: `${nat}${filterTable(rules)}` };
  if (!rules.ipvsFilter) return [tables];
  const { allowed, bound } = rules.ipvsFilter;
  const ports = [...allowed].map((key) => parseKey(key)).map(({ ip, protocol, port }) => `${ip},${protocol}:${port}`);
  const stdin = `${setInput(PORTS, 'hash:ip,port', ports)}${setInput(BOUND, 'hash:ip', [...bound].map(formatIpv4))}`;
  return [{ argv: ['ipset', '-exist', 'restore'], stdin }, tables];
}

/** Fills a set beside the one in use and swaps them, so that no packet meets a half-filled one. */
function setInput(name: string, type: string, entries: readonly string[]): string {
  const next = `${name}-NEXT`;
  return [
    `create ${name} ${type}`,
    `create ${next} ${type}`,
    `flush ${next}`,
    ...entries.map((entry) => `add ${next} ${entry}`),
    `swap ${next} ${name}`,
    `destroy ${next}`,
    '',
  ].join('\n');
}

function parseKey(key: string): { protocol: string; ip: string; port: string } {
  const [protocol = '', ip = '', port = ''] = key.split('/');
  return { protocol, ip: formatIpv4(Number(ip)), port };
}

function match(key: string): string {
  const { protocol, ip, port } = parseKey(key);
  return `-d ${ip}/32 -p ${protocol} -m ${protocol} --dport ${port}`;
}

function markMasquerade(masquerade: Masquerade | undefined, chain: string, condition: string): string[] {
  if (masquerade === undefined || masquerade === false) return [];
  const from = masquerade === true ? '' : `! -s ${formatPrefix(masquerade)} `;
  return [`-A ${chain} ${from}${condition}-j KUBE-MARK-MASQ`];
}

/** KUBE-LOOP-BACK: what is sent to itself. Both directions in one rule; the set of the real one has them as an entry. */
function hairpinRules(destinations: readonly Endpoint[]): readonly string[] {
  const rules = destinations.map(({ ip, port }) => {
    const address = formatIpv4(ip);
    return `-A KUBE-POSTROUTING -s ${address}/32 -d ${address}/32 -p tcp -m tcp --dport ${port} -j MASQUERADE`;
  });
  return [...new Set(rules)].sort();
}

function natTable({ dnat, masquerade }: ServiceRules, looped: readonly Endpoint[]): string {
  const chains: string[] = [];
  const lines: string[] = [];
  for (const [key, from] of masquerade) lines.push(...markMasquerade(from, 'KUBE-SERVICES', `${match(key)} `));
  for (const [key, { endpoints, local, masquerade: from }] of dnat) {
    if (endpoints.length === 0) continue;
    const chain = `KUBE-SVC-${chains.length}`;
    chains.push(chain);
    // Before 1.21 what the node itself sends is taken only where the destination is its own address.
    const conditions = local === 'any' ? [''] : ['-m addrtype ! --src-type LOCAL ', '-m addrtype --dst-type LOCAL '];
    for (const condition of conditions) lines.push(`-A KUBE-SERVICES ${match(key)} ${condition}-j ${chain}`);
    lines.push(...markMasquerade(from, chain, ''));
    endpoints.forEach(({ ip, port }, index) => {
      const left = endpoints.length - index;
      const share = left > 1 ? `-m statistic --mode random --probability ${(1 / left).toFixed(10)} ` : '';
      lines.push(`-A ${chain} -s ${formatIpv4(ip)}/32 -j KUBE-MARK-MASQ`);
      lines.push(`-A ${chain} -p tcp ${share}-j DNAT --to-destination ${formatIpv4(ip)}:${port}`);
    });
  }
  return [
    '*nat',
    ...['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'].map((chain) => `:${chain} ACCEPT [0:0]`),
    ...['KUBE-SERVICES', 'KUBE-POSTROUTING', 'KUBE-MARK-MASQ', ...chains].map((chain) => `:${chain} - [0:0]`),
    '-A PREROUTING -j KUBE-SERVICES',
    '-A OUTPUT -j KUBE-SERVICES',
    '-A POSTROUTING -j KUBE-POSTROUTING',
    `-A KUBE-MARK-MASQ -j MARK --set-xmark ${MARK}`,
    ...hairpinRules(looped),
    `-A KUBE-POSTROUTING -m mark ! --mark ${MARK} -j RETURN`,
    '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
    '-A KUBE-POSTROUTING -j MASQUERADE',
    ...lines,
    'COMMIT\n',
  ].join('\n');
}

const REJECT = '-j REJECT --reject-with icmp-port-unreachable';

function filterTable({ rejects, ipvsFilter }: ServiceRules): string {
  const lines: string[] = [];
  for (const [key, hooks] of rejects) {
    for (const hook of ['input', 'forward', 'output'] as const)
      if (hooks[hook]) lines.push(`-A ${hook.toUpperCase()} ${match(key)} -m conntrack --ctstate NEW ${REJECT}`);
  }
  const filter = [
    '-A INPUT -j KUBE-IPVS-FILTER',
    `-A KUBE-IPVS-FILTER -m set --match-set ${PORTS} dst,dst -j RETURN`,
    `-A KUBE-IPVS-FILTER -m conntrack --ctstate NEW -m set --match-set ${BOUND} dst ${REJECT}`,
  ];
  return [
    '*filter',
    ...['INPUT', 'FORWARD', 'OUTPUT'].map((chain) => `:${chain} ACCEPT [0:0]`),
    ...(ipvsFilter ? [':KUBE-IPVS-FILTER - [0:0]', ...filter] : []),
    ...lines,
    'COMMIT\n',
  ].join('\n');
}
