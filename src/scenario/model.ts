/**
 * A scenario and a cluster as the program uses them: resolved, typed, with units, without file syntax.
 * The schema of the files is v1.ts; the plan makes these values from it, once for each arm of each case.
 *
 * Strings may still hold `${nodes.NAME.ip}` and `${nodes.NAME.name}`: which address a node has, and what Kubernetes calls it,
 * is known only once a testbed is up. All other references are resolved. Where a field is a node, it holds the node's name
 * in the scenario.
 */
import type { Place } from '../base/diagnostic.js';
import type { Micros } from '../base/instant.js';

export type ProxyMode = 'ipvs' | 'iptables' | 'nftables' | 'none';
export type CniName = 'kindnet' | 'flannel' | 'calico';
export type Encapsulation = 'none' | 'vxlan' | 'ipip';
export type BackendName = 'sim' | 'netns' | 'envtest' | 'kind';

/** A further network interface of a node; `up: false` leaves it down, as `ip link set down` does. */
export interface DeviceSpec {
  readonly name: string;
  readonly up: boolean;
  readonly addresses: readonly string[];
}

export interface NodeSpec {
  readonly name: string;
  readonly role: 'control-plane' | 'worker';
  /** InternalIP, dotted decimal; given or assigned from the subnet by the plan. */
  readonly ip: string;
  /** Name of the interface that holds `ip`; eth0 unless given. */
  readonly device: string;
  readonly devices: readonly DeviceSpec[];
  /** Keys as sysctl(8) writes them: `net.ipv4.conf.all.rp_filter`. The node's own values win over the cluster's. */
  readonly sysctls: Readonly<Record<string, string>>;
  readonly linkRateBps: number;
  /** Preset interface counters in bytes; only models can. */
  readonly counters?: { readonly receivedBytes: number; readonly transmittedBytes: number };
}

export interface ClusterSpec {
  readonly name: string;
  /** Full version without `v`; absent: bare hosts without Kubernetes. */
  readonly kubernetes?: string;
  readonly nodes: readonly NodeSpec[];
  readonly subnet: string;
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  readonly kubeProxy: {
    readonly mode: ProxyMode;
    readonly strictARP: boolean;
    readonly excludeCIDRs: readonly string[];
    readonly featureGates: Readonly<Record<string, boolean>>;
  };
  readonly apiServer: {
    readonly admissionPlugins: readonly string[];
    readonly endpoint: 'node' | 'vip' | 'load-balancer';
    readonly vip?: string;
  };
  /** Linux version of the nodes, `6.1`: kernel behaviour that changed over time follows it. */
  readonly kernel: string;
  readonly cni: { readonly name: CniName; readonly encapsulation: Encapsulation };
  readonly timing: TimingSpec;
  readonly addons: Readonly<Record<string, unknown>>;
  readonly schedulers: readonly Readonly<Record<string, unknown>>[];
}

/** Absent durations are the defaults of the Kubernetes version. All unscaled; a backend applies `scale`. */
export interface TimingSpec {
  readonly scale: number;
  readonly leaseDuration?: Micros;
  readonly nodeStatusUpdateFrequency?: Micros;
  readonly nodeMonitorGracePeriod?: Micros;
  readonly nodeMonitorPeriod?: Micros;
}

/** Where a probe or a capture stands: a node's host network, a pod, the host `outside`, or the router. */
export type Vantage =
  | { readonly kind: 'node'; readonly node: string }
  | { readonly kind: 'pod'; readonly pod: string; readonly namespace: string }
  | { readonly kind: 'outside' }
  | { readonly kind: 'gateway' };

/** `to` and hosts in `url` are addresses, node references or service names as written. */
export type ProbeTarget =
  | { readonly kind: 'apiserver' }
  | { readonly kind: 'tcp'; readonly to: string; readonly port: number }
  | { readonly kind: 'ping'; readonly to: string }
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'arp'; readonly ip: string };

/** `http-NNN` stands for an HTTP status outside 2xx. */
export type ProbeOutcome =
  | 'ok'
  | 'timeout'
  | 'refused'
  | 'reset'
  | 'host-unreachable'
  | 'net-unreachable'
  | 'wrong-host'
  | 'tls-error'
  | `http-${number}`;

export interface ProbeSpec {
  readonly name: string;
  readonly from: Vantage;
  readonly target: ProbeTarget;
  readonly every: Micros;
  readonly timeout: Micros;
  /** When it samples: all through the case, only while a step waits on it, or at the start and the end. */
  readonly mode: 'continuous' | 'step' | 'edge';
  readonly place: Place;
}

/** A number to compare with, or (`side`) the other side's value of the same quantity. */
export type Comparison =
  | { readonly op: '==' | '!=' | '>' | '>=' | '<' | '<='; readonly value: number }
  | { readonly op: 'range'; readonly low: number; readonly high: number }
  | { readonly op: '>' | '>=' | '<' | '<='; readonly side: string };

/** A Kubernetes object as JSON; the fields that the program reads are named. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

interface Timed {
  /** See examples/README.md, `expect`. */
  readonly within?: Micros;
  readonly for?: Micros;
  readonly side?: string;
  readonly place: Place;
  /** One line as the file has it, for reports: `probe api-from-victim is ok for 5s`. */
  readonly text: string;
}

