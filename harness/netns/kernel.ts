/** A Linux kernel with an agent in it, however it came about: what the backend needs of a driver. */
import type { AgentLine } from './line.js';

export interface Kernel {
  /** `6.1.176`. */
  readonly release: string;
  /** `user-mode Linux` or `this machine's kernel`. */
  readonly driver: string;
  readonly line: AgentLine;
  /** What it said on its console, newest last. */
  console(): string;
  /** Ends it, and everything in it. Never throws. */
  close(): Promise<void>;
}

/** What kube-proxy and the topology need, by the kernel's names of modules. */
export const MODULES: readonly string[] = [
  'ip_vs',
  'ip_vs_rr',
  'dummy',
  'veth',
  'bridge',
  'nf_conntrack',
  'iptable_filter',
  'iptable_nat',
  'ipt_REJECT',
  'xt_addrtype',
  'xt_conntrack',
  'xt_mark',
  'xt_MASQUERADE',
  'xt_nat',
  'xt_set',
  'xt_statistic',
  'xt_tcpudp',
  'ip_set',
  'ip_set_hash_ip',
  'ip_set_hash_ipport',
];
