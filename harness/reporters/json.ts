/** The report for programs: one JSON document at the end. `schemaVersion` moves where a field changes its meaning or goes. */
import type { CaseResult, StepResult } from '../../src/verdict/verdict.js';
import type { OutputStream } from '../terminal/streams.js';
import { type CaseOutcome, type Reporter, type RunSummary, virtualMs } from './reporter.js';
import { firstArm } from './wording.js';

export const JSON_REPORT_VERSION = 1;

function stepJson(step: StepResult) {
  const { list, index, name, state, treatment, place, error } = step;
  return {
    list,
    index,
    name,
    state,
    treatment,
    place: `${place.file}:${place.line}:${place.column}`,
    ...(error === undefined ? {} : { error }),
    startedAtMs: step.startedAt === undefined ? null : step.startedAt / 1000,
    endedAtMs: step.endedAt === undefined ? null : step.endedAt / 1000,
    expectations: step.expectations.map((expectation) => ({
      text: expectation.text,
      place: `${expectation.place.file}:${expectation.place.line}:${expectation.place.column}`,
      verdict: expectation.verdict,
      lastSeen: expectation.seen,
      settledAtMs: expectation.settledAt === undefined ? null : expectation.settledAt / 1000,
    })),
  };
}

const causesJson = (causes: CaseResult['causes']) => causes.map(({ id, names, chain }) => ({ id, names, chain }));

/** One case of the report; explain --json prints the same. */
export function caseJson({
  spec,
  result,
  wallMs,
  again,
  notStarted = false,
}: Omit<CaseOutcome, 'wallMs'> & { readonly wallMs: number | null }) {
  return {
    id: spec.id,
    scenario: spec.scenario.name,
    file: spec.scenario.file,
    tags: spec.scenario.tags,
    matrix: spec.matrix,
    backend: spec.backend,
    seed: spec.seed,
    verdict: result.verdict,
    reason: result.reason ?? null,
    started: !notStarted,
    causes: causesJson(result.causes),
    steps: (firstArm(result)?.steps ?? []).map(stepJson),
    arms: result.arms.map((arm) => ({
      name: arm.name,
      expect: arm.expect,
      verdict: arm.verdict,
      reason: arm.reason ?? null,
      causes: causesJson(arm.causes),
      steps: arm.steps.map(stepJson),
      virtualMs: arm.elapsed / 1000,
    })),
    notes: result.notes,
    folder: `cases/${spec.slug}`,
    again,
    virtualMs: virtualMs(result),
    wallMs,
  };
}

export function reportJson(summary: RunSummary) {
  const { header } = summary;
  return {
    schemaVersion: JSON_REPORT_VERSION,
    run: {
      version: header.version,
      seed: header.seed,
      command: header.command,
      bundle: header.bundle,
      verdict: summary.verdict,
      exitCode: summary.exitCode,
      abortedBy: summary.abortedBy ?? null,
      wallMs: Math.round(summary.wallMs),
    },
    cases: summary.outcomes.map((outcome) => caseJson({ ...outcome, wallMs: Math.round(outcome.wallMs) })),
  };
}

export class JsonReporter implements Reporter {
  readonly name = 'json';
  readonly #out: OutputStream;

  constructor(out: OutputStream) {
    this.#out = out;
  }

  end(summary: RunSummary): void {
    this.#out.write(`${JSON.stringify(reportJson(summary), null, 2)}\n`);
  }
}
