/** An instant of a case as people name it: `42s`, `treatment+12s`, `end`, or the start of a step, `step3+500ms`. */
import { formatDuration, HOUR, type Micros, parseDuration } from '../../src/base/instant.js';
import type { ArmSpec } from '../../src/plan/plan.js';
import type { HistoryRecord } from '../../src/verdict/history.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';

export type Instant =
  | { readonly kind: 'at'; readonly at: Micros }
  | { readonly kind: 'end' }
  | { readonly kind: 'step'; readonly step: number | 'treatment'; readonly offset: Micros };

const RELATIVE = /^(treatment|step(\d+))(?:([+-])(.+))?$/;
const PART = /\d+(?:\.\d+)?(?:us|ms|s|m|h)/g;
const HINT = 'write 42s, 1m30s, treatment+12s, step3+500ms (steps count from 1), or end';

/** A replay takes wall time for every second of the case, its end or not: further than this it does not go. */
export const REPLAY_MAX: Micros = 24 * HOUR;

/** A duration of one unit or of several: `90s`, `1m30s`. */
function parseDistance(text: string): Micros | undefined {
  const parts = text.match(PART) ?? [];
  if (parts.length === 0 || parts.join('') !== text) return undefined;
  const values = parts.map((part) => parseDuration(part) ?? Number.NaN);
  const sum = values.reduce((total, value) => total + value, 0);
  return Number.isSafeInteger(sum) ? sum : undefined;
}

function tooEarly(text: string): Failure {
  return new Failure(ExitCode.usage, `${text} is before the first step`, `0s is where the first step begins; ${HINT}`);
}

export function parseInstant(text: string): Instant {
  if (text === 'end') return { kind: 'end' };
  const relative = RELATIVE.exec(text);
  if (!relative && text.startsWith('-') && parseDistance(text.slice(1)) !== undefined) throw tooEarly(text);
  const offset = parseDistance(relative ? (relative[4] ?? '0s') : text);
  if (offset === undefined) throw new Failure(ExitCode.usage, `${text} is no instant of a case`, HINT);
  if (!relative) return { kind: 'at', at: offset };
  const step = relative[2] === undefined ? 'treatment' : Number(relative[2]) - 1;
  if (step === -1) throw new Failure(ExitCode.usage, `${text}: steps count from 1`, HINT);
  return { kind: 'step', step, offset: relative[3] === '-' ? -offset : offset };
}

/** What a replay has to reach, which is refused where it is too far. */
export function withinReach(at: Micros): Micros {
  if (at <= REPLAY_MAX) return at;
  throw new Failure(
    ExitCode.usage,
    `${formatDuration(at)} is too far: a replay goes no further than ${formatDuration(REPLAY_MAX)} after the first step`,
    '--at end is the end of the case',
  );
}

/** Where an instant that hangs on the history lies; `history` is of a whole run of the arm. */
export function locate(instant: Instant, arm: ArmSpec, history: readonly HistoryRecord[]): Micros {
  if (instant.kind === 'at') return withinReach(instant.at);
  if (instant.kind === 'end') return history.reduce((latest, { at }) => Math.max(latest, at), 0);
  const { step, offset } = instant;
  const index = step === 'treatment' ? arm.steps.find(({ treatment }) => treatment)?.index : step;
  const start = history.find(
    (record) => record.kind === 'step' && record.list === 'steps' && record.step === index && record.phase === 'start',
  );
  const what = step === 'treatment' ? 'treatment' : `step${step + 1}`;
  if (!start) {
    const named = step === 'treatment' ? 'the treatment' : `step ${step + 1}`;
    throw new Failure(ExitCode.usage, `arm ${arm.name} never came to ${named}`, 'explain shows the steps that ran');
  }
  if (start.at + offset < 0) throw tooEarly(`${what}-${formatDuration(-offset)}`);
  return withinReach(start.at + offset);
}
