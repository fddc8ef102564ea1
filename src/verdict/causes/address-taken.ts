/**
 * The chain that all causes share in which kube-proxy binds an address that somebody else owns: claim, owner, binding, route, what
 * becomes of packets, and which nodes lost their API server by it. A link stands only where its evidence does.
 */
import { formatSeconds } from '../../base/instant.js';
import { martianSources } from '../../evidence/counters.js';
import type { HostSnapshot, NodeRow, Snapshot } from '../../evidence/rows.js';
import type { CauseLink } from '../verdict.js';
import {
  type Binding,
  type Claim,
  type Evidence,
  type HostAt,
  hostNames,
  link,
  listed,
  routeTo,
  seconds,
  serviceName,
} from './evidence.js';

/** A kubelet renews every 10 s; two missed renewals are no accident. */
const STALE_LEASE = 20_000_000;

/** The binding that shows most hosts, the first of those. */
function widest(bindings: readonly Binding[]): Binding | undefined {
  return bindings.reduce<Binding | undefined>(
    (best, one) => (best && best.hosts.length >= one.hosts.length ? best : one),
    undefined,
  );
}

function bindingLinks(evidence: Evidence, ip: string, { snapshot, hosts }: Binding): CauseLink[] {
  const [first, ...others] = hosts;
  if (!first) return [];
  const route = routeTo(first, ip);
  const shown = (host: HostSnapshot) => evidence.onHost(snapshot, host, 'ip addr');
  const on = `kube-proxy (${snapshot.api?.proxyMode ?? 'ipvs'}) bound ${ip} to kube-ipvs0 on ${hostNames(hosts)}`;
  return [
    link(on, shown(first), ...others.map(shown)),
    link(
      `ip route get ${ip} on ${first.host} says ${route?.type}, dev ${route?.device ?? 'lo'}`,
      evidence.onHost(snapshot, first, `ip route get ${ip}`),
    ),
  ];
}

/** kube-proxy acts on a deletion within a second or two, unless it does not hear of it. */
const REACTION = 5_000_000;

/** The Service is gone for a while and the address is not. */
function staleLink(evidence: Evidence, { service, ip }: Claim, bindings: readonly Binding[]): CauseLink[] {
  const isGone = ({ api }: Snapshot) =>
    api !== undefined &&
    !api.services.some(({ name, namespace }) => name === service.name && namespace === service.namespace);
  const since = evidence.snapshots.find((one) => one.at >= (bindings[0]?.snapshot.at ?? 0) && isGone(one));
  const stale = bindings.find(({ snapshot }) => since && isGone(snapshot) && snapshot.at >= since.at + REACTION);
  if (!since || !stale) return [];
  const gone = `${serviceName(service)} is deleted since ${seconds(since.at)} at the latest`;
  const claim = `${gone}, yet at ${seconds(stale.snapshot.at)} ${ip} is still bound on ${hostNames(stale.hosts)}`;
  const bound = stale.hosts.map((host) => evidence.onHost(stale.snapshot, host, 'ip addr'));
  return [link(claim, evidence.api(since, 'kubectl get services -A'), ...bound)];
}

/** What the binding hosts do with packets from the owner: the source is their own address, so the kernel takes it for forged. */
function martianLink(evidence: Evidence, ip: string, bindings: readonly Binding[]): CauseLink[] {
  let best: { then: number; now: number; earlier: HostAt; later: HostAt } | undefined;
  for (const binding of bindings) {
    for (const host of binding.hosts) {
      const earlier = evidence.atFirst(binding.snapshot, host.host);
      const now = martianSources(host.counters);
      const then = earlier && martianSources(earlier.host.counters);
      if (!earlier || now === undefined || then === undefined || now <= then) continue;
      if (!best || now - then > best.now - best.then)
        best = { then, now, earlier, later: { snapshot: binding.snapshot, host } };
    }
  }
  if (!best) return [];
  const { then, now, earlier, later } = best;
  const grown = `in_martian_src was ${then} at ${seconds(earlier.snapshot.at)} and ${now} at ${seconds(later.snapshot.at)}`;
  const claim = `packets from ${ip} are martian at ${later.host.host}, ARP requests too, and are dropped: ${grown}`;
  const shown = ({ snapshot, host }: HostAt) => evidence.onHost(snapshot, host, 'counters');
  return [link(claim, shown(later), shown(earlier))];
}

/** What a state of the owner's neighbour entry says of its questions, the one that says most first. */
const SILENT_STATES = [
  ['FAILED', 'has given up asking', 'by ARP'],
  ['INCOMPLETE', 'asks for', 'by broadcast ARP, so far unanswered'],
  ['PROBE', 'asks', 'by unicast ARP, so far unanswered'],
] as const;

