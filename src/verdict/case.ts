/** From the results of a case's arms to the case's verdict: the first arm's own, and what the comparison with the others says. */
import { assert } from '../base/assert.js';
import type { CaseSpec } from '../plan/plan.js';
import { compareArms } from './arms.js';
import { mergeVerdicts } from './merge.js';
import type { ArmResult, CaseResult, Verdict } from './verdict.js';

interface Finding {
  readonly verdict: Verdict;
  readonly reason?: string;
}

function findingOfArm({ name, verdict, reason }: ArmResult, isFirst: boolean): Finding {
  if (reason === undefined) return { verdict };
  return { verdict, reason: isFirst ? reason : `arm ${name}: ${reason}` };
}

/** A comparison says something only between two arms that came to their end, the first one with what was expected of it. */
function findingOfComparison(first: ArmResult, other: ArmResult): Finding | undefined {
  if (first.verdict !== 'pass' || other.verdict !== 'pass') return undefined;
  const { outcome, compared, findings } = compareArms(first, other);
  if (outcome === 'unknown')
    return { verdict: 'unknown', reason: `arm ${other.name} cannot be compared: ${findings[0]}` };
  if (other.expect === 'same') {
    return outcome === 'same'
      ? undefined
      : { verdict: 'fail', reason: `arm ${other.name} ends differently: ${findings[0]}` };
  }
  if (outcome === 'differs') return undefined;
  const why =
    compared === 0 ? 'no expectation that counts could be compared' : `${compared} expectations came out alike`;
  return { verdict: 'vacuous', reason: `arm ${other.name} ends the same: ${why}` };
}

/** `arms` as far as they ran, the first arm always among them. */
export function judgeCase(spec: CaseSpec, arms: readonly ArmResult[]): CaseResult {
  const { id, slug, notes } = spec;
  if (spec.skip !== undefined) {
    return { id, slug, verdict: 'skipped', reason: spec.skip, causes: [], arms: [], notes };
  }
  const first = arms.find(({ expect }) => expect === 'first');
  assert(first, `case ${id} has no result of its first arm`);
  const others = arms.filter((arm) => arm !== first);
  const findings = [
    findingOfArm(first, true),
    ...others.map((arm) => findingOfArm(arm, false)),
    ...others.flatMap((arm) => findingOfComparison(first, arm) ?? []),
  ];
  const verdict = mergeVerdicts(findings.map((finding) => finding.verdict));
  const reason = findings.find((finding) => finding.verdict === verdict)?.reason;
  return { id, slug, verdict, ...(reason !== undefined && { reason }), causes: first.causes, arms, notes };
}

/** A case that was tried again: the last attempt's result, `flaky` where it passed and an earlier one did not. */
export function judgeAttempts(attempts: readonly CaseResult[]): CaseResult {
  const last = attempts.at(-1);
  assert(last, 'a case without an attempt');
  const failed = attempts.slice(0, -1).find(({ verdict }) => verdict !== 'pass');
  if (last.verdict !== 'pass' || !failed) return last;
  const reason = `passed at attempt ${attempts.length}; before: ${failed.verdict}${failed.reason ? `, ${failed.reason}` : ''}`;
  return { ...last, verdict: 'flaky', reason };
}
