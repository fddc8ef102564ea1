/**
 * When kube-proxy syncs: soon after it is asked, never more often than the shortest interval, at least after the longest. A
 * sync takes time, and what is asked meanwhile is done in the next. Source: pkg/proxy/runner, pkg/util/async (without its burst).
 */
import type { Micros } from '../../base/instant.js';
import type { HostKernel, Timer } from '../../net/sockets.js';

export interface SyncRunnerOptions {
  readonly host: HostKernel;
  readonly intervalMin: Micros;
  readonly intervalMax: Micros;
  /** How long the next sync takes. */
  readonly takes: () => Micros;
  readonly run: () => void;
}

export class SyncRunner {
  readonly #options: SyncRunnerOptions;
  #timer: Timer | undefined;
  #startsAt = Number.POSITIVE_INFINITY;
  #startedAt = Number.NEGATIVE_INFINITY;
  #busy = false;
  #asked = false;

  constructor(options: SyncRunnerOptions) {
    this.#options = options;
  }

  ask(): void {
    if (this.#busy) {
      this.#asked = true;
      return;
    }
    this.#arm(this.#startedAt + this.#options.intervalMin);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#busy = false;
    this.#asked = false;
    this.#startsAt = Number.POSITIVE_INFINITY;
  }

  #arm(at: Micros): void {
    const { host } = this.#options;
    const start = Math.max(at, host.now());
    if (start >= this.#startsAt) return;
    this.#timer?.cancel();
    this.#startsAt = start;
    this.#timer = host.after(start - host.now(), () => this.#begin());
  }

  #begin(): void {
    const { host, takes } = this.#options;
    this.#startedAt = host.now();
    this.#startsAt = Number.POSITIVE_INFINITY;
    this.#busy = true;
    this.#timer = host.after(Math.max(1, takes()), () => this.#end());
  }

  #end(): void {
    this.#busy = false;
    this.#options.run();
    const again = this.#asked;
    this.#asked = false;
    if (again) this.ask();
    this.#arm(this.#startedAt + this.#options.intervalMax);
  }
}
