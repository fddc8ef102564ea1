/**
 * What can be asked of a host, in the words of its tools; each answer is rendered as that tool prints it. Asks the Network port
 * alone, so it serves every backend that can travel.
 */
import { formatCounters } from '../../src/evidence/counters.js';
import { formatFilters } from '../../src/evidence/filters.js';
import { formatAddresses, formatAddressesBrief } from '../../src/evidence/ip-addr.js';
import { formatNeighbours } from '../../src/evidence/ip-neigh.js';
import { formatLocalTable, formatRouteGet } from '../../src/evidence/ip-route.js';
import { formatVirtualServers } from '../../src/evidence/ipvsadm.js';
import { formatSockets, pickSockets } from '../../src/evidence/ss.js';
import type { Network } from '../../src/ports/testbed.js';

type Ask = (network: Network, host: string) => Promise<string>;

interface HostCommand {
  /** As a pattern over the words joined by one blank each; groups are arguments. */
  readonly pattern: RegExp;
  readonly ask: (args: readonly (string | undefined)[]) => Ask;
}

/** Options that change nothing here: what they switch off or on is not modelled, or is always so. */
const IDLE_OPTIONS = /^(-4|-n|-d|-details|-color=never|-c=never)$/;

const COMMANDS: readonly HostCommand[] = [
  {
    pattern: /^ip( -br(?:ief)?)? (?:a|addr|address)(?: (?:show|list|s|ls|l))?(?: (?:dev )?([\w.@-]+))?$/,
    ask:
      ([brief, device]) =>
      async (network, host) => {
        const rows = (await network.addresses(host)).filter((row) => device === undefined || row.device === device);
        if (rows.length === 0) return `Device "${device}" does not exist.`;
        return brief ? formatAddressesBrief(rows) : formatAddresses(rows);
      },
  },
  {
    pattern: /^ip (?:r|ro|route) (?:get|g) ([\d.]+)$/,
    ask:
      ([to]) =>
      async (network, host) =>
        formatRouteGet(await network.routeGet(host, to ?? '')),
  },
  {
    pattern: /^ip (?:r|ro|route) (?:show |list |ls )?table (?:local|255)$/,
    ask: () => async (network, host) => formatLocalTable(await network.localTable(host)),
  },
  {
    pattern: /^ip (?:n|neigh|neighbour|neighbor)(?: (?:show|list))?$/,
    ask: () => async (network, host) => formatNeighbours(await network.neighbours(host)),
  },
  {
    pattern: /^ipvsadm (?:-ln|-Ln|-L|-l|--list)$/,
    ask: () => async (network, host) => formatVirtualServers(await network.virtualServers(host)),
  },
  {
    pattern: /^ss((?: -[altnp]+)*)$/,
    ask:
      ([flags = '']) =>
      async (network, host) =>
        formatSockets(pickSockets(await network.sockets(host), flags), { processes: flags.includes('p') }),
  },
  {
    pattern: /^(?:iptables -S|iptables-save|nft list ruleset)$/,
    ask: () => async (network, host) => formatFilters(await network.filters(host)),
  },
  {
    pattern: /^nstat(?: -[az]+)*$/,
    ask: () => async (network, host) => formatCounters(await network.counters(host)),
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
