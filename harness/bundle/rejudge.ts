/** Judges a case again from its bundle alone: history and evidence, not what was said live. */
import type { ArmSpec, CaseSpec } from '../../src/plan/plan.js';
import { judgeCase } from '../../src/verdict/case.js';
import type { HistoryRecord } from '../../src/verdict/history.js';
import { judgeArm } from '../../src/verdict/judge.js';
import type { CaseResult } from '../../src/verdict/verdict.js';
import { readArm, readCaseResult, type StoredRun } from './read.js';

export interface Rejudged {
  readonly spec: CaseSpec;
  /** What the bundle's case.json says; undefined where the run ended before the case did. */
  readonly stored: CaseResult | undefined;
  /** Undefined where no arm left a history. */
  readonly again: CaseResult | undefined;
  /** Arms as far as they came, in the order of the plan. */
  readonly arms: readonly RejudgedArm[];
}

export interface RejudgedArm {
  /** As it was run; as it was planned where its testbed did not come up. */
  readonly spec: ArmSpec;
  readonly history: readonly HistoryRecord[];
}

export function rejudge(run: StoredRun, spec: CaseSpec): Rejudged {
  const stored = spec.arms
    .map((planned) => ({ planned, ...readArm(run, spec.slug, planned.name) }))
    .filter(({ history }) => history.length > 0);
  const arms = stored.map(({ planned, spec: asRun, history }) => ({ spec: asRun ?? planned, history }));
  const results = stored.map((arm) => judgeArm(arm.spec ?? arm.planned, arm.history, arm.snapshots));
  const judgeable = spec.skip !== undefined || results.some(({ expect }) => expect === 'first');
  const again = judgeable ? judgeCase(spec, results) : undefined;
  return { spec, stored: readCaseResult(run, spec.slug), again, arms };
}

/** The first thing in which two results differ, in words; undefined where they say the same. */
export function differenceOf(stored: CaseResult, again: CaseResult): string | undefined {
  if (JSON.stringify(stored) === JSON.stringify(again)) return undefined;
  if (stored.verdict !== again.verdict) return `verdict ${stored.verdict} in the bundle, ${again.verdict} now`;
  const causes = (result: CaseResult) => result.causes.map(({ id }) => id).join(', ');
  if (causes(stored) !== causes(again)) return `cause ${causes(stored)} in the bundle, ${causes(again)} now`;
  return 'in what single expectations saw';
}
