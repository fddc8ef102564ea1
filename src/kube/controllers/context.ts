/**
 * What the controllers of kube-controller-manager share: one client, one local copy of each kind, and a queue that handles a key
 * once however often it is asked for, and again after a while where it failed.
 */
import type { Micros } from '../../base/instant.js';
import type { RandomStream } from '../../base/random.js';
import type { HostKernel } from '../../net/sockets.js';
import type { KubeObject } from '../../scenario/model.js';
import type { Answer } from '../api/answer.js';
import type { EndpointSlice, KubeNode, Lease, Pod, Service, Stored, Workload } from '../api/objects.js';
import type { ApiRequest } from '../api/wire.js';
import type { ApiClient, Result } from '../client/client.js';
import type { Informer } from '../client/informer.js';
import type { Klog } from '../log.js';
import type { Timings } from '../timings.js';
import type { Traits } from '../versions.js';
import type { PodIndex } from './pod-index.js';

export interface Informers {
  readonly nodes: Informer<KubeNode>;
  readonly leases: Informer<Lease>;
  readonly pods: Informer<Pod>;
  readonly services: Informer<Service>;
  readonly slices: Informer<EndpointSlice>;
  readonly deployments: Informer<Workload>;
  readonly replicaSets: Informer<Workload>;
  readonly daemonSets: Informer<Workload>;
}

export interface ControllerContext {
  readonly host: HostKernel;
  readonly client: ApiClient;
  readonly informers: Informers;
  readonly podIndex: PodIndex;
  readonly timings: Timings;
  readonly traits: Traits;
  readonly klog: Klog;
  readonly random: RandomStream;
}

export type WriteResult = Result<Answer & { ok: true }>;

/** Sends a write; a failure is the caller's to try again. */
export function write(context: ControllerContext, request: ApiRequest, done: (result: WriteResult) => void): void {
  context.client.request(request, undefined, done);
}

export function refOf(object: KubeObject | Stored) {
  const { name, namespace } = object.metadata;
  return { kind: object.kind, name, ...(typeof namespace === 'string' && { namespace }) };
}

/** What handling a key needs before the next one: tells whether to try again. */
export type Handled = (again: boolean) => void;

const SETTLE: Micros = 2_000;
const RETRY: Micros = 1_000_000;

export class WorkQueue {
  readonly #host: HostKernel;
  readonly #handle: (key: string, done: Handled) => void;
  readonly #waiting = new Set<string>();
  /** Being handled; true where it was asked for meanwhile. */
  readonly #busy = new Map<string, boolean>();
  #armed = false;

  constructor(host: HostKernel, handle: (key: string, done: Handled) => void) {
    this.#host = host;
    this.#handle = handle;
  }

  add(key: string): void {
    if (this.#busy.has(key)) this.#busy.set(key, true);
    else this.#waiting.add(key);
    this.#arm();
  }

  addLater(key: string, delay: Micros): void {
    this.#host.after(delay, () => this.add(key));
  }

  #arm(): void {
    if (this.#armed || this.#waiting.size === 0) return;
    this.#armed = true;
    this.#host.after(SETTLE, () => this.#drain());
  }

  #drain(): void {
    this.#armed = false;
    const keys = [...this.#waiting];
    this.#waiting.clear();
    for (const key of keys) {
      this.#busy.set(key, false);
      this.#handle(key, (again) => this.#done(key, again));
    }
  }

  #done(key: string, again: boolean): void {
    const asked = this.#busy.get(key);
    this.#busy.delete(key);
    if (again) this.addLater(key, RETRY);
    else if (asked) this.add(key);
  }
}
