/**
 * A testbed for tests of the engine: what happens when is a script, not a model. Real ports, virtual time, no network underneath.
 * Refuses to follow from anything: what a test does not script does not happen.
 */

import { formatApiTime } from '../base/api-time.js';
import { type Micros, SECOND } from '../base/instant.js';
import type { AddressRow, PacketRow, RouteAnswer } from '../evidence/rows.js';
import type {
  ApiAnswer,
  Capture,
  Clock,
  ControlPlane,
  IdleConnection,
  Metrics,
  Network,
  Probes,
  Testbed,
  TestbedNode,
  Traffic,
} from '../ports/testbed.js';
import { StoppedError } from '../ports/testbed.js';
import type { ClusterSpec, KubeObject, ObjectRef, ProbeOutcome, ProbeSpec } from '../scenario/model.js';
import type { HistoryRecord, ProbeSample } from '../verdict/history.js';

export interface ScriptedHost {
  readonly name: string;
  readonly ip: string;
  /** Addresses on kube-ipvs0. */
  readonly bound: Set<string>;
  readonly counters: Record<string, number>;
}

/** What a probe's sample that starts at an instant comes to, and how long it takes. */
export type Outcomes = (startedAt: Micros) => { readonly outcome: ProbeOutcome; readonly took: Micros };

const ok: Outcomes = () => ({ outcome: 'ok', took: 1000 });

function key(kind: string, name: string, namespace = ''): string {
  return `${kind} ${namespace}/${name}`;
}

export class ScriptedTestbed implements Testbed {
  readonly backend = 'sim';
  readonly hosts = new Map<string, ScriptedHost>();
  readonly objects = new Map<string, KubeObject>();
  readonly outcomes = new Map<string, Outcomes>();
  readonly records: HistoryRecord[] = [];
  readonly probesStarted: string[] = [];
  metrics?: Metrics;
  traffic?: Traffic;
  packets: PacketRow[] = [];
  connection: 'established' | 'reset' | 'silent' = 'established';
  stopAt: Micros = Number.MAX_SAFE_INTEGER;
  /** Called after the store has changed; a string refuses the change with these words. */
  onApply: (object: KubeObject) => string | undefined = () => undefined;
  onDelete: (ref: ObjectRef) => void = () => {};
  readonly #script: { at: Micros; run: () => void }[] = [];
  #now: Micros = 0;
  #version = 1;

  constructor(
    readonly cluster: ClusterSpec,
    readonly nodes: readonly TestbedNode[],
  ) {
    for (const { name, ip } of nodes)
      this.hosts.set(name, { name, ip, bound: new Set(), counters: { in_martian_src: 0 } });
    for (const { name, ip, role } of nodes) {
      const labels = role === 'control-plane' ? { 'node-role.kubernetes.io/control-plane': '' } : {};
      const status = { addresses: [{ type: 'InternalIP', address: ip }] };
      this.#store({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, status });
      this.ready(name, 'True', 'KubeletReady');
    }
  }

  at(instant: Micros, run: () => void): void {
    this.#script.push({ at: instant, run });
  }

