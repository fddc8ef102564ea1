/** A node has no rule of kube-proxy at all while Services want them: it does not run there, or never synced. */
import { filtersCommand } from '../../evidence/filters.js';
import type { HostSnapshot, Snapshot } from '../../evidence/rows.js';
import type { Cause } from '../verdict.js';
import { type Evidence, hostNames, link } from './evidence.js';

function hasNothing(host: HostSnapshot, mode: string): boolean {
  return mode === 'ipvs' ? host.virtualServers.length === 0 : host.filters.length === 0;
}

/** Without kube-proxy by choice (`none`), somebody else does its work. */
function bareHosts({ api, hosts }: Snapshot): readonly HostSnapshot[] {
  if (!api || api.proxyMode === 'none') return [];
  const wanting = api.services.some(({ clusterIP }) => clusterIP !== '' && clusterIP !== 'None');
  return wanting ? hosts.filter((host) => hasNothing(host, api.proxyMode)) : [];
}

export function kubeProxyGone(evidence: Evidence): Cause[] {
  for (const snapshot of evidence.snapshots) {
    const hosts = bareHosts(snapshot);
    const [first, ...others] = hosts;
    if (!first || !snapshot.api) continue;
    const { services, proxyMode } = snapshot.api;
    const nodes = hosts.map((host) => evidence.nodeOf(snapshot, host)?.name ?? host.host);
    const shown = (host: HostSnapshot) =>
      evidence.onHost(snapshot, host, proxyMode === 'ipvs' ? 'ipvsadm -ln' : filtersCommand(host.filters));
    const count = `${services.length} Service${services.length === 1 ? '' : 's'}`;
    const chain = [
      link(`${count} want rules of kube-proxy (${proxyMode})`, evidence.api(snapshot, 'kubectl get services -A')),
      link(`kube-proxy put none at all on ${hostNames(hosts)}`, shown(first), ...others.map(shown)),
    ];
    const last = evidence.logLines('kube-proxy', 0, (_, host) => host === first.host).at(-1);
    if (last) chain.push(link(`kube-proxy on ${last.host} last said: ${last.line}`, last.artifact));
    return [{ id: 'kube-proxy-gone', names: [...nodes.map((node) => `Node ${node}`), 'kube-proxy'], chain }];
  }
  return [];
}
