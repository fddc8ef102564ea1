/**
 * The Probes port in the model: a program on the probe's host that measures on the grid of `every` and keeps its samples. One sample
 * is under way at a time; when it takes longer than `every`, the next starts at the next point of the grid.
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
    readonly hostOf: (spec: ProbeSpec) => ProbeHost,
    readonly measureOf: (spec: ProbeSpec) => Measure,
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
    running.startedAt = this.hostOf(spec).now();
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
    const startedAt = host.now();
    running.busy = true;
    running.measure((result) => {
      const endedAt = host.now();
      const sample: ProbeSample = { startedAt, endedAt, ...result };
      running.samples.push(sample);
      running.busy = false;
      if (running.stopped) return;
      const { every } = running.spec;
      const points = Math.max(
        Math.ceil((endedAt - running.startedAt) / every),
        (startedAt - running.startedAt) / every + 1,
      );
      const next = running.startedAt + points * every;
      running.timer = host.after(Math.max(0, next - endedAt), () => this.#sample(running));
    });
  }
}
