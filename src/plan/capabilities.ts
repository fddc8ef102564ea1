/**
 * What a backend can run, as data. A case that asks for more is planned and skipped with the reason. The plan knows no backend:
 * whoever makes a plan hands in the capabilities.
 */
import { servedKinds } from '../kube/api/kinds.js';
import type {
  Action,
  BackendName,
  CniName,
  Encapsulation,
  Expectation,
  ProbeTarget,
  ProxyMode,
  Vantage,
} from '../scenario/model.js';

export interface Capabilities {
  readonly name: BackendName;
  readonly actions: readonly Action['kind'][];
  readonly expectations: readonly Expectation['kind'][];
  readonly probes: readonly ProbeTarget['kind'][];
  readonly vantages: readonly Vantage['kind'][];
  /** Range of Kubernetes versions, as semver writes it. */
  readonly kubernetes: string;
  /** Clusters without Kubernetes. */
  readonly bareHosts: boolean;
  readonly proxyModes: readonly ProxyMode[];
  readonly cnis: readonly CniName[];
  readonly encapsulations: readonly Encapsulation[];
  readonly endpoints: readonly ('node' | 'vip' | 'load-balancer')[];
  /** Kinds of objects that it stores and acts on, `apps/v1 Deployment`; `any` for a real API server. */
  readonly kinds: 'any' | readonly string[];
  /** Runs the sides of `compare`. */
  readonly compare: boolean;
  /** What every node calls its network card; undefined where the cluster file says it. */
  readonly nodeDevice?: string;
  /** Pods of `schedule` send. */
  readonly podsSend: boolean;
  /** Presets interface counters. */
  readonly counters: boolean;
  /** Kernel modules that are there; `any` where a model stands for the kernel. */
  readonly kernelModules: 'any' | readonly string[];
}

/** The simulator of this version. */
export const SIM: Capabilities = {
  name: 'sim',
  actions: ['apply', 'delete', 'patch', 'bind', 'unbind', 'capture', 'sleep'],
  expectations: [
    'probe',
    'node',
    'lease',
    'address',
    'route',
    'virtualServer',
    'neighbour',
    'arpOwners',
    'connection',
    'pods',
    'log',
    'captured',
    'cause',
  ],
  probes: ['apiserver', 'tcp', 'ping', 'http', 'arp'],
  vantages: ['node', 'pod', 'outside', 'gateway'],
  kubernetes: '>=1.20.0 <1.37.0',
  bareHosts: true,
  proxyModes: ['ipvs', 'iptables', 'nftables', 'none'],
  cnis: ['kindnet', 'flannel', 'calico'],
  // Nothing in the model carries a virtual IP, balances between API servers or encapsulates in UDP.
  encapsulations: ['none', 'ipip'],
  endpoints: ['node'],
  kinds: servedKinds().map(({ apiVersion, kind }) => `${apiVersion} ${kind}`),
  compare: false,
  podsSend: false,
  counters: true,
  kernelModules: 'any',
};

/** Namespaces of a real kernel: what the model's programs do, over real packets. */
export const NETNS: Capabilities = {
  ...SIM,
  name: 'netns',
  encapsulations: ['none'],
  counters: false,
  kernelModules: ['ip_vs', 'ip_vs_rr', 'dummy', 'veth', 'bridge', 'nf_conntrack', 'ip_set'],
};

/** A real cluster in containers: what has to be driven from outside is not all there yet. */
export const KIND: Capabilities = {
  ...SIM,
  name: 'kind',
  actions: [...SIM.actions, 'traffic', 'schedule'],
  expectations: [...SIM.expectations, 'promql', 'placement'],
  // The node images that kind still makes, and those that a user has.
  kubernetes: '>=1.20.0',
  bareHosts: false,
  nodeDevice: 'eth0',
  cnis: ['kindnet'],
  encapsulations: ['none'],
  kinds: 'any',
  counters: false,
  kernelModules: ['ip_vs', 'ip_vs_rr', 'dummy', 'veth', 'bridge', 'nf_conntrack', 'ip_set'],
};
