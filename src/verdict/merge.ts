/** The one order of verdicts, and the exit code that follows from it. Report, summary and exit code all come from here. */
import type { Verdict } from './verdict.js';

/** Worst first (design.md, §5). */
export const VERDICT_ORDER: readonly Verdict[] = [
  'fail',
  'vacuous',
  'infra-error',
  'timeout',
  'unknown',
  'flaky',
  'pass',
  'skipped',
];

/** The worst of them; nothing at all is `skipped`. */
export function mergeVerdicts(verdicts: readonly Verdict[]): Verdict {
  return VERDICT_ORDER.find((verdict) => verdicts.includes(verdict)) ?? 'skipped';
}

/** What the process ends with. Usage errors and signals are told by whoever meets them; verdicts give the others. */
export const ExitCode = {
  passed: 0,
  /** An expectation failed, or a case is unknown or vacuous. */
  failed: 1,
  /** Usage, an invalid file, or nothing selected. */
  usage: 2,
  /** The environment, or the bring-up. */
  infraError: 3,
  timeout: 4,
  /** Under `--fail-on-flaky`. */
  flaky: 5,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** No case at all is `usage`: nothing was selected. Where all are skipped, nothing went wrong. */
export function exitCode(verdicts: readonly Verdict[], options: { readonly failOnFlaky: boolean }): ExitCode {
  if (verdicts.length === 0) return ExitCode.usage;
  switch (mergeVerdicts(verdicts)) {
    case 'fail':
    case 'vacuous':
    case 'unknown':
      return ExitCode.failed;
    case 'infra-error':
      return ExitCode.infraError;
    case 'timeout':
      return ExitCode.timeout;
    case 'flaky':
      return options.failOnFlaky ? ExitCode.flaky : ExitCode.passed;
    case 'pass':
    case 'skipped':
      return ExitCode.passed;
  }
}
