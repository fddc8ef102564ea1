/**
 * One expectation while it is watched: its window (window.ts), what was seen last, and the words for how it came out.
 * The engine feeds it live, judge.ts feeds it from the stored history; it does not know which.
 */
import { assert } from '../base/assert.js';
import { formatDuration, formatSeconds, type Micros } from '../base/instant.js';
import type { Expectation, ProbeSpec, StepSpec } from '../scenario/model.js';
import type { Observation } from './expectations/kind.js';
import type { ProbeSample } from './history.js';
import { type Outcome, SampleWindow, type Settlement, StateWindow } from './window.js';

export interface Settled {
  readonly verdict: Outcome;
  readonly seen: string;
}

export interface Watch {
  readonly expectation: Expectation;
  /** The next instant at which it may settle although nothing changes. */
  readonly nextDeadline: Micros;
  settle(now: Micros): Settled | undefined;
  /** Its time is over before its window; `why` goes into the words. */
  giveUp(now: Micros, why: string): Settled;
  /** What was seen last, for progress. */
  readonly lastSeen: string;
}

function missed(expectation: Expectation, { reason, held }: Settlement): string {
  const { within, for: duration } = expectation;
  if (reason === 'broke' && duration !== undefined)
    return `held ${formatSeconds(held)} s of ${formatDuration(duration)}; `;
  if (within !== undefined) return `not within ${formatDuration(within)}; `;
  return '';
}

function worded(expectation: Expectation, settlement: Settlement, seen: string): Settled {
  const { outcome } = settlement;
  return { verdict: outcome, seen: outcome === 'pass' ? seen : `${missed(expectation, settlement)}${seen}` };
}

/** What both have in common: the window decides when and how, the last observation gives the words. */
abstract class WindowWatch<W extends StateWindow | SampleWindow> implements Watch {
  abstract readonly expectation: Expectation;
  abstract readonly lastSeen: string;
  protected readonly window: W;

  constructor(window: W) {
    this.window = window;
  }

  settle(now: Micros): Settled | undefined {
    const settlement = this.window.settle(now);
    return settlement && worded(this.expectation, settlement, this.lastSeen);
  }

  giveUp(now: Micros, why: string): Settled {
    const { verdict, seen } = worded(this.expectation, this.window.giveUp(now), this.lastSeen);
    return { verdict, seen: `${why}; ${seen}` };
  }

  get nextDeadline(): Micros {
    return this.window.nextDeadline;
  }
}

/** Over a state: fed with observations where they change. */
export class StateWatch extends WindowWatch<StateWindow> {
  override readonly expectation: Expectation;
  #last: Observation | undefined;

  constructor(expectation: Expectation, from: Micros) {
    super(new StateWindow({ from, within: expectation.within, for: expectation.for }));
    this.expectation = expectation;
  }

  /** True where it differs from what was seen before, and so belongs into the history. */
  observe(at: Micros, observation: Observation): boolean {
    const changed = this.#last?.holds !== observation.holds || this.#last.seen !== observation.seen;
    if (!changed) return false;
    this.#last = observation;
    this.window.observe(at, observation.holds);
    return true;
  }

  override get lastSeen(): string {
    return this.#last?.seen ?? 'nothing yet';
  }
}

/** Over a probe's samples: fed with all of them in order of their start, from before the window on. */
export class ProbeWatch extends WindowWatch<SampleWindow> {
  override readonly expectation: Expectation & { readonly kind: 'probe' };
  readonly #from: Micros;
  readonly #counts = new Map<string, number>();
  #last: ProbeSample | undefined;

  constructor(expectation: Expectation & { readonly kind: 'probe' }, probe: ProbeSpec, from: Micros) {
    const { within, for: duration } = expectation;
    super(new SampleWindow({ from, within, for: duration }, { every: probe.every, timeout: probe.timeout }));
    this.expectation = expectation;
    this.#from = from;
  }

  sample(sample: ProbeSample): void {
    const { startedAt, endedAt, outcome } = sample;
    if (startedAt >= this.#from && !this.window.settlement) {
      this.#last = sample;
      this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1);
    }
    this.window.add(startedAt, endedAt, this.expectation.is.includes(outcome));
  }

  /** No sample can be finished before this instant. */
  get quietUntil(): Micros {
    return this.window.quietUntil;
  }

  /** `34 samples: 33 timeout, 1 ok; at 41.000 s timeout (context deadline exceeded)`. */
  override get lastSeen(): string {
    if (!this.#last) return 'no sample in the window';
    const { startedAt, outcome, detail } = this.#last;
    const all = [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
    const kinds = [...this.#counts].map(([name, count]) => (this.#counts.size === 1 ? name : `${count} ${name}`));
    const counted = `${all} sample${all === 1 ? '' : 's'}: ${kinds.join(', ')}`;
    return `${counted}; at ${formatSeconds(startedAt)} s ${outcome}${detail ? ` (${detail})` : ''}`;
  }
}

export function openWatch(expectation: Expectation, probes: readonly ProbeSpec[], from: Micros): Watch {
  if (expectation.kind !== 'probe') return new StateWatch(expectation, from);
  const probe = probes.find(({ name }) => name === expectation.probe);
  assert(probe, `the plan has no probe ${expectation.probe}`);
  return new ProbeWatch(expectation, probe, from);
}

/** Judged when the timed ones of its step have settled. */
export function isTimed({ within, for: duration }: Expectation): boolean {
  return within !== undefined || duration !== undefined;
}

/** The time of a step, or of the whole case, is over: the first is a failure of what was awaited, the second says nothing about it. */
export function cutShort(watch: Watch, step: StepSpec, startedAt: Micros, now: Micros): Settled {
  const { timeout } = step;
  if (timeout !== undefined && now >= startedAt + timeout) {
    return watch.giveUp(now, `the step's ${formatDuration(timeout)} were over`);
  }
  return { ...watch.giveUp(now, "the case's time was over"), verdict: 'unknown' };
}
