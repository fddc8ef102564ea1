/**
 * kubelet's status manager: one write at a time, the latest status of each pod wins, what failed is tried again every ten seconds.
 * It also removes pods that have stopped. A write that hangs holds up the others until its connection ends, as in kubelet.
 * Source: pkg/kubelet/status/status_manager.go. Left out: the GET before each write.
 */
import type { HostKernel, Timer } from '../../net/sockets.js';
import type { Pod, PodStatus } from '../api/objects.js';
import type { ApiClient } from '../client/client.js';
import type { Timings } from '../timings.js';
import type { KubeletLog } from './messages.js';
import { differs } from './pod-status.js';

interface Entry {
  readonly pod: Pod;
  status: PodStatus | undefined;
  remove: boolean;
  /** What is to be written is not written yet. */
  dirty: boolean;
}

export interface StatusManagerOptions {
  readonly host: HostKernel;
  readonly client: ApiClient;
  readonly timings: Timings;
  readonly log: KubeletLog;
}

export class StatusManager {
  readonly #options: StatusManagerOptions;
  readonly #entries = new Map<string, Entry>();
  #writing = false;
  #timer: Timer | undefined;

  constructor(options: StatusManagerOptions) {
    this.#options = options;
  }

  set(pod: Pod, status: PodStatus): void {
    this.#put(pod, status, false);
  }

  statusOf(pod: Pod): PodStatus | undefined {
    return this.#entries.get(pod.metadata.uid)?.status;
  }

  /** The pod has stopped: removes it from the API. */
  remove(pod: Pod): void {
    this.#put(pod, undefined, true);
  }

  forget(pod: Pod): void {
    this.#entries.delete(pod.metadata.uid);
  }

  /** Compares what the API has with what was said, and says it again where it differs. */
  reconcile(pod: Pod): void {
    const entry = this.#entries.get(pod.metadata.uid);
    if (!entry?.status || entry.dirty || !differs(pod.status, entry.status)) return;
    entry.dirty = true;
    this.#pump();
  }

  #put(pod: Pod, status: PodStatus | undefined, remove: boolean): void {
    this.#entries.set(pod.metadata.uid, { pod, status, remove, dirty: true });
    this.#pump();
  }

  #pump(): void {
    if (this.#writing) return;
    for (const entry of this.#entries.values()) {
      if (entry.dirty) return this.#write(entry);
    }
  }

  #write(entry: Entry): void {
    this.#writing = true;
    const { client, log } = this.#options;
    const { name, namespace, uid } = entry.pod.metadata;
    const ref = { kind: 'Pod', name, ...(namespace !== undefined && { namespace }) };
    const request = entry.remove
      ? { ...ref, verb: 'delete' as const, graceSeconds: 0 }
      : { ...ref, verb: 'patch' as const, subresource: 'status' as const, body: { status: entry.status } };
    entry.dirty = false;
    client.request(request, undefined, (result) => {
      this.#writing = false;
      const done = result.ok || result.code === 404;
      if (done && (entry.remove || !result.ok) && this.#entries.get(uid) === entry) this.#entries.delete(uid);
      if (done) return this.#pump();
      if (this.#entries.get(uid) === entry) entry.dirty = true;
      log.podStatusFailed(entry.pod, result.error);
      this.#timer?.cancel();
      this.#timer = this.#options.host.after(this.#options.timings.podStatusSync, () => this.#pump());
    });
  }
}
