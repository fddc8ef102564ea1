/**
 * client-go's reflector: lists a kind, watches it from there, and keeps at it with a growing back-off. Hands what it hears to a
 * sink; knows nothing of what is done with it.
 * Source: k8s.io/client-go tools/cache/reflector.go of v0.20.10 and v0.34.2 (back-off 0.8 to 30 s, factor 2, jitter 1, new after
 * two quiet minutes; a refused watch is tried again without a list; the other errors list anew).
 */
import type { Micros } from '../../base/instant.js';
import { SECOND } from '../../base/instant.js';
import type { RandomStream } from '../../base/random.js';
import type { HostKernel, Timer } from '../../net/sockets.js';
import type { Stored } from '../api/objects.js';
import type { Change, List } from '../api/store.js';
import type { Timings } from '../timings.js';
import type { ApiClient, Failure, Handle } from './client.js';
import { isProbableEof, isRefused } from './errors.js';

export interface ReflectorSink<T extends Stored> {
  replace(list: List<T>): void;
  change(change: Change): void;
}

/** A line for the component's log. */
export type ReflectorLog = (level: 'warning' | 'error', what: 'ended' | 'watch' | 'list', error: string) => void;

export interface ReflectorOptions<T extends Stored> {
  readonly host: HostKernel;
  readonly client: ApiClient;
  readonly kind: string;
  readonly nodeName?: string;
  readonly labelSelector?: string;
  readonly timings: Timings;
  readonly random: RandomStream;
  readonly sink: ReflectorSink<T>;
  readonly log?: ReflectorLog;
}

export class Reflector<T extends Stored> {
  readonly #options: ReflectorOptions<T>;
  readonly #listBackoff: Backoff;
  readonly #connectBackoff: Backoff;
  #handle: Handle | undefined;
  #timer: Timer | undefined;
  #revision = 0;
  #synced = false;
  #stopped = false;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#listBackoff = new Backoff(options);
    this.#connectBackoff = new Backoff(options);
  }

  /** Whether a list has ever arrived. */
  get synced(): boolean {
    return this.#synced;
  }

  start(): void {
    this.#list();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#handle?.cancel();
  }

  #scope() {
    const { kind, nodeName, labelSelector } = this.#options;
    return { kind, ...(nodeName !== undefined && { nodeName }), ...(labelSelector !== undefined && { labelSelector }) };
  }

  #list(): void {
    const request = { ...this.#scope(), verb: 'list' as const, since: this.#revision };
    this.#handle = this.#options.client.list(request, (result) => {
      if (!result.ok) {
        this.#options.log?.('error', 'list', result.error);
        return this.#later(this.#listBackoff, () => this.#list());
      }
      this.#revision = result.value.revision;
      this.#synced = true;
      this.#options.sink.replace(result.value as List<T>);
      if (!this.#stopped) this.#watch();
    });
  }

  #watch(): void {
    const { random, timings, sink } = this.#options;
    const timeoutSeconds = Math.ceil((timings.watchTimeoutMin * (1 + random.unit())) / SECOND);
    const request = { ...this.#scope(), verb: 'watch' as const, since: this.#revision, timeoutSeconds };
    this.#handle = this.#options.client.watch(request, {
      begun: () => {},
      change: (change) => {
        this.#revision = change.revision;
        sink.change(change);
      },
      bookmark: (revision) => {
        this.#revision = revision;
      },
      failed: (failure) => this.#failed(failure),
      ended: (error) => this.#ended(error),
    });
  }

  #failed(failure: Failure): void {
    if (isRefused(failure.error)) return this.#later(this.#connectBackoff, () => this.#watch());
    if (failure.code !== 410) this.#options.log?.('error', 'watch', failure.error);
    this.#later(this.#listBackoff, () => this.#list());
  }

  #ended(error: string | undefined): void {
    if (error === undefined || isProbableEof(error)) return this.#watch();
    const text = `an error on the server ("unable to decode an event from the watch stream: ${error}") has prevented the request from succeeding`;
    this.#options.log?.('warning', 'ended', text);
    this.#later(this.#listBackoff, () => this.#list());
  }

  #later(backoff: Backoff, run: () => void): void {
    if (this.#stopped) return;
    this.#timer = this.#options.host.after(backoff.next(this.#options.host.now()), run);
  }
}

/** k8s.io/apimachinery wait.NewExponentialBackoffManager. */
class Backoff {
  readonly #timings: Timings;
  readonly #random: RandomStream;
  #step: Micros;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor({ timings, random }: { readonly timings: Timings; readonly random: RandomStream }) {
    this.#timings = timings;
    this.#random = random;
    this.#step = timings.backoffMin;
  }

  next(now: Micros): Micros {
    const { backoffMin, backoffMax, backoffReset } = this.#timings;
    if (now - this.#lastAt > backoffReset) this.#step = backoffMin;
    this.#lastAt = now;
    const wait = this.#random.jitter(this.#step, 1);
    this.#step = Math.min(backoffMax, this.#step * 2);
    return wait;
  }
}
