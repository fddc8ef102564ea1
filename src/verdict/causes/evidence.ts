/**
 * The evidence of one arm as cause rules ask it: which Service claims which address, who owns it, who has it bound, and where each
 * of that is written. Knows no rule.
 */
import { type Micros, SECOND } from '../../base/instant.js';
import { anchor, apiFile, armFolder, historyLine, hostFile } from '../../evidence/paths.js';
import type { HostSnapshot, NodeRow, RouteAnswer, ServiceRow, Snapshot } from '../../evidence/rows.js';
import type { HistoryRecord } from '../history.js';
import type { CauseLink } from '../verdict.js';

/** The device on which kube-proxy in ipvs mode puts Service addresses. */
export const DUMMY = 'kube-ipvs0';

export interface Dossier {
  /** Names the folder of its artifacts. */
  readonly arm: string;
  readonly history: readonly HistoryRecord[];
  /** In the order in which they were taken. */
  readonly snapshots: readonly Snapshot[];
}

/** A Service that names an address, where it was first seen. */
export interface Claim {
  readonly service: ServiceRow;
  readonly ip: string;
  readonly snapshot: Snapshot;
}

/** Hosts that have an address on the dummy device and not as their own, and to which it is therefore local. */
export interface Binding {
  readonly snapshot: Snapshot;
  readonly hosts: readonly HostSnapshot[];
}

/** What one moment says of a host. */
export interface HostAt {
  readonly snapshot: Snapshot;
  readonly host: HostSnapshot;
}

export interface LogLine {
  readonly host: string;
  readonly line: string;
  readonly artifact: string;
}

export function serviceName({ namespace, name }: ServiceRow): string {
  return `Service ${namespace}/${name}`;
}

function devicesWith({ addresses }: HostSnapshot, ip: string): string[] {
  return addresses
    .filter((row) => row.addresses.some(({ prefix }) => prefix.split('/')[0] === ip))
    .map((row) => row.device);
}

export const seconds = (micros: Micros) => `${(micros / SECOND).toFixed(1)} s`;

export function owns(host: HostSnapshot, ip: string): boolean {
  return devicesWith(host, ip).some((device) => device !== DUMMY);
}

export function routeTo({ routes }: HostSnapshot, ip: string): RouteAnswer | undefined {
  return routes.find(({ to }) => to === ip)?.answer;
}

export class Evidence {
  readonly snapshots: readonly Snapshot[];
  readonly #arm: string;
  readonly #history: readonly HistoryRecord[];

  constructor({ arm, history, snapshots }: Dossier) {
    this.#arm = armFolder(arm);
    this.#history = history;
    this.snapshots = snapshots;
  }

  api(snapshot: Snapshot, command: string): string {
    return `${this.#arm}/${apiFile(snapshot.id)}#${anchor(command)}`;
  }

  onHost(snapshot: Snapshot, host: HostSnapshot, command: string): string {
    return `${this.#arm}/${hostFile(snapshot.id, host.host)}#${anchor(command)}`;
  }

  /** Each Service with each address that it ever named in that field, first seen first. */
  claims(field: 'externalIPs' | 'loadBalancerIPs'): Claim[] {
    const found = new Map<string, Claim>();
    for (const snapshot of this.snapshots) {
      for (const service of snapshot.api?.services ?? []) {
        for (const ip of service[field]) {
          const key = `${service.namespace}/${service.name}/${ip}`;
          if (!found.has(key)) found.set(key, { service, ip, snapshot });
        }
      }
    }
    return [...found.values()];
  }

  nodeWithAddress(snapshot: Snapshot, ip: string): NodeRow | undefined {
    return snapshot.api?.nodes.find(({ internalIP }) => internalIP === ip);
  }

  /** What Kubernetes calls a host: the Node whose InternalIP the host owns. */
  nodeOf(snapshot: Snapshot, host: HostSnapshot): NodeRow | undefined {
    return snapshot.api?.nodes.find(({ internalIP }) => owns(host, internalIP));
  }

  /** Per snapshot, the hosts that have `ip` on the dummy device without owning it and route it to themselves; none: left out. */
  bindings(ip: string): Binding[] {
    return this.snapshots.flatMap((snapshot) => {
      const hosts = snapshot.hosts.filter(
        (host) => !owns(host, ip) && devicesWith(host, ip).includes(DUMMY) && routeTo(host, ip)?.type === 'local',
      );
      return hosts.length > 0 ? [{ snapshot, hosts }] : [];
    });
  }

  /** The host in the first snapshot of all, where that is an earlier one. */
  atFirst(snapshot: Snapshot, host: string): HostAt | undefined {
    const index = this.snapshots.indexOf(snapshot);
    for (const earlier of this.snapshots.slice(0, index)) {
      const found = earlier.hosts.find((one) => one.host === host);
      if (found) return { snapshot: earlier, host: found };
    }
    return undefined;
  }

  /**
   * The change of a Node's Ready to `status` that the API dates `since`, with the history's own time: the API's has whole seconds.
   * Undefined where the history does not have it.
   */
  readyChange(
    node: string,
    status: string,
    since: Micros,
  ): { readonly at: Micros; readonly artifact: string } | undefined {
    const index = this.#history.findLastIndex(
      (record) =>
        record.kind === 'object' &&
        record.object === `Node ${node}` &&
        record.change.startsWith(`Ready=${status} `) &&
        record.at >= since &&
        record.at < since + SECOND,
    );
    const record = this.#history[index];
    return record && { at: record.at, artifact: `${this.#arm}/${historyLine(index)}` };
  }

  /** Lines of a component that fit, written at or after an instant. */
  logLines(component: string, since: number, fits: (line: string, host: string) => boolean): LogLine[] {
    return this.#history.flatMap((record, index) => {
      if (record.kind !== 'log' || record.component !== component || record.at < since) return [];
      if (!fits(record.line, record.host)) return [];
      const artifact = `${this.#arm}/${historyLine(index)}`;
      return [{ host: record.host, line: record.line, artifact }];
    });
  }
}

export function readEvidence(dossier: Dossier): Evidence {
  return new Evidence(dossier);
}

/** A claim about several hosts or moments names the artifact of each. */
export function link(claim: string, artifact: string, ...others: readonly string[]): CauseLink {
  return { claim, artifact, ...(others.length > 0 && { artifacts: [artifact, ...others] }) };
}

/** More hosts than these are counted instead of named. */
const NAMED_MAX = 4;

/** `a`, `a and b`, `a, b, c, d and 16 more`. */
export function hostNames(hosts: readonly HostSnapshot[]): string {
  const names = hosts.map(({ host }) => host);
  if (names.length <= NAMED_MAX) return listed(names);
  return `${names.slice(0, NAMED_MAX).join(', ')} and ${names.length - NAMED_MAX} more`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
