/** What every mode's proxier has in common: brings the node's kernel to what is desired, as far as it has not got there. */
import type { Prefix } from '../../base/ip.js';
import type { HostKernel } from '../../net/sockets.js';
import type { Traits } from '../versions.js';
import type { Desired } from './desired.js';
import type { HeldPorts } from './held-ports.js';
import type { ProxyLog } from './messages.js';
import type { ProxyConfig } from './mode.js';

export interface ProxierOptions {
  readonly host: HostKernel;
  readonly nodeName: string;
  readonly traits: Traits;
  readonly config: ProxyConfig;
  /** Pods' addresses: what comes from them to cluster addresses keeps its source. */
  readonly clusterCIDR: Prefix;
  readonly held: HeldPorts;
  readonly log: ProxyLog;
}

export interface Proxier {
  /** Once, before the first sync: sysctls. */
  prepare(): void;
  sync(desired: Desired): void;
}
