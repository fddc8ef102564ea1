/**
 * The result of one arm from its stored history and evidence alone. The engine ends with this very function, so that what is judged
 * again later, offline, is what was said live.
 */
import type { Snapshot } from '../evidence/rows.js';
import type { ArmSpec } from '../plan/plan.js';
import { diagnose } from './diagnose.js';
import type { HistoryRecord } from './history.js';
import { mergeVerdicts } from './merge.js';
import { Replay } from './replay.js';
import { isBeforeTreatment } from './treatment.js';
import type { ArmResult, StepResult, Verdict } from './verdict.js';

interface Finding {
  readonly verdict: Verdict;
  readonly reason: string;
}

/** What one step says about its arm: its failed action, each expectation that is no pass. */
function findingsOfStep(step: StepResult): Finding[] {
  const name = step.name === '' ? `step ${step.index + 1}` : `step "${step.name}"`;
  const findings: Finding[] = [];
  if (step.error !== undefined) findings.push({ verdict: 'fail', reason: `${name}: ${step.error}` });
  for (const { verdict, text, seen } of step.expectations) {
    if (verdict === 'pass' || verdict === 'not-run') continue;
    findings.push({ verdict, reason: `${name}: ${text}: ${seen}` });
  }
  return findings;
}

/**
 * On the first arm every finding counts. On the others none does, but for one: where an arm only leaves the treatment out, what fails
 * before the treatment says that its testbed was not well, and its outcome is no comparison.
 */
function findingsOf(arm: ArmSpec, steps: readonly StepResult[]): Finding[] {
  const findings: Finding[] = [];
  for (const step of steps) {
    const before = isBeforeTreatment(arm, step.list, step.index);
    if (arm.expect !== 'first' && !(arm.omitTreatment && before)) continue;
    for (const finding of findingsOfStep(step)) {
      const unwell = before && finding.verdict === 'fail';
      const reason = unwell ? `before the treatment, ${finding.reason}` : finding.reason;
      findings.push({ verdict: unwell ? 'infra-error' : finding.verdict, reason });
    }
  }
  return findings;
}

/** What the end of the history adds: a testbed that failed, a time that was over, a history that breaks off. */
function findingOfEnd({ end, elapsed }: Replay): Finding | undefined {
  if (!end) return { verdict: 'unknown', reason: `the history breaks off at ${(elapsed / 1_000_000).toFixed(3)} s` };
  if (end.outcome === 'complete') return undefined;
  return { verdict: end.outcome, reason: end.text ?? end.outcome };
}

/** `snapshots` in the order in which they were taken, as `snapshot` records of the history name them. */
export function judgeArm(arm: ArmSpec, history: readonly HistoryRecord[], snapshots: readonly Snapshot[]): ArmResult {
  const replay = new Replay(arm, history, snapshots);
  const steps = replay.results();
  const findings = findingsOf(arm, steps);
  const atEnd = findingOfEnd(replay);
  if (atEnd) findings.push(atEnd);
  const verdict = mergeVerdicts(['pass', ...findings.map((finding) => finding.verdict)]);
  const reason = findings.find((finding) => finding.verdict === verdict)?.reason;
  return {
    name: arm.name,
    expect: arm.expect,
    verdict,
    ...(reason !== undefined && { reason }),
    steps,
    causes: diagnose({ arm: arm.name, history, snapshots }),
    elapsed: replay.elapsed,
  };
}
