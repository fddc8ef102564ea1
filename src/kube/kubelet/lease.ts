/**
 * kubelet's node lease: renewed every quarter of its duration, five attempts, every connection closed from the second failure on;
 * after five failures it makes sure that the lease exists, with a back-off of its own.
 * Source: k8s.io/component-helpers apimachinery/lease/controller.go.
 */

import { SECOND } from '../../base/instant.js';
import type { RandomStream } from '../../base/random.js';
import type { HostKernel, Timer } from '../../net/sockets.js';
import type { KubeObject } from '../../scenario/model.js';
import { formatMicroTime } from '../api/timestamp.js';
import type { ApiClient, Failure } from '../client/client.js';
import type { Timings } from '../timings.js';
import type { KubeletLog } from './messages.js';

export const LEASE_NAMESPACE = 'kube-node-lease';
const ATTEMPTS = 5;
const JITTER = 0.04;

export interface LeaseOptions {
  readonly host: HostKernel;
  readonly client: ApiClient;
  readonly nodeName: string;
  readonly timings: Timings;
  readonly log: KubeletLog;
  readonly random: RandomStream;
}

export class LeaseController {
  readonly #options: LeaseOptions;
  #latest: KubeObject | undefined;
  #timer: Timer | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  start(): void {
    this.#sync();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** The next turn comes so long after this one's end. */
  #end(): void {
    const { random, timings } = this.#options;
    this.#after(random.jitter(timings.leaseRenew, JITTER), () => this.#sync());
  }

  #after(delay: number, run: () => void): void {
    this.#timer = this.#options.host.after(delay, run);
  }

  #sync(): void {
    if (!this.#latest) return this.#ensureThenUpdate();
    this.#update(this.#latest, 0, (error) => {
      if (error === undefined) return this.#end();
      this.#options.log.leaseFallback(error);
      this.#ensureThenUpdate();
    });
  }

  #ensureThenUpdate(): void {
    this.#ensure(this.#options.timings.ensureLeaseMin, (lease, created) => {
      this.#latest = lease;
      if (created) return this.#end();
      this.#update(lease, 0, (error) => {
        if (error !== undefined) this.#options.log.leaseRetryLater(error, this.#options.timings.leaseRenew);
        this.#end();
      });
    });
  }

  /** Up to five attempts; `done` gets the error that is reported when all failed. */
  #update(base: KubeObject, attempt: number, done: (error: string | undefined) => void): void {
    if (attempt >= ATTEMPTS) return done(`failed ${ATTEMPTS} attempts to update lease`);
    const { client, timings, log } = this.#options;
    const body = this.#renewed(base);
    client.request({ ...this.#ref(), verb: 'update', body }, timings.heartbeatTimeout, (result) => {
      if (result.ok) {
        this.#latest = result.value.object;
        return done(undefined);
      }
      log.leaseUpdateFailed(result.error);
      if (result.code === 409) {
        return this.#ensure(timings.ensureLeaseMin, (lease) => this.#update(lease, attempt + 1, done));
      }
      if (attempt > 0) client.closeAll();
      this.#update(base, attempt + 1, done);
    });
  }

  /** Gets the lease, or makes it; goes on until it has one. */
  #ensure(wait: number, done: (lease: KubeObject, created: boolean) => void): void {
    const { client, timings } = this.#options;
    const retry = (failure: Failure) => {
      const next = Math.min(2 * wait, timings.ensureLeaseMax);
      this.#options.log.ensureLeaseFailed(failure.error, next);
      this.#after(next, () => this.#ensure(next, done));
    };
    client.request({ ...this.#ref(), verb: 'get' }, timings.heartbeatTimeout, (found) => {
      if (found.ok) return done(found.value.object, false);
      if (found.code !== 404) return retry(found);
      const request = {
        verb: 'create' as const,
        kind: 'Lease',
        namespace: LEASE_NAMESPACE,
        body: this.#renewed(undefined),
      };
      client.request(request, timings.heartbeatTimeout, (made) => {
        if (made.ok) done(made.value.object, true);
        else retry(made);
      });
    });
  }

  #ref() {
    return { kind: 'Lease', namespace: LEASE_NAMESPACE, name: this.#options.nodeName };
  }

  #renewed(base: KubeObject | undefined): KubeObject {
    const { host, nodeName, timings } = this.#options;
    const renewTime = formatMicroTime(host.now());
    if (base) return { ...base, spec: { ...(base.spec as object), renewTime } };
    const leaseDurationSeconds = Math.max(1, Math.round(timings.leaseDuration / SECOND));
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: nodeName, namespace: LEASE_NAMESPACE },
      spec: { holderIdentity: nodeName, leaseDurationSeconds, renewTime },
    };
  }
}
