/**
 * A snapshot as the files of a bundle: one text a host, one for the API, with a heading for each command that causes can cite.
 * What {@link snapshotFiles} lists is exactly what a bundle holds, so that a cited artifact exists.
 */
import { formatCounters } from './counters.js';
import { filtersCommand, formatFilters } from './filters.js';
import { formatAddresses, formatAddressesBrief } from './ip-addr.js';
import { formatNeighbours } from './ip-neigh.js';
import { formatLocalTable, formatRouteGet } from './ip-route.js';
import { formatVirtualServers } from './ipvsadm.js';
import { formatConditions, formatLeases, formatNodes, formatPods, formatRenewals, formatServices } from './kubectl.js';
import { anchor, apiFile, hostFile } from './paths.js';
import type { HostSnapshot, Snapshot } from './rows.js';
import { formatSockets } from './ss.js';

interface Section {
  /** Gives the anchor. */
  readonly command: string;
  readonly output: string;
  /** Where `command` is the name of a table of ours and nothing to type: what the table is. */
  readonly about?: string;
}

function formatSections(title: string, sections: readonly Section[]): string {
  const texts = sections.map(({ command, output, about }) => {
    const source = about === undefined ? `$ ${command}` : `# ${command} (${about})`;
    return `## ${anchor(command)}\n${source}\n${output}\n`;
  });
  return [`# ${title}\n`, ...texts].join('\n');
}

/** The file's title: what, when, and the moment's name. */
function titleOf(what: string, { at, label }: Snapshot): string {
  return `${what} at ${(at / 1_000_000).toFixed(3)} s, ${label}`;
}

function hostSections(host: HostSnapshot): Section[] {
  return [
    { command: 'ip addr', output: formatAddresses(host.addresses) },
    { command: 'ip -br addr', output: formatAddressesBrief(host.addresses) },
    ...host.routes.map(({ to, answer }) => ({ command: `ip route get ${to}`, output: formatRouteGet(answer) })),
    { command: 'ip route show table local', output: formatLocalTable(host.localTable) },
    { command: 'ip neigh', output: formatNeighbours(host.neighbours) },
    { command: 'ipvsadm -ln', output: formatVirtualServers(host.virtualServers) },
    { command: filtersCommand(host.filters), output: formatFilters(host.filters) },
    { command: 'ss -tanp', output: formatSockets(host.sockets, { processes: true }) },
    { command: 'counters', about: 'of the kernel and of the model', output: formatCounters(host.counters) },
  ];
}

/** One text for a host; undefined where the snapshot does not have it. */
export function hostText(snapshot: Snapshot, host: string): string | undefined {
  const found = snapshot.hosts.find((one) => one.host === host);
  return found && formatSections(titleOf(host, snapshot), hostSections(found));
}

/** Undefined on bare hosts. */
export function apiText(snapshot: Snapshot): string | undefined {
  const { api, at } = snapshot;
  if (!api) return undefined;
  const sections = [
    { command: 'kubectl get nodes -o wide', output: formatNodes(api.nodes, at, { wide: true }) },
    { command: 'conditions', about: 'and taints of the Nodes', output: formatConditions(api.nodes) },
    { command: 'kubectl get leases -n kube-node-lease', output: formatLeases(api.nodes, at, { everywhere: false }) },
    { command: 'renewals', about: 'renewTime of the Leases', output: formatRenewals(api.nodes, at) },
    { command: 'kubectl get services -A', output: formatServices(api.services, at, { everywhere: true, wide: false }) },
    { command: 'kubectl get pods -A -o wide', output: formatPods(api.pods, at, { everywhere: true, wide: true }) },
    { command: 'gateway', about: "the router of the nodes' subnet", output: snapshot.gateway },
    { command: 'proxy mode', about: "from kube-proxy's configuration", output: api.proxyMode },
    { command: 'version', about: 'of Kubernetes', output: api.version },
  ];
  return formatSections(titleOf('Kubernetes API', snapshot), sections);
}

/** All files of a snapshot; paths are below the arm's folder. */
export function snapshotFiles(snapshot: Snapshot): readonly { readonly path: string; readonly text: string }[] {
  const files: { path: string; text: string }[] = [];
  const api = apiText(snapshot);
  if (api !== undefined) files.push({ path: apiFile(snapshot.id), text: api });
  for (const { host } of snapshot.hosts) {
    const text = hostText(snapshot, host);
    if (text !== undefined) files.push({ path: hostFile(snapshot.id, host), text });
  }
  return files;
}
