/**
 * The Probes port in the model: a program on the probe's host that measures on the grid of `every` and keeps its samples. One sample
 * is under way at a time; when it takes longer than `every`, the next starts at the next point of the grid. A probe whose place does
 * not exist, a pod that is not there yet or not any more, takes no sample; one that was under way there is lost with it.
 */
import type { Micros } from '../base/instant.js';
import type { Timer } from '../net/sockets.js';
import type { Probes } from '../ports/testbed.js';
import type { ProbeSpec } from '../scenario/model.js';
import type { ProbeSample } from '../verdict/history.js';

/** Takes one measurement and calls `done` once, at the latest after the probe's time-out. */
export type Measure = (done: (result: Pick<ProbeSample, 'outcome' | 'detail'>) => void) => void;

interface Running {
  readonly spec: ProbeSpec;
  readonly measure: Measure;
  readonly samples: ProbeSample[];
  /** Where the grid begins. */
  startedAt: Micros;
  busy: boolean;
  timer: Timer | undefined;
  stopped: boolean;
}

export interface ProbeHost {
  now(): Micros;
  after(delay: Micros, run: () => void): Timer;
}

export class ModelProbes implements Probes {
  readonly #running = new Map<string, Running>();
  constructor(
    /** Undefined while the probe's place does not exist. */
    readonly hostOf: (spec: ProbeSpec) => ProbeHost | undefined,
    readonly measureOf: (spec: ProbeSpec) => Measure,
    /** Keeps time for probes that have no place. */
    readonly ticker: ProbeHost,
  ) {}

  async start(spec: ProbeSpec): Promise<void> {
    const known = this.#running.get(spec.name);
    if (known && !known.stopped) return;
    const running: Running = known ?? {
      spec,
      measure: this.measureOf(spec),
      samples: [],
      startedAt: 0,
      busy: false,
      timer: undefined,
      stopped: false,
    };
    running.stopped = false;
    running.startedAt = this.ticker.now();
    this.#running.set(spec.name, running);
    if (!running.busy) this.#sample(running);
  }

  async stop(probe: string): Promise<void> {
    const running = this.#running.get(probe);
    if (!running) return;
    running.stopped = true;
    running.timer?.cancel();
  }

  async samples(probe: string, since: Micros): Promise<readonly ProbeSample[]> {
    const all = this.#running.get(probe)?.samples ?? [];
    let from = all.length;
    while (from > 0 && (all[from - 1]?.startedAt ?? 0) >= since) from--;
    return all.slice(from);
  }

  #sample(running: Running): void {
    const host = this.hostOf(running.spec);
    const startedAt = this.ticker.now();
    if (!host) return this.#next(running, this.ticker, startedAt);
    running.busy = true;
    running.measure((result) => {
      running.busy = false;
      if (this.hostOf(running.spec) === host) running.samples.push({ startedAt, endedAt: host.now(), ...result });
      if (!running.stopped) this.#next(running, host, startedAt);
    });
  }

  /** The first point of the grid that is over neither for the sample's start nor for its end. */
  #next(running: Running, host: ProbeHost, sampleAt: Micros): void {
    const { every } = running.spec;
    const now = host.now();
    const points = Math.max(
      Math.ceil((now - running.startedAt) / every),
      Math.floor((sampleAt - running.startedAt) / every) + 1,
    );
    running.timer = host.after(Math.max(0, running.startedAt + points * every - now), () => this.#sample(running));
  }
}
