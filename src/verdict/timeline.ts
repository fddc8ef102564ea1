/**
 * The timeline of an arm: when the fault was applied, which probe failed first, which node was lost, what was done about it, and when all
 * was well again. Data from the history alone, and its text. Refuses to judge: a timeline of a healthy arm is short.
 */
import { formatSeconds, type Micros } from '../base/instant.js';
import type { ArmSpec } from '../plan/plan.js';
import type { HistoryRecord } from './history.js';

export type TimelineKind = 'fault' | 'treatment' | 'first-failed' | 'ok-again' | 'not-ready' | 'ready-again' | 'end';

export interface TimelineEntry {
  readonly at: Micros;
  readonly kind: TimelineKind;
  /** The step, the probe or the node that it is about. */
  readonly what: string;
  readonly text: string;
  /** Since the fault was applied; absent before it, and where there was none. */
  readonly sinceFault?: Micros;
}

type Entry = Omit<TimelineEntry, 'sinceFault'>;
type RecordOf<K extends HistoryRecord['kind']> = Extract<HistoryRecord, { kind: K }>;

function recordsOf<K extends HistoryRecord['kind']>(history: readonly HistoryRecord[], kind: K): RecordOf<K>[] {
  return history.filter((record): record is RecordOf<K> => record.kind === kind);
}

/** In order of first appearance. */
function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/** The actions of treatment steps: the first one is the fault, the others are what was done about it. */
function treatments(arm: ArmSpec, history: readonly HistoryRecord[]): Entry[] {
  const indices = new Set(arm.steps.filter(({ treatment }) => treatment).map(({ index }) => index));
  const done = recordsOf(history, 'step').filter(
    ({ list, step, phase, error }) =>
      list === 'steps' && phase === 'action' && indices.has(step) && error === undefined,
  );
  return done.map(({ at, name, text }, i) => {
    const told = text ? `${name} (${text})` : name;
    return { at, kind: i === 0 ? 'fault' : 'treatment', what: name, text: i === 0 ? `fault applied: ${told}` : told };
  });
}

/** First failure after the fault, and the first sample that was ok after the last failure. */
function probeEntries(history: readonly HistoryRecord[], since: Micros): Entry[] {
  const byProbe = groupBy(recordsOf(history, 'probe'), ({ probe }) => probe);
  return [...byProbe].flatMap(([probe, all]) => {
    const samples = all.filter(({ startedAt }) => startedAt >= since);
    const failed = samples.find(({ outcome }) => outcome !== 'ok');
    if (!failed) return [];
    const { startedAt, outcome, detail } = failed;
    const how = detail ? `${outcome}, ${detail}` : outcome;
    const entries: Entry[] = [
      { at: startedAt, kind: 'first-failed', what: probe, text: `probe ${probe} fails first (${how})` },
    ];
    const last = samples.findLastIndex((sample) => sample.outcome !== 'ok');
    const again = samples[last + 1];
    // A connection attempt may begin under the fault and be answered after it: it is ok when the answer is there.
    if (again) entries.push({ at: again.endedAt, kind: 'ok-again', what: probe, text: `probe ${probe} is ok again` });
    return entries;
  });
}

/** First change away from Ready=True after the fault, and the last change back. */
function nodeEntries(history: readonly HistoryRecord[], since: Micros): Entry[] {
  const changes = recordsOf(history, 'object').filter(
    ({ object, change, at }) => object.startsWith('Node ') && change.startsWith('Ready=') && at >= since,
  );
  return [...groupBy(changes, ({ object }) => object)].flatMap(([object, own]) => {
    const isReady = ({ change }: RecordOf<'object'>) => change.startsWith('Ready=True');
    const lost = own.find((one) => !isReady(one));
    if (!lost) return [];
    const entries: Entry[] = [
      { at: lost.at, kind: 'not-ready', what: object, text: `${object} is NotReady: ${lost.change}` },
    ];
    const back = own.slice(own.findLastIndex((one) => !isReady(one)) + 1)[0];
    if (back) entries.push({ at: back.at, kind: 'ready-again', what: object, text: `${object} is Ready again` });
    return entries;
  });
}

/** In order of time; at one instant the fault, then probes and nodes, then what was done about it. */
export function timelineOf(arm: ArmSpec, history: readonly HistoryRecord[]): readonly TimelineEntry[] {
  const done = treatments(arm, history);
  const fault = done[0]?.at;
  const since = fault ?? 0;
  const ends = recordsOf(history, 'end').map(({ at, outcome, text }): Entry => {
    return { at, kind: 'end', what: 'end', text: outcome === 'complete' ? 'end' : `${outcome}: ${text ?? ''}` };
  });
  const symptoms = [...probeEntries(history, since), ...nodeEntries(history, since)];
  const entries = [...done.slice(0, 1), ...symptoms, ...done.slice(1), ...ends];
  return entries
    .sort((a, b) => a.at - b.at)
    .map((entry) => (fault === undefined || entry.at < fault ? entry : { ...entry, sinceFault: entry.at - fault }));
}

/** One line an entry: seconds of the case, seconds since the fault, what happened. */
export function formatTimeline(entries: readonly TimelineEntry[]): string {
  return entries
    .map(({ at, sinceFault, text }) => {
      const since = sinceFault === undefined ? '' : `+${formatSeconds(sinceFault)}`;
      return `${formatSeconds(at).padStart(9)} s ${since.padStart(9)}  ${text}`;
    })
    .join('\n');
}
