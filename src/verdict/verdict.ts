/** Verdicts and results as data: what judging gives, and what every report is rendered from. */
import type { Place } from '../base/diagnostic.js';
import type { Micros } from '../base/instant.js';

export type Verdict = 'pass' | 'fail' | 'flaky' | 'vacuous' | 'unknown' | 'infra-error' | 'timeout' | 'skipped';

export type CauseId =
  | 'externalip-is-node-address'
  | 'externalip-is-gateway'
  | 'port-hijack'
  | 'loadbalancer-ip-is-node-address'
  | 'kube-proxy-gone'
  | 'none';

/** One link of a chain: a claim for people, and the artifact of the bundle that shows it, or several that show it together. */
export interface CauseLink {
  readonly claim: string;
  /** Path below the case's folder, `treatment/evidence/03-after-the-one-faulty-line/worker-2.txt#ip-route-get-172.30.0.3`. */
  readonly artifact: string;
  /** All that the claim rests on, `artifact` the first of them; absent where that one shows all of it. */
  readonly artifacts?: readonly string[];
}

export interface Cause {
  readonly id: CauseId;
  /** What it mentions, as `cause.names` of an expectation asks: `Service default/busybox`, `Node worker-1`, `172.30.0.3`. */
  readonly names: readonly string[];
  readonly chain: readonly CauseLink[];
}

export interface ExpectationResult {
  readonly text: string;
  readonly place: Place;
  /** `not-run`: the case ended before this step, or the step was left out on this arm. */
  readonly verdict: 'pass' | 'fail' | 'unknown' | 'not-run';
  /** The last observation in words; why, where the verdict is not a pass. */
  readonly seen: string;
  readonly settledAt?: Micros;
  /** It counts when arms are compared: probe, node, lease, pods, placement, promql. */
  readonly compared: boolean;
}

export interface StepResult {
  readonly list: 'steps' | 'catch' | 'finally';
  readonly index: number;
  readonly name: string;
  readonly place: Place;
  readonly treatment: boolean;
  /** `ran`, `when` did not match, left out on this arm, or never reached. */
  readonly state: 'ran' | 'when' | 'omitted' | 'not-reached';
  readonly startedAt?: Micros;
  readonly endedAt?: Micros;
  /** Why its action failed. */
  readonly error?: string;
  readonly expectations: readonly ExpectationResult[];
}

export interface ArmResult {
  readonly name: string;
  readonly expect: 'first' | 'differs' | 'same';
  readonly verdict: Verdict;
  /** One line: why the verdict is not a pass. */
  readonly reason?: string;
  readonly steps: readonly StepResult[];
  readonly causes: readonly Cause[];
  /** How long the arm ran on its own clock. */
  readonly elapsed: Micros;
}

export interface CaseResult {
  readonly id: string;
  readonly slug: string;
  readonly verdict: Verdict;
  readonly reason?: string;
  /** Of the first arm. */
  readonly causes: readonly Cause[];
  readonly arms: readonly ArmResult[];
  readonly notes: readonly string[];
}
