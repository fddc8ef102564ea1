/** What iproute2, ss, iptables and /proc say, as evidence rows. Text in, rows out; a line that is none of theirs is left out. */
import type {
  AddressRow,
  FilterRow,
  NeighbourRow,
  RouteAnswer,
  SocketRow,
  VirtualServerRow,
} from '../../src/evidence/rows.js';

interface IpLink {
  readonly ifindex: number;
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly qdisc: string;
  readonly operstate: string;
  readonly link_type: string;
  readonly address?: string;
  readonly addr_info?: readonly {
    readonly family: string;
    readonly local: string;
    readonly prefixlen: number;
    readonly scope: string;
    readonly broadcast?: string;
  }[];
}

type Scope = AddressRow['addresses'][number]['scope'];

/** `ip -j addr`. IPv6 is left out. */
export function parseAddresses(text: string): readonly AddressRow[] {
  return readJson<IpLink>(text).map((link) => ({
    index: link.ifindex,
    device: link.ifname,
    flags: link.flags,
    mtu: link.mtu,
    qdisc: link.qdisc,
    state: link.operstate === 'UP' || link.operstate === 'DOWN' ? link.operstate : 'UNKNOWN',
    link: link.link_type,
    mac: link.address ?? '',
    addresses: (link.addr_info ?? [])
      .filter(({ family }) => family === 'inet')
      .map(({ local, prefixlen, scope, broadcast }) => ({
        prefix: `${local}/${prefixlen}`,
        scope: scope as Scope,
        ...(broadcast !== undefined && { broadcast }),
      })),
  }));
}

interface IpRoute {
  readonly type?: string;
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly prefsrc?: string;
}

function routeOf({ type = 'unicast', dst, gateway, dev, prefsrc }: IpRoute): RouteAnswer {
  return {
    type: type === 'local' || type === 'broadcast' ? type : 'unicast',
    to: dst,
    ...(dev !== undefined && { device: dev }),
    ...(prefsrc !== undefined && { source: prefsrc }),
    table: type === 'local' || type === 'broadcast' ? 'local' : 'main',
    ...(gateway !== undefined && { via: gateway }),
  };
}

/** `ip -j route show`, or the one row of `ip -j route get`. */
export function parseRoutes(text: string): readonly RouteAnswer[] {
  return readJson<IpRoute>(text).map(routeOf);
}

interface IpNeighbour {
  readonly dst: string;
  readonly dev: string;
  readonly lladdr?: string;
  readonly state: readonly string[];
}

/** `ip -j neigh`. */
export function parseNeighbours(text: string): readonly NeighbourRow[] {
  return readJson<IpNeighbour>(text)
    .filter(({ dst }) => !dst.includes(':'))
    .map(({ dst, dev, lladdr, state }) => ({
      ip: dst,
      device: dev,
      ...(lladdr !== undefined && { mac: lladdr }),
      state: (state[0] ?? 'FAILED') as NeighbourRow['state'],
    }));
}

/**
 * `ipvsadm -ln`: a line for each server, and below it `  -> ADDRESS:PORT FORWARD WEIGHT ACTIVE INACTIVE`. Not /proc/net/ip_vs: where
 * other namespaces have virtual servers too, it leaves some out at the border of two reads (ip_vs_info_array counts this namespace's
 * alone, ip_vs_info_seq_next all; Linux 6.1).
 */
export function parseVirtualServers(text: string): readonly VirtualServerRow[] {
  const servers: (VirtualServerRow & { realServers: VirtualServerRow['realServers'][number][] })[] = [];
  for (const line of text.split('\n')) {
    const server = /^(TCP|UDP)\s+([\d.]+):(\d+)\s+(\S+)/.exec(line);
    const real = /^\s+->\s+([\d.]+):(\d+)\s+Masq\s+(\d+)\s+(\d+)\s+(\d+)/.exec(line);
    if (server) {
      const [, protocol = '', ip = '', port = '', scheduler = ''] = server;
      const name = { protocol: protocol as 'TCP' | 'UDP', address: ip, port: Number(port) };
      servers.push({ ...name, scheduler, realServers: [] });
    } else if (real) {
      const [, ip = '', port = '', weight, active, inactive] = real;
      const counts = { activeConnections: Number(active), inactiveConnections: Number(inactive) };
      const name = { address: ip, port: Number(port) };
      servers.at(-1)?.realServers.push({ ...name, forward: 'Masq', weight: Number(weight), ...counts });
    }
  }
  return servers;
}

/** `iptables-save`. Chains without rules, and policies, are left out. */
export function parseFilters(text: string): readonly FilterRow[] {
  return text.split('\n').flatMap((line) => {
    const chain = /^-A (\S+) /.exec(line)?.[1];
    return chain === undefined ? [] : [{ chain, text: line }];
  });
}

/** `ss -Htan`. Which program holds a socket is not known: one agent holds all. */
export function parseSockets(text: string): readonly SocketRow[] {
  return text.split('\n').flatMap((line) => {
    const [state, recvQ, sendQ, local, peer] = line.trim().split(/\s+/);
    if (state === undefined || peer === undefined || local === undefined) return [];
    return [{ state, recvQ: Number(recvQ), sendQ: Number(sendQ), local, peer, process: '' }];
  });
}

/** /proc/net/stat/rt_cache: a line of names, then a line of hexadecimal numbers for each processor; their sums. */
export function parseRouteCounters(text: string): Readonly<Record<string, number>> {
  const [head = '', ...rows] = text.trim().split('\n');
  const names = head.trim().split(/\s+/);
  const sums: Record<string, number> = {};
  for (const row of rows) {
    row
      .trim()
      .split(/\s+/)
      .forEach((value, index) => {
        const name = names[index];
        if (name !== undefined) sums[name] = (sums[name] ?? 0) + Number.parseInt(value, 16);
      });
  }
  return sums;
}

/** iproute2 prints nothing at all where it has nothing to list. */
function readJson<T>(text: string): readonly T[] {
  return text.trim() === '' ? [] : (JSON.parse(text) as T[]);
}
