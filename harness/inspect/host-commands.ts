/**
 * What can be asked of a host, in the words of its tools; each answer is rendered as that tool prints it. Asks the Network port
 * alone, so it serves every backend that can travel.
 */
import { parseIpv4 } from '../../src/base/ip.js';
import { formatCounters } from '../../src/evidence/counters.js';
import { formatFilters, pickFilters } from '../../src/evidence/filters.js';
import { formatAddresses, formatAddressesBrief, formatLinks } from '../../src/evidence/ip-addr.js';
import { formatNeighbours } from '../../src/evidence/ip-neigh.js';
import { formatLocalTable, formatRouteGet } from '../../src/evidence/ip-route.js';
import { formatVirtualServers } from '../../src/evidence/ipvsadm.js';
import type { AddressRow } from '../../src/evidence/rows.js';
import { formatSockets, pickSockets } from '../../src/evidence/ss.js';
import type { Network } from '../../src/ports/testbed.js';
import { type Answer, refused, said } from './answer.js';

type Ask = (network: Network, host: string) => Promise<Answer>;

interface HostCommand {
  /** As a pattern over the words joined by one blank each; groups are arguments. */
  readonly pattern: RegExp;
  readonly ask: (args: readonly (string | undefined)[]) => Ask;
}

/** Options that change nothing here: what they switch off or on is not modelled, or is always so. */
const IDLE_OPTIONS = /^(-4|-n|-d|-details|-color=never|-c=never)$/;

/** Answers about all devices, or about one that must be there. */
async function aboutDevices(
  network: Network,
  host: string,
  device: string | undefined,
  format: (rows: readonly AddressRow[]) => string,
): Promise<Answer> {
  const rows = (await network.addresses(host)).filter((row) => device === undefined || row.device === device);
  return rows.length === 0 ? refused(`Device "${device}" does not exist.`) : said(format(rows));
}

const COMMANDS: readonly HostCommand[] = [
  {
    pattern: /^ip( -br(?:ief)?)? (?:a|addr|address)(?: (?:show|list|s|ls|l))?(?: (?:dev )?([\w.@-]+))?$/,
    ask:
      ([brief, device]) =>
      (network, host) =>
        aboutDevices(network, host, device, brief ? formatAddressesBrief : formatAddresses),
  },
  {
    pattern: /^ip (?:l|link)(?: (?:show|list|s|ls|l))?(?: (?:dev )?([\w.@-]+))?$/,
    ask:
      ([device]) =>
      (network, host) =>
        aboutDevices(network, host, device, formatLinks),
  },
  {
    pattern: /^ip (?:r|ro|route) (?:get|g) (\d\S*)$/,
    ask:
      ([to = '']) =>
      async (network, host) => {
        if (parseIpv4(to) === undefined) return refused(`Error: any valid prefix is expected rather than "${to}".`);
        const answer = await network.routeGet(host, to);
        const text = formatRouteGet(answer);
        return answer.type === 'unreachable' ? refused(text) : said(text);
      },
  },
  {
    pattern: /^ip (?:r|ro|route) (?:show |list |ls )?table (?:local|255)$/,
    ask: () => async (network, host) => said(formatLocalTable(await network.localTable(host))),
  },
  {
    pattern: /^ip (?:n|neigh|neighbour|neighbor)(?: (?:show|list))?(?: dev ([\w.@-]+))?$/,
    ask:
      ([device]) =>
      async (network, host) => {
        const devices = (await network.addresses(host)).map((row) => row.device);
        if (device !== undefined && !devices.includes(device)) return refused(`Cannot find device "${device}"`);
        const rows = await network.neighbours(host);
        return said(formatNeighbours(rows.filter((row) => device === undefined || row.device === device)));
      },
  },
  {
    pattern: /^ipvsadm (?:-ln|-Ln|-nL|-nl|-[Ll]|--list)(?: (?:-n|--numeric))?$/,
    ask: () => async (network, host) => said(formatVirtualServers(await network.virtualServers(host))),
  },
  {
    pattern: /^ss((?: -[altnp]+)*)$/,
    ask:
      ([flags = '']) =>
      async (network, host) =>
        said(formatSockets(pickSockets(await network.sockets(host), flags), { processes: flags.includes('p') })),
  },
  {
    pattern: /^(?:iptables -S|iptables-save)$/,
    ask: () => async (network, host) => said(formatFilters(pickFilters(await network.filters(host), 'iptables'))),
  },
  {
    pattern: /^nft list (?:ruleset|table ip kube-proxy)$/,
    ask: () => async (network, host) => said(formatFilters(pickFilters(await network.filters(host), 'nft'))),
  },
  {
    pattern: /^nstat(?: -[az]+)*$/,
    ask: () => async (network, host) => said(formatCounters(await network.counters(host))),
  },
];

/** How to ask `words` of a host; undefined where this file does not know the command. */
export function hostCommand(words: readonly string[]): Ask | undefined {
  const [tool = '', ...rest] = words;
  const line = [tool, ...rest.filter((word) => tool !== 'ip' || !IDLE_OPTIONS.test(word))].join(' ');
  for (const { pattern, ask } of COMMANDS) {
    const match = pattern.exec(line);
    if (match) return ask(match.slice(1));
  }
  return undefined;
}
