/**
 * What a backend brings up for one arm of one case, as small ports named by their role. Interfaces only.
 * Every method may be called at any time between bring-up and `close`; none of them waits for the cluster to change.
 */
import type { Micros } from '../base/instant.js';
import type {
  AddressRow,
  FilterRow,
  NeighbourRow,
  PacketRow,
  RouteAnswer,
  SocketRow,
  VirtualServerRow,
} from '../evidence/rows.js';
import type {
  BackendName,
  ClusterSpec,
  FlowSpec,
  KubeObject,
  NodeSpec,
  ObjectRef,
  ProbeSpec,
  Vantage,
} from '../scenario/model.js';
import type { HistoryRecord, ProbeSample } from '../verdict/history.js';

/** The only teller of time. Instants count from the start of the case's first step; bring-up lies before zero. */
export interface Clock {
  now(): Micros;
  /**
   * Unix time, in microseconds, of instant zero as API objects' times count (`renewTime`, `lastTransitionTime`). Absent: 0, so
   * that a model may write instant 42 s as `1970-01-01T00:00:42Z`.
   */
  readonly epoch?: Micros;
  /** Returns at `at`, or at once where that is past. A testbed that was stopped rejects with {@link StoppedError}. */
  sleepUntil(at: Micros): Promise<void>;
}

/** Thrown out of a sleep when the run is cancelled or, in a replay, its instant is reached. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
}

/** What the API said. A refusal is a value: `code` is the HTTP status, `message` the API's own wording. */
export type ApiAnswer =
  | { readonly ok: true; readonly object: KubeObject }
  | { readonly ok: false; readonly code: number; readonly reason: string; readonly message: string };

/** Kubernetes objects, as an administrator who reaches the API server over its own loopback, whatever the fault cuts. */
export interface ControlPlane {
  apply(object: KubeObject): Promise<ApiAnswer>;
  delete(ref: ObjectRef): Promise<ApiAnswer>;
  patch(ref: ObjectRef, patch: { readonly merge?: unknown; readonly json?: readonly unknown[] }): Promise<ApiAnswer>;
  get(ref: ObjectRef): Promise<KubeObject | undefined>;
  /** All of a kind; without a namespace from all namespaces. Ordered by namespace and name. */
  list(kind: string, namespace?: string): Promise<readonly KubeObject[]>;
}

/** The nodes as hosts. A node is named as in the scenario; `outside` and `gateway` are hosts too. */
export interface Network {
  addresses(host: string): Promise<readonly AddressRow[]>;
  routeGet(host: string, to: string): Promise<RouteAnswer>;
  /** Table `local`, in the kernel's order. */
  localTable(host: string): Promise<readonly RouteAnswer[]>;
  neighbours(host: string): Promise<readonly NeighbourRow[]>;
  virtualServers(host: string): Promise<readonly VirtualServerRow[]>;
  /** The INPUT chain's service rules in `iptables -S` order; empty where there are none. */
  filters(host: string): Promise<readonly FilterRow[]>;
  sockets(host: string): Promise<readonly SocketRow[]>;
  counters(host: string): Promise<Readonly<Record<string, number>>>;
  /** Asks who has `ip` by a broadcast from `outside`, and names the hosts that answered within a second. */
  arpOwners(ip: string): Promise<readonly string[]>;
  /** Adds ADDRESS/32, on a dummy device made for it where the host has none of that name. False where it is there already. */
  bind(host: string, address: string, device: string): Promise<boolean>;
  /** Removes ADDRESS/32; false where it is not there. */
  unbind(host: string, address: string, device: string): Promise<boolean>;
  /** Starts recording packets; `filter` is a pcap filter as far as arp, icmp, tcp, udp, host, port, and, or, not go. */
  startCapture(at: Vantage, filter: string, device?: string): Promise<Capture>;
  /** Opens a TCP connection and leaves it idle; `undefined` where it cannot be opened. */
  openConnection(from: string, to: string, port: number): Promise<IdleConnection | undefined>;
}

export interface Capture {
  packets(): readonly PacketRow[];
  stop(): void;
}

export interface IdleConnection {
  /** Sends one byte and, after `wait`, says what came of it. */
  judge(wait: Micros): Promise<'established' | 'reset' | 'silent'>;
}

/** Repeated measurements. They go on by themselves, also where this program cannot reach the node. */
export interface Probes {
  start(spec: ProbeSpec): Promise<void>;
  /** Finished samples with `startedAt >= since`, in order of start. */
  samples(probe: string, since: Micros): Promise<readonly ProbeSample[]>;
  /** Takes no further sample until started again; one under way is finished. Absent: a probe, once started, goes on. */
  stop?(probe: string): Promise<void>;
}

/** One series of an instant query, at its newest; a scalar has no labels. */
export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  /** As Prometheus computes it: NaN and infinities are values. */
  readonly value: number;
}

/** `error` is Prometheus's own wording. */
export type MetricsAnswer =
  | { readonly ok: true; readonly samples: readonly MetricSample[] }
  | { readonly ok: false; readonly error: string };

/** PromQL over what the cluster's Prometheus holds. */
export interface Metrics {
  /** An instant query, at the time of asking. */
  query(promql: string): Promise<MetricsAnswer>;
}

/** What came of a flow that was started; `text` and `error` tell the rate that was seen. */
export type FlowAnswer = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly error: string };

/** Flows between hosts. They go on by themselves until they are done or the testbed is closed. */
export interface Traffic {
  /** Returns when the flow was seen to run as asked, or was seen not to; that takes not much longer than `within`. */
  start(flow: FlowSpec, within: Micros): Promise<FlowAnswer>;
}

export interface TestbedNode extends NodeSpec {
  /** What Kubernetes calls it. */
  readonly kubernetesName: string;
}

export interface Testbed {
  readonly backend: BackendName;
  readonly cluster: ClusterSpec;
  /** What evidence calls kube-proxy's mode where it is not the cluster's own: `ipvs, emulated`. */
  readonly proxyMode?: string;
  /** With the addresses that the nodes really have. */
  readonly nodes: readonly TestbedNode[];
  readonly clock: Clock;
  /** Absent on bare hosts. */
  readonly controlPlane: ControlPlane | undefined;
  readonly network: Network;
  readonly probes: Probes;
  /** Absent where the cluster has no Prometheus. */
  readonly metrics?: Metrics;
  /** Absent where nothing generates traffic. */
  readonly traffic?: Traffic;
  /** What bring-up has to tell, for the history. */
  readonly notes?: readonly string[];
  /** Log lines and object changes since `since`, for the history. */
  events(since: Micros): Promise<readonly HistoryRecord[]>;
  /** Opens its hosts to people until it is closed. Absent where there is nothing to stand on. */
  shells?(): Promise<Shells>;
  close(): Promise<void>;
}

/** Shells on the hosts of a testbed: `windtunnel shell PATH HOST`. */
export interface Shells {
  /** A Unix socket of this user's. */
  readonly path: string;
  readonly hosts: readonly string[];
  /** Commands of other programs that look inside too, word by word. */
  readonly commands?: readonly (readonly string[])[];
  close(): void;
}
