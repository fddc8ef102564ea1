/**
 * Whether two arms of a case ended differently: an expectation about a probe, node condition, lease, pod, placement or PromQL value
 * came out differently (examples/README.md, `treatment`). The treatment's own traces do not count.
 */
import type { ArmResult, ExpectationResult } from './verdict.js';

export interface ArmComparison {
  /** `unknown`: none came out differently, and on one of the arms one of them was never seen. */
  readonly outcome: 'differs' | 'same' | 'unknown';
  /** How many expectations could be compared. */
  readonly compared: number;
  /** What came out differently, or was not seen: `probe api is ok for 5s: pass on treatment, fail on control`. */
  readonly findings: readonly string[];
}

interface Pair {
  readonly first: ExpectationResult;
  readonly other: ExpectationResult;
}

/** The same expectation on both arms, where it counts and both arms ran it. Steps have the same index on every arm. */
function pairs(first: ArmResult, other: ArmResult): Pair[] {
  const steps = new Map(other.steps.map((step) => [`${step.list}/${step.index}`, step]));
  return first.steps.flatMap((step) => {
    const twin = steps.get(`${step.list}/${step.index}`);
    return step.expectations.flatMap((expectation, i) => {
      const counterpart = twin?.expectations[i];
      if (!expectation.compared || !counterpart) return [];
      if (expectation.verdict === 'not-run' || counterpart.verdict === 'not-run') return [];
      return [{ first: expectation, other: counterpart }];
    });
  });
}

export function compareArms(first: ArmResult, other: ArmResult): ArmComparison {
  const compared = pairs(first, other);
  const unlike = compared.filter((pair) => pair.first.verdict !== pair.other.verdict);
  const isKnown = (pair: Pair) => pair.first.verdict !== 'unknown' && pair.other.verdict !== 'unknown';
  const differing = unlike.filter(isKnown);
  const unseen = compared.filter((pair) => !isKnown(pair));
  const telling = differing.length > 0 ? differing : unseen;
  return {
    outcome: differing.length > 0 ? 'differs' : unseen.length > 0 ? 'unknown' : 'same',
    compared: compared.length,
    findings: telling.map(
      (pair) => `${pair.first.text}: ${pair.first.verdict} on ${first.name}, ${pair.other.verdict} on ${other.name}`,
    ),
  };
}
