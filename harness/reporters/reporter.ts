/** The port of everything that shows a run: a set of optional callbacks. A reporter knows data alone, no backend and no bundle. */
import type { CaseSpec, Plan } from '../../src/plan/plan.js';
import type { Progress } from '../../src/run/sink.js';
import type { CaseResult, Verdict } from '../../src/verdict/verdict.js';

export interface RunHeader {
  readonly version: string;
  readonly seed: string;
  /** The call that made this run, to paste into a shell. */
  readonly command: string;
  /** As the user would type it. */
  readonly bundle: string;
  readonly plan: Plan;
}

/** A case that is over, or was left out. */
export interface CaseOutcome {
  readonly spec: CaseSpec;
  readonly result: CaseResult;
  readonly wallMs: number;
  /** The call that runs just this case again. */
  readonly again: string;
  /** The run ended before this case began: nothing is known of it, whatever its verdict counts as. */
  readonly notStarted?: boolean;
}

/** A case that has been running for a while, and what it waits for. */
export interface CaseProgress {
  readonly spec: CaseSpec;
  readonly progress: Progress;
}

export interface RunSummary {
  readonly header: RunHeader;
  readonly verdict: Verdict;
  readonly exitCode: number;
  /** `SIGINT`, `--timeout 10m`; absent where every case came to its end. */
  readonly abortedBy?: string;
  /** In order of the plan. */
  readonly outcomes: readonly CaseOutcome[];
  readonly wallMs: number;
}

export interface Reporter {
  readonly name: string;
  begin?(header: RunHeader): void;
  caseBegin?(spec: CaseSpec): void;
  /** Now and then, of cases that take long. */
  caseProgress?(progress: CaseProgress): void;
  /** In the order in which cases end. */
  caseEnd?(outcome: CaseOutcome): void;
  /** Its promise is awaited before the process ends. */
  end?(summary: RunSummary): void | Promise<void>;
}

/** The first arm's time on its own clock, and that of the others. */
export function virtualMs(result: CaseResult): number {
  return result.arms.reduce((sum, arm) => sum + arm.elapsed, 0) / 1000;
}
