/** What all parts of a running arm share, and how it waits: with the background's work done on time and the history kept up. */
import { MINUTE, type Micros, SECOND } from '../base/instant.js';
import { RandomSource, type RandomStream } from '../base/random.js';
import type { ArmSpec } from '../plan/plan.js';
import type { Capture, IdleConnection, Testbed } from '../ports/testbed.js';
import { Recorder } from './recorder.js';
import type { ArmSink, Progress, RunOptions } from './sink.js';

const DRAIN_EVERY: Micros = SECOND;
const PROGRESS_EVERY: Micros = 10 * SECOND;

/** The case's whole time is over. Thrown to the engine from wherever the arm waits. */
export class CaseTimeout extends Error {
  override readonly name = 'CaseTimeout';
}

export interface RunningCapture {
  readonly endsAt: Micros;
  readonly places: readonly { readonly on: string; readonly capture: Capture }[];
  ended: boolean;
}

/** Work that goes on beside the steps. Returns when it wants to run again, or nothing when it is done. */
interface Task {
  at: Micros;
  readonly run: () => Promise<Micros | undefined>;
}

export class RunContext {
  readonly recorder: Recorder;
  readonly captures = new Map<string, RunningCapture>();
  readonly connections = new Map<string, IdleConnection>();
  readonly pollEvery: Micros;
  /** When pods arrive: the same on every arm of the case. */
  readonly arrivals: RandomStream;
  /** Of the case, later of its clean-up. */
  deadline: Micros;
  readonly #tasks: Task[] = [];
  readonly #options: RunOptions;
  readonly #numbers = new Map<string, number>();
  #drainAt: Micros = 0;
  #progressAt: Micros = PROGRESS_EVERY;

  constructor(
    readonly testbed: Testbed,
    readonly arm: ArmSpec,
    sink: ArmSink,
    options: RunOptions,
  ) {
    this.#options = options;
    this.recorder = new Recorder(
      testbed,
      sink,
      arm.probes.map(({ name }) => name),
    );
    this.pollEvery = options.pollEvery ?? SECOND / 10;
    this.arrivals = new RandomSource(options.seed ?? '').stream('arrivals');
    this.deadline = options.caseTimeout === undefined ? Number.MAX_SAFE_INTEGER : this.now() + options.caseTimeout;
  }

  now(): Micros {
    return this.testbed.clock.now();
  }

  /** Catch and finally have a time of their own, however the steps ended. */
  startCleanup(): void {
    this.deadline = this.now() + (this.#options.cleanupTimeout ?? 5 * MINUTE);
  }

  /** Runs `task` at `at`, and again whenever it says so, while the arm waits for something. */
  inBackground(at: Micros, task: () => Promise<Micros | undefined>): void {
    this.#tasks.push({ at, run: task });
  }

  /** Sleeps until `at`, the case's deadline at most. */
  async sleepUntil(at: Micros): Promise<void> {
    const until = Math.min(at, this.deadline);
    while (this.now() < until) {
      const due = this.#tasks.reduce((next, task) => Math.min(next, task.at), until);
      await this.testbed.clock.sleepUntil(Math.min(due, Math.max(this.#drainAt, this.now())));
      await this.#runTasks();
      if (this.now() >= this.#drainAt) await this.#drain();
    }
  }

  /** 1, 2, 3 for each word: pods of two steps have no name in common. */
  nextNumber(word: string): number {
    const next = (this.#numbers.get(word) ?? 0) + 1;
    this.#numbers.set(word, next);
    return next;
  }

  /** Told at most every 10 s. */
  progress(tell: () => Omit<Progress, 'at'>): void {
    const { onProgress } = this.#options;
    if (!onProgress || this.now() < this.#progressAt) return;
    this.#progressAt = this.now() + PROGRESS_EVERY;
    onProgress({ at: this.now(), ...tell() });
  }

  async #drain(): Promise<void> {
    this.#drainAt = this.now() + DRAIN_EVERY;
    await this.recorder.drain();
  }

  async #runTasks(): Promise<void> {
    for (const task of [...this.#tasks]) {
      if (task.at > this.now()) continue;
      const next = await task.run();
      if (next === undefined) this.#tasks.splice(this.#tasks.indexOf(task), 1);
      else task.at = next;
    }
  }
}
