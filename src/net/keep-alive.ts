/** TCP keep-alive of one connection: probes while nothing is in flight, and the end when none is answered. Source: tcp_keepalive_timer. */
import type { Event } from '../base/event-queue.js';
import type { Micros } from '../base/instant.js';
import type { KeepAliveTimes } from './sockets.js';

export interface KeepAliveActions {
  /** Data waits for its acknowledgement: that tells enough. */
  inFlight(): boolean;
  /** Repeats the last acknowledged byte. */
  probe(): void;
  dead(): void;
}

export class KeepAlive {
  #heardAt: Micros;
  #probes = 0;
  #timer: Event;

  constructor(
    readonly times: KeepAliveTimes,
    readonly clock: { now(): Micros; after(delay: Micros, run: () => void): Event },
    readonly actions: KeepAliveActions,
  ) {
    this.#heardAt = clock.now();
    this.#timer = clock.after(times.idle, () => this.#expire());
  }

  /** A segment came. */
  heard(): void {
    this.#heardAt = this.clock.now();
    this.#probes = 0;
  }

  stop(): void {
    this.#timer.cancel();
  }

  #expire(): void {
    const { idle, interval, probes } = this.times;
    const quiet = this.clock.now() - this.#heardAt;
    if (this.actions.inFlight()) return this.#arm(idle);
    if (quiet < idle) return this.#arm(idle - quiet);
    if (this.#probes >= probes) return this.actions.dead();
    this.#probes++;
    this.#arm(interval);
    this.actions.probe();
  }

  #arm(delay: Micros): void {
    this.#timer = this.clock.after(delay, () => this.#expire());
  }
}