/** One expectation. Lists in `is`, `state`, `type` mean any of these; lists of nodes mean each of them. */
export type Expectation = Timed &
  (
    | { readonly kind: 'probe'; readonly probe: string; readonly is: readonly string[] }
    | {
        readonly kind: 'node';
        readonly nodes: readonly string[];
        readonly condition: string;
        readonly is: readonly string[];
      }
    | { readonly kind: 'lease'; readonly nodes: readonly string[]; readonly age: Comparison }
    | {
        readonly kind: 'address';
        readonly address: string;
        readonly on: readonly string[];
        readonly device?: string;
        readonly present: boolean;
      }
    | {
        readonly kind: 'route';
        readonly from: readonly string[];
        readonly to: string;
        readonly type?: readonly string[];
        readonly device?: string;
      }
    | {
        readonly kind: 'virtualServer';
        readonly virtualServer: string;
        readonly on: readonly string[];
        readonly realServers?: Comparison;
        readonly present: boolean;
      }
    | {
        readonly kind: 'neighbour';
        readonly on: readonly string[];
        readonly of: string;
        readonly state: readonly string[];
      }
    | { readonly kind: 'arpOwners'; readonly ip: string; readonly nodes: readonly string[] }
    | {
        readonly kind: 'connection';
        readonly from: string;
        readonly to: string;
        readonly port: number;
        readonly is: readonly ('established' | 'reset' | 'silent')[];
      }
    | {
        readonly kind: 'pods';
        readonly labels: Readonly<Record<string, string>>;
        readonly namespace: string;
        readonly phase?: readonly string[];
        readonly ready?: boolean;
        readonly evicted?: boolean;
        readonly count?: Comparison;
      }
    | { readonly kind: 'log'; readonly of: string; readonly on: string; readonly matches: string }
    | { readonly kind: 'captured'; readonly capture: string; readonly count: Comparison }
    | { readonly kind: 'cause'; readonly cause: readonly string[]; readonly names: readonly string[] }
    | { readonly kind: 'promql'; readonly query: string; readonly value: Comparison }
    | {
        readonly kind: 'placement';
        readonly labels: Readonly<Record<string, string>>;
        readonly on?: readonly string[];
        readonly count?: Comparison;
        readonly scheduled?: number;
        readonly plugin?: string;
        readonly ran?: boolean;
        readonly margin?: Comparison;
        readonly over?: string;
      }
    | {
        readonly kind: 'moved';
        readonly labels: Readonly<Record<string, string>>;
        readonly count?: Comparison;
        readonly explained?: string;
      }
    | { readonly kind: 'linkUtilisation'; readonly of: string; readonly value: Comparison }
  );

/** A flow of TCP segments or UDP datagrams. Without size and duration it goes on until the arm ends, without a rate as fast as it goes. */
export interface FlowSpec {
  readonly name: string;
  readonly from: Vantage;
  readonly to: Vantage;
  readonly protocol: 'tcp' | 'udp';
  /** Bits per second on the wire, headers and all. */
  readonly rateBps?: number;
  readonly sizeBytes?: number;
  readonly duration?: Micros;
}

/** Pods that arrive one after the other. */
export interface ArrivalSpec {
  readonly pods: number;
  /** Mean time between two arrivals. */
  readonly spacing: Micros;
  readonly spread: 'even' | 'poisson';
  /** `metadata` and `spec`, as in the template of a Deployment. */
  readonly template: Readonly<Record<string, unknown>>;
  readonly sends?: { readonly to: Vantage; readonly rateBps: number };
}

export type Action =
  | { readonly kind: 'apply'; readonly objects: readonly KubeObject[]; readonly refused?: string }
  | { readonly kind: 'delete'; readonly objects: readonly ObjectRef[] }
  | { readonly kind: 'patch'; readonly target: ObjectRef; readonly merge?: unknown; readonly json?: readonly unknown[] }
  | {
      readonly kind: 'bind' | 'unbind';
      readonly address: string;
      readonly on: readonly string[];
      readonly device: string;
      /** Repeats at this period until `until` holds, or for ever where there is none. */
      readonly every?: Micros;
      readonly until?: { readonly route: string; readonly for: Micros };
    }
  | {
      readonly kind: 'capture';
      readonly on: readonly Vantage[];
      readonly filter: string;
      readonly for: Micros;
      readonly as: string;
      readonly device?: string;
    }
  | { readonly kind: 'sleep'; readonly for: Micros }
  /** `within`: to be seen as it was asked for, where the step has no time of its own. */
  | { readonly kind: 'traffic'; readonly flow: FlowSpec; readonly within: Micros }
  | { readonly kind: 'schedule'; readonly arrivals: ArrivalSpec }
  /** What no backend runs yet: parsed and planned, carried as the file has it. */
  | { readonly kind: 'upgrade'; readonly body: Readonly<Record<string, unknown>> };

export interface StepSpec {
  /** Position in the file's list, from 0: the same on every arm. */
  readonly index: number;
  readonly name: string;
  readonly treatment: boolean;
  /** False where `when` does not match this point of the matrix: the step is listed, not run. */
  readonly runs: boolean;
  readonly timeout?: Micros;
  readonly action?: Action;
  readonly expect: readonly Expectation[];
  readonly place: Place;
}
