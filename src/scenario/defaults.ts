/** What a word means where a file leaves it out. The schema documents these values, the plan fills them in. */
import { SECOND } from '../base/instant.js';

export const CLUSTER_DEFAULTS = {
  role: 'worker',
  device: 'eth0',
  subnet: '172.30.0.0/24',
  podSubnet: '10.244.0.0/16',
  serviceSubnet: '10.96.0.0/16',
  linkRateBps: 1_000_000_000,
  kernel: '6.1',
  proxyMode: 'iptables',
  cni: 'kindnet',
} as const;

/** By CNI: what its own manifests install, and what else it can do. */
export const ENCAPSULATIONS = {
  kindnet: ['none'],
  flannel: ['vxlan', 'none'],
  calico: ['ipip', 'vxlan', 'none'],
} as const;

/** In this time a flow has to be seen as it was asked for. */
export const FLOW_START_MAX = 40 * SECOND;

export const PROBE_DEFAULTS = { every: SECOND, timeout: 3 * SECOND, mode: 'continuous' } as const;

/** Names of hosts and targets that are no nodes. */
export const RESERVED_NODE_NAMES: readonly string[] = ['outside', 'gateway', 'apiserver'];
/** Roots of references that no variable may be called. */
export const RESERVED_VARIABLES: readonly string[] = ['matrix', 'nodes', 'index'];
/** Arms that the plan makes itself. */
export const RESERVED_ARMS: readonly string[] = ['treatment', 'control', 'main'];
