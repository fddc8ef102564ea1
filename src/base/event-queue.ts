/**
 * Virtual time and the total order of events: (time, kind, host, sequence). Two events never compare equal, and time never
 * goes back; either is a broken invariant. Knows nothing of what the events do.
 */
import TinyQueue from 'tinyqueue';
import { assert } from './assert.js';
import type { Micros } from './instant.js';

/** At one instant frames arrive before kernel timers fire, those before programs run, and the harness looks last. */
export const EventKind = { frame: 0, kernel: 1, program: 2, harness: 3 } as const;
export type EventKind = (typeof EventKind)[keyof typeof EventKind];

/** A scheduled event; cancelling one that has run is harmless. */
export class Event {
  cancelled = false;
  constructor(
    readonly at: Micros,
    readonly kind: EventKind,
    /** Ordinal of the host on which it happens, in order of the hosts' creation. */
    readonly host: number,
    readonly sequence: number,
    readonly run: () => void,
  ) {}

  cancel(): void {
    this.cancelled = true;
  }
}

function compare(a: Event, b: Event): number {
  return a.at - b.at || a.kind - b.kind || a.host - b.host || a.sequence - b.sequence;
}

export class EventQueue {
  readonly #events = new TinyQueue<Event>([], compare);
  #now: Micros;
  #sequence = 0;
  #executed = 0;

  constructor(start: Micros) {
    assert(Number.isSafeInteger(start), `a start of ${start} is no instant`);
    this.#now = start;
  }

  now(): Micros {
    return this.#now;
  }

  /** How many events have run: a run's size, the same on every machine. */
  executed(): number {
    return this.#executed;
  }

  /** When the next event is due; undefined where nothing is planned. */
  next(): Micros | undefined {
    while (this.#events.peek()?.cancelled) this.#events.pop();
    return this.#events.peek()?.at;
  }

  after(delay: Micros, kind: EventKind, host: number, run: () => void): Event {
    assert(Number.isSafeInteger(delay) && delay >= 0, `a delay of ${delay} is no duration`);
    const event = new Event(this.#now + delay, kind, host, this.#sequence++, run);
    this.#events.push(event);
    return event;
  }

  /** Runs every event up to and at `until`; afterwards it is `until`. */
  runUntil(until: Micros): void {
    assert(until >= this.#now, `time would go back from ${this.#now} to ${until}`);
    for (;;) {
      const next = this.#events.peek();
      if (next === undefined || next.at > until) break;
      this.#events.pop();
      if (next.cancelled) continue;
      assert(next.at >= this.#now, `an event of ${next.at} ran at ${this.#now}`);
      this.#now = next.at;
      this.#executed++;
      next.run();
    }
    this.#now = until;
  }
}
