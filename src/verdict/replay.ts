/**
 * Reads a stored history again, record by record, through the same windows that the engine used, and gives each step's result.
 * Of `settled` records it believes only that the engine asked at that instant, not what came out. Causes are diagnosed anew.
 */
import { assert } from '../base/assert.js';
import type { Micros } from '../base/instant.js';
import type { Snapshot } from '../evidence/rows.js';
import type { ArmSpec } from '../plan/plan.js';
import type { StepSpec } from '../scenario/model.js';
import { diagnose } from './diagnose.js';
import { judgeCause } from './expectations/cause.js';
import type { Observation } from './expectations/kind.js';
import { isCompared } from './expectations/kinds.js';
import type { HistoryRecord, ProbeSample } from './history.js';
import { leftOut, type StepList } from './treatment.js';
import type { ExpectationResult, StepResult } from './verdict.js';
import { cutShort, isTimed, openWatch, ProbeWatch, type Settled, StateWatch, type Watch } from './watch.js';

type RecordOf<K extends HistoryRecord['kind']> = Extract<HistoryRecord, { kind: K }>;

/** What became of one step so far. */
class StepReplay {
  readonly watches = new Map<number, Watch>();
  readonly settled = new Map<number, Settled & { readonly at: Micros }>();
  startedAt: Micros | undefined;
  endedAt: Micros | undefined;
  error: string | undefined;

  constructor(
    readonly list: StepList,
    readonly step: StepSpec,
  ) {}
}

export class Replay {
  readonly #arm: ArmSpec;
  readonly #history: readonly HistoryRecord[];
  readonly #snapshots: readonly Snapshot[];
  readonly #steps = new Map<string, StepReplay>();
  readonly #lastSamples = new Map<string, ProbeSample>();
  readonly #open = new Set<ProbeWatch>();
  #taken = 0;
  end: RecordOf<'end'> | undefined;

  /** `snapshots` in the order in which they were taken. */
  constructor(arm: ArmSpec, history: readonly HistoryRecord[], snapshots: readonly Snapshot[]) {
    this.#arm = arm;
    this.#history = history;
    this.#snapshots = snapshots;
    for (const list of ['steps', 'catch', 'finally'] as const) {
      for (const step of arm[list]) this.#steps.set(`${list}/${step.index}`, new StepReplay(list, step));
    }
    history.forEach((record, index) => {
      this.#read(record, index);
    });
  }

  /** The last instant that the history tells of. */
  get elapsed(): Micros {
    return this.#history.reduce((latest, { at }) => Math.max(latest, at), 0);
  }

  results(): StepResult[] {
    return [...this.#steps.values()].map((replay) => this.#result(replay));
  }

  #read(record: HistoryRecord, index: number): void {
    if (record.kind === 'step') this.#readStep(record);
    else if (record.kind === 'probe') this.#readSample(record);
    else if (record.kind === 'observation') this.#readObservation(record, index);
    else if (record.kind === 'settled') this.#readSettled(record);
    else if (record.kind === 'snapshot') this.#taken++;
    else if (record.kind === 'end') this.end = record;
  }

  #stepOf({ list, step }: { readonly list: StepList; readonly step: number }): StepReplay {
    const found = this.#steps.get(`${list}/${step}`);
    assert(found, `the history tells of ${list} ${step}, which the plan does not have`);
    return found;
  }

  #readStep(record: RecordOf<'step'>): void {
    const replay = this.#stepOf(record);
    const { phase, at } = record;
    if (record.error !== undefined) replay.error = record.error;
    if (phase === 'start') replay.startedAt = at;
    if (phase === 'end') replay.endedAt = at;
    const begins = replay.step.action === undefined ? phase === 'start' : phase === 'action';
    if (replay.error !== undefined) return;
    if (begins) this.#openWatches(replay, at, true);
    if (phase === 'judge') this.#openWatches(replay, at, false);
  }

  #openWatches(replay: StepReplay, from: Micros, timed: boolean): void {
    replay.step.expect.forEach((expectation, i) => {
      if (isTimed(expectation) !== timed) return;
      const watch = openWatch(expectation, this.#arm.probes, from);
      replay.watches.set(i, watch);
      if (!(watch instanceof ProbeWatch)) return;
      this.#open.add(watch);
      const last = this.#lastSamples.get(watch.expectation.probe);
      if (last) watch.sample(last);
    });
  }

  #readSample(record: RecordOf<'probe'>): void {
    this.#lastSamples.set(record.probe, record);
    for (const watch of this.#open) if (watch.expectation.probe === record.probe) watch.sample(record);
  }

  #readObservation(record: RecordOf<'observation'>, index: number): void {
    const watch = this.#stepOf(record).watches.get(record.expectation);
    assert(watch instanceof StateWatch, 'the history observes an expectation that was not open');
    watch.observe(record.at, this.#observed(watch, record, index));
  }

  /** As the engine saw it; a cause is diagnosed from the evidence that lay there at that record. */
  #observed({ expectation }: StateWatch, record: Observation, index: number): Observation {
    if (expectation.kind !== 'cause') return record;
    const history = this.#history.slice(0, index);
    return judgeCause(
      expectation,
      diagnose({ arm: this.#arm.name, history, snapshots: this.#snapshots.slice(0, this.#taken) }),
    );
  }

  #readSettled(record: RecordOf<'settled'>): void {
    const replay = this.#stepOf(record);
    const watch = replay.watches.get(record.expectation);
    assert(watch, 'the history settles an expectation that was not open');
    const settled = watch.settle(record.at) ?? cutShort(watch, replay.step, replay.startedAt ?? 0, record.at);
    replay.settled.set(record.expectation, { ...settled, at: record.at });
    if (watch instanceof ProbeWatch) this.#open.delete(watch);
  }

  #result(replay: StepReplay): StepResult {
    const { list, step, startedAt, endedAt, error } = replay;
    const out = leftOut(this.#arm, step);
    return {
      list,
      index: step.index,
      name: step.name,
      place: step.place,
      treatment: step.treatment,
      state: out ?? (startedAt === undefined ? 'not-reached' : 'ran'),
      ...(startedAt !== undefined && { startedAt }),
      ...(endedAt !== undefined && { endedAt }),
      ...(error !== undefined && { error }),
      expectations: step.expect.map((_, i) => this.#expectationResult(replay, i)),
    };
  }

  #expectationResult(replay: StepReplay, i: number): ExpectationResult {
    const expectation = replay.step.expect[i];
    assert(expectation, 'an expectation that its step does not have');
    const settled = replay.settled.get(i);
    const { text, place, kind } = expectation;
    const compared = isCompared(kind);
    if (settled) {
      return { text, place, verdict: settled.verdict, seen: settled.seen, settledAt: settled.at, compared };
    }
    const watch = replay.watches.get(i);
    if (watch) return { text, place, verdict: 'unknown', seen: `broken off; ${watch.lastSeen}`, compared };
    return { text, place, verdict: 'not-run', seen: 'not run', compared };
  }
}
