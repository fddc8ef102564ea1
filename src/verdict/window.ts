/**
 * When an expectation settles: `within W, for D` over what was seen, as a machine that is fed observations and asked for its outcome.
 * Used while a case runs and, on the stored history, when it is judged again: same feed, same outcome.
 * Refuses to know what is observed, how, and what time it is.
 *
 * Two kinds of seeing. A *state* (a node's condition) is what was last observed until it is observed anew; its windows are closed:
 * a state that turns wrong in the very last microsecond did not hold all through. A *sample* (of a probe) stands for the moment at
 * which it started and for no other; its windows are half open, so that a sample at the end belongs to the next step.
 */
import type { Micros } from '../base/instant.js';

export type Outcome = 'pass' | 'fail' | 'unknown';

/** Neither `within` nor `for`: judged once, from `from`. Examples/README.md, `expect`. */
export interface Window {
  readonly from: Micros;
  readonly within?: Micros | undefined;
  readonly for?: Micros | undefined;
}

/** `never`: it never held; `broke`: it held, not long enough; `unseen`: there was nothing to see. */
export type Reason = 'held' | 'never' | 'broke' | 'unseen';

export interface Settlement {
  readonly outcome: Outcome;
  readonly reason: Reason;
  /** How long the longest unbroken run was that counted or could have; 0 for none. */
  readonly held: Micros;
}

/** Shared by both machines: the run under way, the longest one, and the outcome once it is clear. */
abstract class WindowMachine {
  protected readonly from: Micros;
  protected readonly latestStart: Micros;
  protected readonly duration: Micros;
  protected runSince: Micros | undefined;
  protected longest: Micros = 0;
  protected sawHolding = false;
  protected sawBroken = false;
  #settlement: Settlement | undefined;

  constructor(window: Window) {
    this.from = window.from;
    this.latestStart = window.from + (window.within ?? 0);
    this.duration = window.for ?? 0;
  }

  get settlement(): Settlement | undefined {
    return this.#settlement;
  }

  /** The time is over before the window is: a failure, unless nothing was seen at all. */
  giveUp(at: Micros): Settlement {
    return this.#settlement ?? this.notHeld(at, this.sawHolding || this.sawBroken);
  }

  protected pass(): void {
    this.#settlement ??= { outcome: 'pass', reason: 'held', held: this.duration };
  }

  protected breakRun(at: Micros): void {
    if (this.runSince !== undefined) this.longest = Math.max(this.longest, at - this.runSince);
    this.runSince = undefined;
  }

  /** Fails where something spoke against it; where nothing did, nobody knows. */
  protected notHeld(at: Micros, fails = this.sawBroken): Settlement {
    this.breakRun(at);
    const reason = this.sawHolding ? 'broke' : this.sawBroken ? 'never' : 'unseen';
    const held = this.sawHolding ? this.longest : 0;
    this.#settlement ??= { outcome: fails ? 'fail' : 'unknown', reason, held };
    return this.#settlement;
  }
}

/** Over a piecewise-constant state. Feed observations in order of time, then {@link settle} with the same or a later instant. */
export class StateWindow extends WindowMachine {
  #first = true;

  /** `holds: null` is nothing to see: no pass, no fail. What is seen first counts from the window's start. */
  observe(at: Micros, holds: boolean | null): void {
    if (this.settlement) return;
    const since = this.#first ? this.from : at;
    this.#first = false;
    this.#settleBefore(since);
    if (this.settlement) return;
    if (holds === true) {
      this.sawHolding = true;
      this.runSince ??= since;
      if (since >= this.runSince + this.duration) this.pass();
      return;
    }
    if (holds === false) this.sawBroken = true;
    this.breakRun(at);
  }

  /** The state is as last observed up to and including `now`. */
  settle(now: Micros): Settlement | undefined {
    if (this.settlement || this.#first) return this.settlement;
    if (this.runSince !== undefined) {
      if (now >= this.runSince + this.duration) this.pass();
    } else if (now >= this.latestStart) this.notHeld(now);
    return this.settlement;
  }

  /** The next instant at which the outcome may become clear without a change of the state. */
  get nextDeadline(): Micros {
    return this.runSince === undefined ? this.latestStart : this.runSince + this.duration;
  }

  /** What must have been clear strictly before `at`, given that nothing changed until then. */
  #settleBefore(at: Micros): void {
    if (this.runSince !== undefined) {
      if (at > this.runSince + this.duration) this.pass();
    } else if (at > this.latestStart) this.notHeld(at);
  }
}

export interface Sampling {
  readonly every: Micros;
  readonly timeout: Micros;
}

/** Over samples. Feed them in order of their start, those before the window too: they tell the grid of the samples to come. */
export class SampleWindow extends WindowMachine {
  readonly #mode: 'next' | 'throughout' | 'eventually';
  readonly #sampling: Sampling;
  #last: { readonly startedAt: Micros; readonly endedAt: Micros } | undefined;

  constructor(window: Window, sampling: Sampling) {
    super(window);
    this.#sampling = sampling;
    const timed = window.within !== undefined || window.for !== undefined;
    this.#mode = !timed ? 'next' : window.within === undefined ? 'throughout' : 'eventually';
    if (this.#mode === 'throughout') this.runSince = window.from;
  }

  add(startedAt: Micros, endedAt: Micros, holds: boolean): void {
    this.#last = { startedAt, endedAt };
    if (this.settlement || startedAt < this.from) return;
    this.#settleBefore(startedAt);
    if (this.settlement) return;
    if (!holds) {
      this.sawBroken = true;
      this.breakRun(startedAt);
      if (this.#mode !== 'eventually') this.notHeld(startedAt);
      return;
    }
    this.sawHolding = true;
    this.runSince ??= startedAt;
    if (this.#mode === 'next' || (this.#mode === 'eventually' && this.duration === 0)) this.pass();
  }

  /** All samples that were finished by `now` have been fed. */
  settle(now: Micros): Settlement | undefined {
    if (this.#mode !== 'next') this.#settleBefore(this.#knownUntil(now));
    else if (now >= this.#patience) this.notHeld(now);
    return this.settlement;
  }

  /** The next instant at which the outcome may become clear without a further sample. */
  get nextDeadline(): Micros {
    if (this.#mode === 'next') return this.#patience;
    return this.runSince === undefined ? this.latestStart : this.runSince + this.duration;
  }

  /** No sample can be finished before this instant, as far as the probe keeps to its grid. */
  get quietUntil(): Micros {
    return this.#nextStart ?? this.from;
  }

  get #patience(): Micros {
    return this.from + 2 * this.#sampling.every + this.#sampling.timeout;
  }

  /** One sample is under way at a time, and the next starts on the grid of `every`. */
  get #nextStart(): Micros | undefined {
    if (!this.#last) return undefined;
    const { startedAt, endedAt } = this.#last;
    const { every } = this.#sampling;
    return startedAt + Math.max(1, Math.ceil((endedAt - startedAt) / every)) * every;
  }

  /** Every sample that started before this instant is known: it was fed, or, long overdue, will never come. */
  #knownUntil(now: Micros): Micros {
    const overdue = now - this.#sampling.timeout - this.#sampling.every;
    return Math.max(Math.min(now, this.#nextStart ?? overdue), overdue);
  }

  /** Settles what the samples that started before `known` settle. */
  #settleBefore(known: Micros): void {
    if (this.settlement || this.#mode === 'next') return;
    if (this.runSince === undefined) {
      if (known >= this.latestStart) this.notHeld(known);
    } else if (known >= this.runSince + this.duration) {
      if (this.sawHolding) this.pass();
      else this.notHeld(known);
    }
  }
}
