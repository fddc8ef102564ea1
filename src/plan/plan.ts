/**
 * All cases of a run as data, before anything starts: scenario × matrix point × backend × seed, each with its arms.
 * Plain JSON values only: a plan is written into the bundle and handed to worker threads as it is.
 */
import type { BackendName, ClusterSpec, ProbeSpec, StepSpec } from '../scenario/model.js';

/** What one testbed runs. The first arm of a case carries the treatment and alone can fail by its expectations. */
export interface ArmSpec {
  /** `treatment`, `control`, or the name under `control.arms`. `main` where a scenario has no treatment at all. */
  readonly name: string;
  /** Steps with `treatment: true` are left out. */
  readonly omitTreatment: boolean;
  /** What its outcome is expected to be beside the first arm's. */
  readonly expect: 'first' | 'differs' | 'same';
  /** The side of `compare` that this arm is; sides are compared by expectations, so each has `expect: 'first'`. */
  readonly side?: string;
  readonly cluster: ClusterSpec;
  readonly probes: readonly ProbeSpec[];
  readonly steps: readonly StepSpec[];
  readonly catch: readonly StepSpec[];
  readonly finally: readonly StepSpec[];
}

export interface CaseSpec {
  /** `externalip-is-worker[kubernetes=1.34.2,proxyMode=ipvs]`; unique in a plan. */
  readonly id: string;
  /** `id` as a folder name: letters, digits, dots, dashes and underscores, unique in a plan. */
  readonly slug: string;
  readonly scenario: {
    readonly name: string;
    readonly description: string;
    readonly file: string;
    readonly tags: readonly string[];
    readonly owner?: string;
    readonly links: readonly string[];
  };
  readonly matrix: Readonly<Record<string, string>>;
  readonly backend: BackendName;
  readonly seed: string;
  /** Empty where `skip` says that the case holds something the model has no words for (IPv6). */
  readonly arms: readonly ArmSpec[];
  /** Why it does not run on this backend; such a case is `skipped`. */
  readonly skip?: string;
  /** Things worth telling that stop nothing: `no treatment, so no control arm`. */
  readonly notes: readonly string[];
}

export interface Plan {
  readonly cases: readonly CaseSpec[];
  readonly seed: string;
}
