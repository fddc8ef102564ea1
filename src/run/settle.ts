/**
 * Waits until the expectations of a step have settled: the timed ones together from now, then the others. Asks the testbed only for what
 * an open expectation needs, on a grid of its time, and records what was seen where it changes.
 */
import type { Micros } from '../base/instant.js';
import type { Expectation, StepSpec } from '../scenario/model.js';
import type { Observation } from '../verdict/expectations/kind.js';
import { type AnyStateKind, type StateExpectation, stateKindOf } from '../verdict/expectations/kinds.js';
import type { StepList } from '../verdict/treatment.js';
import { cutShort, isTimed, openWatch, ProbeWatch, type Settled, StateWatch, type Watch } from '../verdict/watch.js';
import { CaseTimeout, type RunContext } from './run-context.js';
import { PortView } from './view.js';

export interface RunningStep {
  readonly list: StepList;
  readonly step: StepSpec;
  readonly startedAt: Micros;
  /** Of the step itself; the case may end sooner. */
  readonly deadline: Micros;
}

interface Open {
  readonly index: number;
  readonly watch: Watch;
  /** How a state is observed; probes are sampled by the testbed. */
  readonly state?: { readonly kind: AnyStateKind; readonly expectation: StateExpectation };
  /** Not asked before this instant. */
  pollAt: Micros;
}

class Settling {
  readonly #context: RunContext;
  readonly #running: RunningStep;
  readonly #from: Micros;
  #open: Open[];
  failed = false;

  constructor(context: RunContext, running: RunningStep, timed: boolean) {
    this.#context = context;
    this.#running = running;
    this.#from = context.now();
    this.#open = running.step.expect.flatMap((expectation, index) =>
      isTimed(expectation) === timed ? [this.#opened(expectation, index)] : [],
    );
  }

  async run(): Promise<void> {
    while (this.#open.length > 0) {
      await this.#tick();
      if (this.#open.length > 0) await this.#context.sleepUntil(this.#nextTick());
    }
  }

  #opened(expectation: Expectation, index: number): Open {
    const watch = openWatch(expectation, this.#context.arm.probes, this.#from);
    if (watch instanceof ProbeWatch) this.#context.recorder.follow(watch);
    if (expectation.kind === 'probe') return { index, watch, pollAt: this.#from };
    return { index, watch, state: { kind: stateKindOf(expectation), expectation }, pollAt: this.#from };
  }

  async #tick(): Promise<void> {
    const view = new PortView(this.#context);
    for (const probe of this.#probesDue(view.now)) await this.#context.recorder.drainProbe(probe);
    await this.#observeAll(view);
    const failedBefore = this.failed;
    this.#settleAll(view.now);
    if (this.failed && !failedBefore) await this.#context.recorder.snapshot(`${this.#running.step.name} failed`);
    this.#context.progress(() => ({
      step: this.#running.step.name,
      awaited: this.#open.map(({ watch }) => ({ text: watch.expectation.text, seen: watch.lastSeen })),
    }));
  }

  /** Probes of which a sample may be finished. */
  #probesDue(now: Micros): string[] {
    const due = this.#open.flatMap(({ watch }) =>
      watch instanceof ProbeWatch && watch.quietUntil <= now ? [watch.expectation.probe] : [],
    );
    return [...new Set(due)];
  }

  /** Quick questions all at once, slow ones after them, one by one: while those are under way, time goes by. */
  async #observeAll(view: PortView): Promise<void> {
    const due = this.#open.filter(
      ({ state, pollAt, watch }) => state && (pollAt <= view.now || watch.nextDeadline <= view.now),
    );
    const quick = due.filter(({ state }) => state?.kind.every === undefined);
    const observations = await Promise.all(quick.map((open) => observe(open, view)));
    quick.forEach((open, i) => {
      this.#observed(open, view.now, observations[i]);
    });
    for (const open of due) {
      if (open.state?.kind.every !== undefined) this.#observed(open, view.now, await observe(open, view));
    }
  }

  #observed(open: Open, now: Micros, observation: Observation | undefined): void {
    open.pollAt = now + (open.state?.kind.every ?? 0);
    if (!observation || !(open.watch instanceof StateWatch)) return;
    if (!open.watch.observe(now, observation)) return;
    const { list, step } = this.#running;
    this.#context.recorder.record({
      kind: 'observation',
      at: now,
      list,
      step: step.index,
      expectation: open.index,
      ...observation,
    });
  }

  #settleAll(now: Micros): void {
    const { step, startedAt, deadline } = this.#running;
    const isOver = now >= Math.min(deadline, this.#context.deadline);
    this.#open = this.#open.filter((open) => {
      const settled = open.watch.settle(now) ?? (isOver ? cutShort(open.watch, step, startedAt, now) : undefined);
      if (settled) this.#settled(open, now, settled);
      return settled === undefined;
    });
  }

  #settled({ watch, index }: Open, now: Micros, { verdict, seen }: Settled): void {
    if (watch instanceof ProbeWatch) this.#context.recorder.unfollow(watch);
    if (verdict === 'fail') this.failed = true;
    const { list, step } = this.#running;
    this.#context.recorder.record({
      kind: 'settled',
      at: now,
      list,
      step: step.index,
      expectation: index,
      verdict,
      seen,
    });
  }

  #nextTick(): Micros {
    const now = this.#context.now();
    let next = this.#running.deadline;
    for (const { pollAt, watch } of this.#open) {
      const earliest = watch instanceof ProbeWatch ? watch.quietUntil : pollAt;
      next = Math.min(next, this.#gridAt(Math.max(earliest, now + 1)));
      if (watch.nextDeadline > now) next = Math.min(next, watch.nextDeadline);
    }
    return next;
  }

  /** The first point of the grid at or after `at`. */
  #gridAt(at: Micros): Micros {
    const { pollEvery } = this.#context;
    return this.#from + Math.ceil((at - this.#from) / pollEvery) * pollEvery;
  }
}

async function observe({ state }: Open, view: PortView): Promise<Observation | undefined> {
  return state?.kind.observe(state.expectation, view);
}

/** Untimed expectations about something that ends later (a capture) wait for its end. */
function notBefore({ step }: RunningStep, context: RunContext): Micros {
  const view = new PortView(context);
  const instants = step.expect.flatMap((expectation) => {
    if (expectation.kind === 'probe' || isTimed(expectation)) return [];
    return stateKindOf(expectation).notBefore?.(expectation, view) ?? [];
  });
  return Math.max(view.now, ...instants);
}

/** True where one of them failed. */
export async function settleExpectations(context: RunContext, running: RunningStep): Promise<boolean> {
  const timed = new Settling(context, running, true);
  await timed.run();
  if (context.now() >= context.deadline) throw new CaseTimeout();
  if (running.step.expect.every(isTimed)) return timed.failed;
  await context.sleepUntil(Math.min(notBefore(running, context), running.deadline));
  const { list, step } = running;
  context.recorder.record({ kind: 'step', at: context.now(), list, step: step.index, name: step.name, phase: 'judge' });
  const rest = new Settling(context, running, false);
  await rest.run();
  if (context.now() >= context.deadline) throw new CaseTimeout();
  return timed.failed || rest.failed;
}
