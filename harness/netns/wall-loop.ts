/**
 * The model's event queue on the wall clock: an event runs when its time has come, and what the kernel says is taken between two
 * events, at the present. The programs of src/kube run on it as they run in virtual time.
 */
import type { EventQueue } from '../../src/base/event-queue.js';
import { EventKind } from '../../src/base/event-queue.js';
import type { Micros } from '../../src/base/instant.js';
import type { Clock, Probes } from '../../src/ports/testbed.js';
import { StoppedError } from '../../src/ports/testbed.js';

const BREATHE_EVERY_MS = 200;

/** Probes start and stop at the present, not at the last event. */
export function onLoop(loop: WallLoop, probes: Required<Probes>): Required<Probes> {
  return {
    start: async (spec) => void (await loop.enter(() => probes.start(spec))),
    stop: async (probe) => void (await loop.enter(() => probes.stop(probe))),
    samples: (probe, since) => probes.samples(probe, since),
  };
}

export class WallLoop implements Clock {
  readonly #zeroMs = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #stopped: Error | undefined;
  readonly #over = new AbortController();
  readonly #sleepers = new Set<(error: Error) => void>();

  /** The queue's instant zero is now. */
  constructor(readonly queue: EventQueue) {}

  /** Why nothing runs any more. */
  get stopped(): Error | undefined {
    return this.#stopped;
  }

  /** Aborted once `breathe` rejects: what is under way is given up. Not where the testbed is closed, when what was made is taken back. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  now(): Micros {
    return Math.max(this.queue.now(), Math.round((performance.now() - this.#zeroMs) * 1000));
  }

  /** Runs what is due, then `work` at the present, and sees to what it has planned. */
  enter<T>(work: () => T): T | undefined {
    if (this.#stopped) return undefined;
    this.queue.runUntil(this.now());
    const result = work();
    this.#arm();
    return result;
  }

  sleepUntil(at: Micros): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#stopped) return reject(this.#stopped);
      this.#sleepers.add(reject);
      const wake = () => {
        this.#sleepers.delete(reject);
        resolve();
      };
      this.enter(() => this.queue.after(Math.max(0, at - this.queue.now()), EventKind.harness, 0, wake));
    });
  }

  /** Stops with the reason once `breathe` rejects. */
  watch(breathe: () => Promise<void>): void {
    const look = () =>
      breathe().catch((error: Error) => {
        this.stop(error);
        this.#over.abort(error);
      });
    this.#watch = setInterval(look, BREATHE_EVERY_MS);
  }

  /** Nothing runs any more; who sleeps is woken with the error. */
  stop(error: Error = new StoppedError('the testbed is closed')): void {
    this.#stopped ??= error;
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    for (const reject of this.#sleepers) reject(this.#stopped);
    this.#sleepers.clear();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const next = this.queue.next();
    if (next === undefined || this.#stopped) return;
    const delayMs = Math.max(0, this.#zeroMs + next / 1000 - performance.now());
    this.#timer = setTimeout(() => this.enter(() => {}), Math.min(delayMs, 2 ** 31 - 1));
  }
}
