/** Which steps of an arm run, and where its treatment begins: one answer for the engine and for judging. */
import type { ArmSpec } from '../plan/plan.js';
import type { StepSpec } from '../scenario/model.js';

export type StepList = 'steps' | 'catch' | 'finally';

/** `when` does not match this point, or the arm leaves the treatment out; undefined: it runs. */
export function leftOut(arm: ArmSpec, step: StepSpec): 'when' | 'omitted' | undefined {
  if (!step.runs) return 'when';
  return step.treatment && arm.omitTreatment ? 'omitted' : undefined;
}

/** `index` of the first treatment step at this point of the matrix, left out or not; undefined where there is none. */
export function firstTreatment(arm: ArmSpec): number | undefined {
  return arm.steps.find(({ treatment, runs }) => treatment && runs)?.index;
}

/** A failure here says that the testbed was not well: the fault is still to come. */
export function isBeforeTreatment(arm: ArmSpec, list: StepList, index: number): boolean {
  const first = firstTreatment(arm);
  return list === 'steps' && first !== undefined && index < first;
}
