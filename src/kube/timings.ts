/**
 * How long every component waits, for one cluster: Kubernetes' defaults of the version, what the cluster file says instead, all
 * multiplied by the file's scale. Kernel timers are not here and are not scaled.
 */
import type { Micros } from '../base/instant.js';
import { HOUR, MILLISECOND, SECOND } from '../base/instant.js';
import type { TimingSpec } from '../scenario/model.js';
import type { Traits } from './versions.js';

export interface Timings {
  readonly scale: number;
  /** client-go's transport: k8s.io/apimachinery util/net/http.go, net/http DefaultTransport. */
  readonly dialTimeout: Micros;
  readonly tlsTimeout: Micros;
  readonly readIdle: Micros;
  readonly pingTimeout: Micros;
  /** client-go's reflector: back-off from, to, and quiet time after which it starts anew. */
  readonly backoffMin: Micros;
  readonly backoffMax: Micros;
  readonly backoffReset: Micros;
  /** The server ends a watch after this and up to twice this. */
  readonly watchTimeoutMin: Micros;
  readonly bookmark: Micros;
  readonly leaseDuration: Micros;
  readonly leaseRenew: Micros;
  readonly ensureLeaseMin: Micros;
  readonly ensureLeaseMax: Micros;
  readonly nodeStatusUpdate: Micros;
  readonly nodeStatusReport: Micros;
  /** Time-out of kubelet's client for leases and node status. */
  readonly heartbeatTimeout: Micros;
  readonly podStatusSync: Micros;
  readonly probePeriod: Micros;
  readonly nodeMonitorPeriod: Micros;
  readonly nodeMonitorGrace: Micros;
  readonly evictionPass: Micros;
  /** One node tainted for eviction in this time while a zone is well, and in a large disrupted one. */
  readonly evictionInterval: Micros;
  readonly evictionIntervalDisrupted: Micros;
  readonly proxySyncPeriod: Micros;
  readonly proxyHourly: Micros;
  /** iptables and nftables; ipvs: 0. */
  readonly proxyMinSync: Micros;
  /** BIRD's defaults, and the times of calico's template: connect delay, connect retry, error wait from and to. */
  readonly bgpKeepalive: Micros;
  readonly bgpHold: Micros;
  readonly bgpConnectDelay: Micros;
  readonly bgpConnectRetry: Micros;
  readonly bgpErrorWaitMin: Micros;
  readonly bgpErrorWaitMax: Micros;
  /** So long after its start calico-node is ready only with all peers. */
  readonly bgpReadyThreshold: Micros;
}

/** In seconds, unless its name says otherwise; unscaled. */
const SECONDS = {
  dialTimeout: 30,
  tlsTimeout: 10,
  readIdle: 30,
  pingTimeout: 15,
  backoffMin: 0.8,
  backoffMax: 30,
  backoffReset: 120,
  watchTimeoutMin: 300,
  bookmark: 60,
  ensureLeaseMin: 0.1,
  ensureLeaseMax: 7,
  nodeStatusReport: 300,
  podStatusSync: 10,
  probePeriod: 10,
  evictionPass: 0.1,
  evictionInterval: 10,
  evictionIntervalDisrupted: 100,
  proxySyncPeriod: 30,
  proxyMinSync: 1,
  bgpKeepalive: 80,
  bgpHold: 240,
  bgpConnectDelay: 2,
  bgpConnectRetry: 5,
  bgpErrorWaitMin: 5,
  bgpErrorWaitMax: 30,
  bgpReadyThreshold: 30,
} as const;

export function timingsOf(spec: TimingSpec, traits: Traits): Timings {
  const scaled = (micros: Micros) => Math.max(1, Math.round(micros * spec.scale));
  const constants = Object.fromEntries(
    Object.entries(SECONDS).map(([name, seconds]) => [name, scaled(seconds * SECOND)]),
  ) as unknown as { [Name in keyof typeof SECONDS]: Micros };
  const leaseDuration = scaled(spec.leaseDuration ?? 40 * SECOND);
  const nodeStatusUpdate = scaled(spec.nodeStatusUpdateFrequency ?? 10 * SECOND);
  return {
    scale: spec.scale,
    ...constants,
    proxyHourly: scaled(HOUR),
    leaseDuration,
    leaseRenew: Math.round(leaseDuration / 4),
    nodeStatusUpdate,
    heartbeatTimeout: Math.min(nodeStatusUpdate, leaseDuration),
    nodeMonitorPeriod: scaled(spec.nodeMonitorPeriod ?? 5 * SECOND),
    nodeMonitorGrace: scaled(spec.nodeMonitorGracePeriod ?? traits.nodeMonitorGraceSeconds * SECOND),
  };
}

/** TCP keep-alive of Go's dialer, a kernel timer that the program sets. */
export const DIALER_KEEP_ALIVE = { idle: 30 * SECOND, interval: 30 * SECOND, probes: 9 } as const;

/** Of connections that the API server accepted: apiserver secure_serving.go defaultKeepAlivePeriod; the interval as before Go 1.23. */
export const SERVER_KEEP_ALIVE = { idle: 180 * SECOND, interval: 180 * SECOND, probes: 9 } as const;

/** Deletion of a pod without its own terminationGracePeriodSeconds. */
export const TERMINATION_GRACE_SECONDS = 30;

/** What a container runtime takes: starting an image that is there, pulling one that is not, stopping. Unscaled. */
export const CONTAINER_START = { min: 200 * MILLISECOND, max: 800 * MILLISECOND } as const;
export const IMAGE_PULL = { min: 2 * SECOND, max: 6 * SECOND } as const;
export const CONTAINER_STOP = { min: 100 * MILLISECOND, max: SECOND } as const;
