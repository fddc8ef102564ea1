/** The Clock port over the event queue: sleeping is running the world. */
import type { EventQueue } from '../base/event-queue.js';
import type { Micros } from '../base/instant.js';
import type { Clock } from '../ports/testbed.js';
import { StoppedError } from '../ports/testbed.js';

/** How many events may run before other work of the process gets its turn. */
const EVENTS_AT_ONCE = 20_000;

export interface VirtualClockOptions {
  readonly epoch: Micros;
  /** Time travel: the clock stops here for good. */
  readonly stopAt?: Micros;
  /** Called now and then, so that signals and progress of the process are not starved; a rejection ends the run. */
  readonly breathe?: () => Promise<void>;
}

export class VirtualClock implements Clock {
  readonly epoch: Micros;
  #breathedAt = 0;
  constructor(
    readonly queue: EventQueue,
    readonly options: VirtualClockOptions,
  ) {
    this.epoch = options.epoch;
  }

  now(): Micros {
    return this.queue.now();
  }

  async sleepUntil(at: Micros): Promise<void> {
    const { stopAt, breathe } = this.options;
    if (stopAt !== undefined && at >= stopAt) {
      if (stopAt > this.now()) this.queue.runUntil(stopAt);
      throw new StoppedError(`stopped at ${stopAt}`);
    }
    if (at > this.now()) this.queue.runUntil(at);
    if (breathe && this.queue.executed() - this.#breathedAt > EVENTS_AT_ONCE) {
      this.#breathedAt = this.queue.executed();
      await breathe();
    }
  }
}
