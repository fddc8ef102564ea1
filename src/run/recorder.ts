/**
 * The history of a running arm: takes samples, log lines and object changes from the testbed, snapshots too, and hands every record on
 * once, in the order in which it became known. Refuses to judge.
 */
import type { Micros } from '../base/instant.js';
import { slug } from '../evidence/paths.js';
import type { PacketRow, Snapshot } from '../evidence/rows.js';
import { takeSnapshot } from '../evidence/snapshot.js';
import type { Testbed } from '../ports/testbed.js';
import type { HistoryRecord, ProbeSample } from '../verdict/history.js';
import type { ProbeWatch } from '../verdict/watch.js';
import type { ArmSink } from './sink.js';

/** Before everything, bring-up included. */
const BEGINNING: Micros = Number.MIN_SAFE_INTEGER;

export class Recorder {
  readonly history: HistoryRecord[] = [];
  readonly snapshots: Snapshot[] = [];
  readonly #testbed: Testbed;
  readonly #sink: ArmSink;
  readonly #probes: readonly string[];
  readonly #lastSamples = new Map<string, ProbeSample>();
  readonly #watches = new Set<ProbeWatch>();
  /** The last instant of which events are known, and how many of that instant. */
  #eventsAt: Micros = BEGINNING;
  #eventsThen = 0;
  /** An action ran since the last snapshot: one at the same instant shows something else. */
  #acted = true;

  constructor(testbed: Testbed, sink: ArmSink, probes: readonly string[]) {
    this.#testbed = testbed;
    this.#sink = sink;
    this.#probes = probes;
  }

  record(record: HistoryRecord): void {
    this.history.push(record);
    this.#sink.record(record);
    if (record.kind === 'step' && record.phase === 'action') this.#acted = true;
  }

  /** Feeds a watch with the last known sample and every later one, until {@link unfollow}. */
  follow(watch: ProbeWatch): void {
    const last = this.#lastSamples.get(watch.expectation.probe);
    if (last) watch.sample(last);
    this.#watches.add(watch);
  }

  unfollow(watch: ProbeWatch): void {
    this.#watches.delete(watch);
  }

  /** Records what the testbed knows by now. */
  async drain(): Promise<void> {
    for (const probe of this.#probes) await this.drainProbe(probe);
    await this.#drainEvents();
  }

  async drainProbe(probe: string): Promise<void> {
    const last = this.#lastSamples.get(probe);
    const samples = await this.#testbed.probes.samples(probe, last ? last.startedAt + 1 : BEGINNING);
    for (const { startedAt, endedAt, outcome, detail } of samples) {
      const sample: ProbeSample = { startedAt, endedAt, outcome, detail };
      this.#lastSamples.set(probe, sample);
      this.record({ kind: 'probe', at: endedAt, probe, ...sample });
      for (const watch of this.#watches) if (watch.expectation.probe === probe) watch.sample(sample);
    }
  }

  async #drainEvents(): Promise<void> {
    const events = await this.#testbed.events(this.#eventsAt);
    let known = this.#eventsThen;
    for (const event of events) {
      if (event.at === this.#eventsAt && known > 0) {
        known--;
        continue;
      }
      if (event.at > this.#eventsAt) {
        this.#eventsAt = event.at;
        this.#eventsThen = 0;
      }
      this.#eventsThen++;
      this.record(event);
    }
  }

  capture(name: string, on: string, packets: readonly PacketRow[]): void {
    this.record({ kind: 'capture', at: this.#testbed.clock.now(), name, on, packets: packets.length });
    this.#sink.capture(name, on, packets);
  }

  /** None is taken where the last one shows the same: no time went by and nothing was done. */
  async snapshot(label: string): Promise<void> {
    await this.drain();
    if (!this.#acted && this.snapshots.at(-1)?.at === this.#testbed.clock.now()) return;
    this.#acted = false;
    const number = String(this.snapshots.length + 1).padStart(2, '0');
    const snapshot = await takeSnapshot(this.#testbed, `${number}-${slug(label)}`, label);
    this.snapshots.push(snapshot);
    this.#sink.snapshot(snapshot);
    this.record({ kind: 'snapshot', at: snapshot.at, id: snapshot.id, label });
  }
}