  after(delay: Micros, run: () => void): void {
    this.at(this.#now + delay, run);
  }

  ready(node: string, status: string, reason: string): void {
    const object = this.objects.get(key('Node', node));
    if (!object) throw new Error(`no node ${node}`);
    const lastTransitionTime = formatApiTime(this.#now, 0);
    const condition = { type: 'Ready', status, reason, lastTransitionTime };
    this.#store({ ...object, status: { ...(object.status as object), conditions: [condition] } });
    const change = `Ready=${status} (${reason})`;
    this.records.push({ kind: 'object', at: this.#now, object: `Node ${node}`, change });
  }

  renew(node: string): void {
    const spec = { renewTime: formatApiTime(this.#now, 6) };
    const metadata = { name: node, namespace: 'kube-node-lease' };
    this.#store({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec });
  }

  log(host: string, component: string, line: string): void {
    this.records.push({ kind: 'log', at: this.#now, host, component, line });
  }

  host(name: string): ScriptedHost {
    const found = this.hosts.get(name);
    if (!found) throw new Error(`no host ${name}`);
    return found;
  }

  #store(object: KubeObject): KubeObject {
    const { name, namespace } = object.metadata;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version++) } };
    this.objects.set(key(object.kind, name, namespace), stored);
    return stored;
  }

  readonly clock: Clock = {
    now: () => this.#now,
    sleepUntil: async (until) => {
      for (;;) {
        const due = this.#script.filter(({ at }) => at <= Math.min(until, this.stopAt)).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        this.#script.splice(this.#script.indexOf(due), 1);
        this.#now = Math.max(this.#now, due.at);
        due.run();
      }
      this.#now = Math.max(this.#now, Math.min(until, this.stopAt));
      if (until >= this.stopAt) throw new StoppedError('stopped');
    },
  };

  readonly controlPlane: ControlPlane = {
    apply: async (object): Promise<ApiAnswer> => {
      const refusal = this.onApply(object);
      if (refusal !== undefined) return { ok: false, code: 403, reason: 'Forbidden', message: refusal };
      return { ok: true, object: this.#store(object) };
    },
    delete: async (ref): Promise<ApiAnswer> => {
      const found = this.objects.get(key(ref.kind, ref.name, ref.namespace));
      const message = `${ref.kind.toLowerCase()}s "${ref.name}" not found`;
      if (!found) return { ok: false, code: 404, reason: 'NotFound', message };
      this.objects.delete(key(ref.kind, ref.name, ref.namespace));
      this.onDelete(ref);
      return { ok: true, object: found };
    },
    patch: async (): Promise<ApiAnswer> => ({
      ok: false,
      code: 405,
      reason: 'MethodNotAllowed',
      message: 'no patches',
    }),
    get: async (ref) => this.objects.get(key(ref.kind, ref.name, ref.namespace)),
    list: async (kind) => [...this.objects.values()].filter((object) => object.kind === kind),
  };

  #addresses(host: ScriptedHost): AddressRow[] {
    const row = (index: number, device: string, addresses: readonly string[]): AddressRow => ({
      ...{ index, device, mtu: 1500, qdisc: 'noqueue', state: device === 'eth0' ? 'UP' : 'DOWN', link: 'ether' },
      flags: device === 'eth0' ? ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'] : ['BROADCAST', 'NOARP'],
      mac: '02:42:00:00:00:01',
      addresses: addresses.map((prefix) => ({ prefix, scope: 'global' })),
    });
    return [
      row(2, 'eth0', [`${host.ip}/24`]),
      row(
        3,
        'kube-ipvs0',
        [...host.bound].map((ip) => `${ip}/32`),
      ),
    ];
  }

  #route(host: ScriptedHost, to: string): RouteAnswer {
    const isLocal = host.ip === to || host.bound.has(to);
    return isLocal
      ? { type: 'local', to, device: 'lo', source: to, table: 'local' }
      : { type: 'unicast', to, device: 'eth0', source: host.ip, table: 'main' };
  }

  readonly network: Network = {
    addresses: async (host) => this.#addresses(this.host(host)),
    routeGet: async (host, to) => this.#route(this.host(host), to),
    localTable: async () => [],
    neighbours: async () => [],
    virtualServers: async () => [
      { protocol: 'TCP', address: '10.96.0.1', port: 443, scheduler: 'rr', realServers: [] },
    ],
    filters: async () => [],
    sockets: async () => [],
    counters: async (host) => ({ ...this.host(host).counters }),
    arpOwners: async (ip) => {
      await this.clock.sleepUntil(this.#now + SECOND);
      return [...this.hosts.values()].filter((host) => host.ip === ip).map(({ name }) => name);
    },
    bind: async (host, address) => !this.host(host).bound.has(address) && this.host(host).bound.add(address).size > 0,
    unbind: async (host, address) => this.host(host).bound.delete(address),
    startCapture: async (): Promise<Capture> => ({ packets: () => this.packets, stop: () => {} }),
    openConnection: async (): Promise<IdleConnection> => ({ judge: async () => this.connection }),
  };

  /** Samples are worked out when they are asked for: what an outcome is must follow from its instant alone. */
  readonly probes: Probes = {
    start: async ({ name, every }: ProbeSpec) => {
      this.probesStarted.push(name);
      this.#grids.set(name, { from: this.#now, every });
    },
    samples: async (probe, since) => {
      const grid = this.#grids.get(probe);
      const samples: ProbeSample[] = [];
      for (let at = grid?.from ?? this.#now; grid && at < this.#now; ) {
        const { outcome, took } = (this.outcomes.get(probe) ?? ok)(at);
        if (at + took > this.#now) break;
        if (at >= since) samples.push({ startedAt: at, endedAt: at + took, outcome, detail: '' });
        at += Math.max(1, Math.ceil(took / grid.every)) * grid.every;
      }
      return samples;
    },
  };
  readonly #grids = new Map<string, { readonly from: Micros; readonly every: Micros }>();

  async events(since: Micros): Promise<readonly HistoryRecord[]> {
    return this.records.filter(({ at }) => at >= since);
  }

  async close(): Promise<void> {}
}
