/**
 * A Service takes over a port that its external address really serves: the API server's, the kubelet's, or one with connections. Who
 * dials it is answered by the Service's pods, or by nobody. Ports of Services that nobody else serves are harmless and no cause.
 */
import { filtersCommand } from '../../evidence/filters.js';
import type { HostSnapshot, NodeRow, ServiceRow, Snapshot } from '../../evidence/rows.js';
import type { Cause, CauseLink } from '../verdict.js';
import { type Claim, type Evidence, hostNames, link, owns, serviceName } from './evidence.js';

const KUBELET_PORT = 10_250;

/** Shown by the owner's listening socket; where there is none, by what the API says. */
function listenerLink(
  evidence: Evidence,
  { ip, snapshot }: Claim,
  text: string,
  port: number,
  said: string,
): CauseLink {
  const host = snapshot.hosts.find((one) => owns(one, ip));
  const listens = host?.sockets.some(({ state, local }) => state === 'LISTEN' && local.endsWith(`:${port}`));
  return link(text, host && listens ? evidence.onHost(snapshot, host, 'ss -tanp') : evidence.api(snapshot, said));
}

/** What serves the port at the owner, and where that is written. Before 1.24, kube-proxy itself holds the ports of externalIPs. */
function realServer(evidence: Evidence, claim: Claim, owner: NodeRow, port: number): CauseLink | undefined {
  const { ip, snapshot } = claim;
  const kubernetes = snapshot.api?.services.find(
    ({ namespace, name }) => namespace === 'default' && name === 'kubernetes',
  );
  if (owner.role === 'control-plane' && kubernetes?.ports.some(({ targetPort }) => targetPort === String(port))) {
    return listenerLink(evidence, claim, `${ip}:${port} is the API server`, port, 'kubectl get services -A');
  }
  for (const earlier of evidence.snapshots) {
    const host = earlier.hosts.find((one) => owns(one, ip));
    const served = host?.sockets.find(
      ({ local, process }) => local === `${ip}:${port}` && process !== '' && process !== 'kube-proxy',
    );
    if (host && served) {
      return link(
        `${ip}:${port} is served by ${served.process} on ${host.host}`,
        evidence.onHost(earlier, host, 'ss -tanp'),
      );
    }
  }
  if (port !== KUBELET_PORT) return undefined;
  const kubelet = `${ip}:${port} is the kubelet of Node ${owner.name}`;
  return listenerLink(evidence, claim, kubelet, port, 'kubectl get nodes -o wide');
}

/** A rule for packets to the address and port, as iptables or nft prints it; not one that sends packets there. */
function matches(text: string, ip: string, port: number): boolean {
  const words = text.split(' ');
  if (!words.includes('-d')) return text.startsWith(`${ip} . tcp . ${port} `);
  return words[words.indexOf('-d') + 1] === `${ip}/32` && words[words.indexOf('--dport') + 1] === String(port);
}

interface Takeover {
  readonly snapshot: Snapshot;
  readonly hosts: readonly HostSnapshot[];
  /** Of each host, what shows its rule or virtual server. */
  readonly artifacts: readonly string[];
}

/** The first snapshot since the claim in which kube-proxy has a rule or a virtual server for the address and port. */
function takeover(evidence: Evidence, { ip, snapshot: claimed }: Claim, port: number): Takeover | undefined {
  for (const snapshot of evidence.snapshots) {
    if (snapshot.at < claimed.at) continue;
    const virtual = snapshot.hosts.filter(({ virtualServers }) =>
      virtualServers.some((row) => row.protocol === 'TCP' && row.address === ip && row.port === port),
    );
    const shown = (host: HostSnapshot, command: string) => evidence.onHost(snapshot, host, command);
    if (virtual.length > 0)
      return { snapshot, hosts: virtual, artifacts: virtual.map((host) => shown(host, 'ipvsadm -ln')) };
    const filtered = snapshot.hosts.filter(({ filters }) => filters.some(({ text }) => matches(text, ip, port)));
    if (filtered.length > 0)
      return {
        snapshot,
        hosts: filtered,
        artifacts: filtered.map((host) => shown(host, filtersCommand(host.filters))),
      };
  }
  return undefined;
}

/** A kubelet that was answered by somebody else, or by nobody, says so. */
function symptomLink(evidence: Evidence, { ip, snapshot }: Claim, port: number): CauseLink[] {
  const [line] = evidence.logLines(
    'kubelet',
    snapshot.at,
    (text) => text.includes(`${ip}:${port}`) && /x509|tls:|EOF|malformed HTTP|connection refused/.test(text),
  );
  const message = line?.line.replace(/^[IWEF]\d{4} .*?\] /, '');
  return line ? [link(`kubelet on ${line.host} dials ${ip}:${port} in vain: ${message}`, line.artifact)] : [];
}

function hijackOf(evidence: Evidence, claim: Claim, owner: NodeRow, port: ServiceRow['ports'][number]): Cause[] {
  const { service, ip, snapshot } = claim;
  const server = port.protocol === 'TCP' ? realServer(evidence, claim, owner, port.port) : undefined;
  const taken = server && takeover(evidence, claim, port.port);
  const [shown, ...others] = taken?.artifacts ?? [];
  if (!server || !taken || shown === undefined) return [];
  const mode = taken.snapshot.api?.proxyMode ?? '';
  return [
    {
      id: 'port-hijack',
      names: [serviceName(service), `Node ${owner.name}`, ip, `${ip}:${port.port}`],
      chain: [
        link(
          `${serviceName(service)} has ${ip} and port ${port.port}`,
          evidence.api(snapshot, 'kubectl get services -A'),
        ),
        link(`${ip} is the InternalIP of Node ${owner.name}`, evidence.api(snapshot, 'kubectl get nodes -o wide')),
        server,
        link(
          `kube-proxy (${mode}) sends ${ip}:${port.port} to the Service on ${hostNames(taken.hosts)}`,
          shown,
          ...others,
        ),
        ...symptomLink(evidence, claim, port.port),
      ],
    },
  ];
}

export function portHijack(evidence: Evidence): Cause[] {
  const claims = [...evidence.claims('externalIPs'), ...evidence.claims('loadBalancerIPs')];
  return claims.flatMap((claim) => {
    const owner = evidence.nodeWithAddress(claim.snapshot, claim.ip);
    return owner ? claim.service.ports.flatMap((port) => hijackOf(evidence, claim, owner, port)) : [];
  });
}
