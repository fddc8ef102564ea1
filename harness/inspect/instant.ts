/** An instant of a case as people name it: `42s`, `treatment+12s`, `end`, or the start of a step, `step3+500ms`. */
import { type Micros, parseDuration } from '../../src/base/instant.js';
import type { ArmSpec } from '../../src/plan/plan.js';
import type { HistoryRecord } from '../../src/verdict/history.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';

export type Instant =
  | { readonly kind: 'at'; readonly at: Micros }
  | { readonly kind: 'end' }
  | { readonly kind: 'step'; readonly step: number | 'treatment'; readonly offset: Micros };

const RELATIVE = /^(treatment|step(\d+))(?:([+-])(.+))?$/;

export function parseInstant(text: string): Instant {
  if (text === 'end') return { kind: 'end' };
  const relative = RELATIVE.exec(text);
  const offset = parseDuration(relative ? (relative[4] ?? '0s') : text);
  if (offset === undefined || (!relative && offset < 0)) {
    const hint = 'write 42s, treatment+12s, step3+500ms (steps count from 1), or end';
    throw new Failure(ExitCode.usage, `${text} is no instant of a case`, hint);
  }
  if (!relative) return { kind: 'at', at: offset };
  const step = relative[2] === undefined ? 'treatment' : Number(relative[2]) - 1;
  return { kind: 'step', step, offset: relative[3] === '-' ? -offset : offset };
}

/** Where an instant that hangs on the history lies; `history` is of a whole run of the arm. */
export function locate(instant: Instant, arm: ArmSpec, history: readonly HistoryRecord[]): Micros {
  if (instant.kind === 'at') return instant.at;
  if (instant.kind === 'end') return history.reduce((latest, { at }) => Math.max(latest, at), 0);
  const { step, offset } = instant;
  const index = step === 'treatment' ? arm.steps.find(({ treatment }) => treatment)?.index : step;
  const start = history.find(
    (record) => record.kind === 'step' && record.list === 'steps' && record.step === index && record.phase === 'start',
  );
  if (!start) {
    const what = step === 'treatment' ? 'the treatment' : `step ${step + 1}`;
    throw new Failure(ExitCode.usage, `arm ${arm.name} never came to ${what}`, 'explain shows the steps that ran');
  }
  return Math.max(0, start.at + offset);
}