/** The owner asks for a binding host by ARP and hears nothing. */
function silentNeighbourLink(evidence: Evidence, ip: string, bindings: readonly Binding[]): CauseLink[] {
  for (const [state, asks, how] of SILENT_STATES) {
    for (const { snapshot, hosts } of bindings) {
      const owner = snapshot.hosts.find((host) => evidence.nodeOf(snapshot, host)?.internalIP === ip);
      for (const host of hosts) {
        const peer = evidence.nodeOf(snapshot, host)?.internalIP;
        const entry = owner?.neighbours.find((row) => row.ip === peer);
        if (!owner || entry?.state !== state) continue;
        const claim = `${owner.host} ${asks} ${host.host} ${how}: neighbour ${entry.ip} is ${state}`;
        return [link(claim, evidence.onHost(snapshot, owner, 'ip neigh'))];
      }
    }
  }
  return [];
}

/** The API server's own address is the one that is bound: who dials it reaches itself. */
function selfRefusalLink(evidence: Evidence, claim: Claim, owner: NodeRow, { snapshot, hosts }: Binding): CauseLink[] {
  const routes = hosts.map((host) => evidence.onHost(snapshot, host, `ip route get ${claim.ip}`));
  const [first, ...others] = routes;
  if (owner.role !== 'control-plane' || first === undefined) return [];
  const kubernetes = snapshot.api?.services.find(
    ({ namespace, name }) => namespace === 'default' && name === 'kubernetes',
  );
  const endpoint = `${claim.ip}:${kubernetes?.ports[0]?.targetPort ?? '6443'}`;
  const bound = new Set(hosts.map(({ host }) => host));
  const [refused] = evidence.logLines(
    'kubelet',
    claim.snapshot.at,
    (line, host) => bound.has(host) && line.includes(endpoint) && line.includes('connection refused'),
  );
  const leads = `the API server ${endpoint}, dialled on ${hostNames(hosts)}, leads to ${hosts.length === 1 ? 'itself' : 'themselves'}`;
  if (!refused) return [link(leads, first, ...others)];
  return [link(`${leads}, where nothing listens: kubelet on ${refused.host} is refused`, refused.artifact, ...routes)];
}

interface Loss {
  readonly snapshot: Snapshot;
  readonly nodes: readonly NodeRow[];
}

/** While the address was bound: the snapshot in which most nodes fit, the first of those. */
function worst(
  bindings: readonly Binding[],
  nodes: ReadonlySet<string>,
  fits: (node: NodeRow, at: number) => boolean,
): Loss | undefined {
  let best: Loss | undefined;
  for (const { snapshot } of bindings) {
    const lost = (snapshot.api?.nodes ?? []).filter((node) => nodes.has(node.name) && fits(node, snapshot.at));
    if (lost.length > (best?.nodes.length ?? 0)) best = { snapshot, nodes: lost };
  }
  return best;
}

/** Which kubelets stopped, and which nodes the controller then gave up: the owner, or those that have its address bound. */
function lossLinks(evidence: Evidence, claim: Claim, owner: NodeRow, bindings: readonly Binding[]): CauseLink[] {
  const concerned = new Set([owner.name]);
  for (const { snapshot, hosts } of bindings) {
    for (const host of hosts) {
      const node = evidence.nodeOf(snapshot, host);
      if (node) concerned.add(node.name);
    }
  }
  const notReady = ({ conditions }: NodeRow) => conditions.Ready !== undefined && conditions.Ready.status !== 'True';
  const isStale = (node: NodeRow, at: number) =>
    node.leaseRenewedAt !== undefined && (notReady(node) || at - node.leaseRenewedAt >= STALE_LEASE);
  const links: CauseLink[] = [];
  const stale = worst(bindings, concerned, isStale);
  if (stale) {
    const since = stale.nodes.map(({ name, leaseRenewedAt }) => `${name} since ${seconds(leaseRenewedAt ?? 0)}`);
    const claimed = `the kubelet no longer renews its lease: ${listed(since)}`;
    links.push(link(claimed, evidence.api(stale.snapshot, 'renewals')));
  }
  const lost = worst(bindings, concerned, notReady);
  for (const { name, conditions } of lost?.nodes ?? []) {
    const { status, reason, since } = conditions.Ready ?? { status: 'Unknown', reason: '', since: claim.snapshot.at };
    const change = evidence.readyChange(name, status, since);
    const when = change ? `${formatSeconds(change.at)} s` : `${since / 1_000_000} s (API time)`;
    const claimed = `Node ${name} is NotReady (Ready=${status}, ${reason}) since ${when}`;
    const shown = change ? [change.artifact] : [];
    if (lost) links.push(link(claimed, evidence.api(lost.snapshot, 'conditions'), ...shown));
  }
  return links;
}

/** Everything after claim and owner. Empty where no other host ever had the address bound: then it is not this cause. */
export function addressTakenLinks(evidence: Evidence, claim: Claim, owner: NodeRow | undefined): CauseLink[] {
  const bindings = evidence.bindings(claim.ip).filter(({ snapshot }) => snapshot.at >= claim.snapshot.at);
  const best = widest(bindings);
  if (!best) return [];
  return [
    ...bindingLinks(evidence, claim.ip, best),
    ...martianLink(evidence, claim.ip, bindings),
    ...silentNeighbourLink(evidence, claim.ip, bindings),
    ...(owner ? selfRefusalLink(evidence, claim, owner, best) : []),
    ...(owner ? lossLinks(evidence, claim, owner, bindings) : []),
    ...staleLink(evidence, claim, bindings),
  ];
}
