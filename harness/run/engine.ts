/**
 * The spine of a run, top to bottom: bundle, cases, verdict, bundle again, reports. Everything it needs is in the request; what it
 * began it ends, also where the run is aborted, and the first thing that went wrong is the one that is told.
 */
import type { CaseSpec, Plan } from '../../src/plan/plan.js';
import type { Progress } from '../../src/run/sink.js';
import { ExitCode, exitCode, mergeVerdicts } from '../../src/verdict/merge.js';
import type { CaseResult } from '../../src/verdict/verdict.js';
import type { BackendSettings } from '../backends/backend.js';
import { BUNDLE_SCHEMA_VERSION, type RunRecord } from '../bundle/layout.js';
import { BundleWriter } from '../bundle/write.js';
import { packageVersion } from '../package.js';
import type { Multiplexer } from '../reporters/multiplexer.js';
import type { CaseOutcome, RunHeader, RunSummary } from '../reporters/reporter.js';
import { type Abortion, AbortWatch, type ListenToSignal } from './abort.js';
import type { CaseJob, CaseReport, Hold } from './case-runner.js';
import { runCases } from './pool.js';

export interface RunRequest {
  readonly plan: Plan;
  /** The files that the plan was made from, as the user would type their paths. */
  readonly inputs: ReadonlyMap<string, string | Uint8Array>;
  readonly cwd: string;
  /** Folder that gets the bundle's. */
  readonly output: string;
  /** `output` and the bundle's name as the user would type them. */
  showPath(path: string): string;
  /** The call that made this run, and the one that runs a case again. */
  readonly command: string;
  commandFor(spec: CaseSpec): string;
  readonly threads: number;
  readonly failFast: boolean;
  readonly failOnFlaky: boolean;
  readonly checkDeterminism: boolean;
  readonly deadlineFactor: number;
  readonly timeScale: number;
  readonly timeout: { readonly ms: number; readonly text: string } | undefined;
  readonly reporters: Multiplexer;
  readonly onSignal: ListenToSignal;
  /** A second signal ends the process before its clean-up is done. */
  readonly onLeave?: () => void;
  /** With one thread only. */
  readonly hold?: Hold | undefined;
  readonly settings: BackendSettings;
}

/** A case that was not run to its end. */
function unfinished(spec: CaseSpec, verdict: CaseResult['verdict'], reason: string): CaseReport {
  const { id, slug, notes } = spec;
  return { result: { id, slug, verdict, reason, causes: [], arms: [], notes }, wallMs: 0 };
}

class Run {
  readonly #request: RunRequest;
  readonly #startedAt = new Date();
  readonly #bundle: BundleWriter;
  readonly #begun = new Set<string>();
  readonly #reports = new Map<string, CaseReport>();
  #stopReason: string | undefined;

  constructor(request: RunRequest) {
    this.#request = request;
    this.#bundle = BundleWriter.create(request.output, this.#startedAt, request.plan.seed);
  }

  async execute(): Promise<RunSummary> {
    const { timeout, onSignal, onLeave, reporters } = this.#request;
    const watch = new AbortWatch(onSignal, timeout, onLeave);
    try {
      const header = this.#writeBeginning();
      await reporters.tell('begin', header);
      await this.#runCases(watch.signal);
      const summary = this.#summarize(header, watch.abortion);
      this.#writeEnd(watch.abortion ? 'aborted' : 'finished', summary);
      await reporters.tell('end', summary);
      return summary;
    } catch (error) {
      this.#markBroken();
      throw error;
    } finally {
      watch.end();
    }
  }

  #writeBeginning(): RunHeader {
    const { plan, inputs, cwd, command, showPath } = this.#request;
    this.#bundle.writeRun(this.#record('running'));
    this.#bundle.writePlan(plan);
    for (const [path, content] of inputs) this.#bundle.copyInput(path, content, cwd);
    this.#bundle.pointLatest();
    const bundle = showPath(this.#bundle.folder);
    return { version: packageVersion(), seed: plan.seed, command, bundle, plan };
  }

  async #runCases(signal: AbortSignal): Promise<void> {
    const { plan, threads, checkDeterminism, reporters, commandFor, settings } = this.#request;
    const bundle = this.#bundle.folder;
    const jobs = plan.cases.map(
      (spec): CaseJob => ({ spec, bundle, checkDeterminism, again: commandFor(spec), settings }),
    );
    const begin = async ({ spec }: CaseJob) => {
      if (this.#stopReason) return false;
      this.#begun.add(spec.id);
      await reporters.tell('caseBegin', spec);
      return true;
    };
    const end = async ({ spec }: CaseJob, report: CaseReport) => {
      this.#reports.set(spec.id, report);
      const { verdict } = report.result;
      if (this.#request.failFast && verdict !== 'pass' && verdict !== 'skipped') {
        this.#stopReason ??= `--fail-fast, after ${spec.id}`;
      }
      await reporters.tell('caseEnd', this.#outcome(spec, report));
    };
    const progress = ({ spec }: CaseJob, of: Progress) => void reporters.tell('caseProgress', { spec, progress: of });
    const { hold } = this.#request;
    await runCases(jobs, threads, { begin, progress, end, hold }, signal);
  }

  #outcome(spec: CaseSpec, report: CaseReport): CaseOutcome {
    return { spec, ...report, again: this.#request.commandFor(spec) };
  }

  /** Every case has an outcome. One that an abort cut short or kept from starting is unknown, or out of time; one that --fail-fast left out is skipped. */
  #outcomes(abortion: Abortion | undefined): CaseOutcome[] {
    const outOfTime = abortion !== undefined && abortion.exitCode === undefined;
    const why = this.#stopReason ?? (abortion ? `aborted by ${abortion.by}` : 'not run');
    return this.#request.plan.cases.map((spec) => {
      const report = this.#reports.get(spec.id);
      if (report) return this.#outcome(spec, report);
      const notStarted = !this.#begun.has(spec.id);
      const leftOut = notStarted && this.#stopReason !== undefined;
      const verdict = leftOut ? 'skipped' : outOfTime ? 'timeout' : 'unknown';
      const reason = notStarted ? `not started: ${why}` : `aborted by ${abortion?.by}`;
      const outcome = this.#outcome(spec, unfinished(spec, verdict, reason));
      return notStarted ? { ...outcome, notStarted } : outcome;
    });
  }

  #summarize(header: RunHeader, abortion: Abortion | undefined): RunSummary {
    const outcomes = this.#outcomes(abortion);
    const verdicts = outcomes.map(({ result }) => result.verdict);
    const { failOnFlaky, reporters } = this.#request;
    const judged = abortion?.exitCode ?? exitCode(verdicts, { failOnFlaky });
    return {
      header,
      verdict: mergeVerdicts(verdicts),
      exitCode: judged === ExitCode.passed && reporters.failures.length > 0 ? ExitCode.infraError : judged,
      ...(abortion && { abortedBy: abortion.by }),
      outcomes,
      wallMs: Date.now() - this.#startedAt.getTime(),
    };
  }

  #record(
    state: RunRecord['state'],
    end: Partial<Pick<RunRecord, 'abortedBy' | 'verdict' | 'exitCode'>> = {},
  ): RunRecord {
    const { plan, command, deadlineFactor, timeScale } = this.#request;
    const cases = plan.cases.map(({ id, slug }) => {
      const verdict = this.#reports.get(id)?.result.verdict;
      return { id, slug, ...(verdict && { verdict }) };
    });
    const versions = { windtunnel: packageVersion(), node: process.versions.node };
    const { abortedBy, verdict, exitCode: code } = end;
    return {
      schemaVersion: BUNDLE_SCHEMA_VERSION,
      state,
      ...(abortedBy !== undefined && { abortedBy }),
      ...(verdict !== undefined && { verdict }),
      ...(code !== undefined && { exitCode: code }),
      seed: plan.seed,
      command,
      versions,
      deadlineFactor,
      timeScale,
      cases,
    };
  }

  /** Where the disk is full this fails too, and the first error is the one to tell. */
  #markBroken(): void {
    try {
      this.#writeEnd('aborted', { abortedBy: 'an error' });
    } catch {}
  }

  #writeEnd(state: RunRecord['state'], end: Partial<Pick<RunRecord, 'abortedBy' | 'verdict' | 'exitCode'>>): void {
    const cases = Object.fromEntries(
      [...this.#reports]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([id, { wallMs }]) => [id, { wallMs: Math.round(wallMs) }]),
    );
    const wallMs = Date.now() - this.#startedAt.getTime();
    this.#bundle.writeRun(this.#record(state, end));
    this.#bundle.writeTimings({ startedAt: this.#startedAt.toISOString(), wallMs, cases });
  }
}

/** Runs the whole plan. Rejects only where the bundle cannot be written, or where the program itself is broken. */
export function executeRun(request: RunRequest): Promise<RunSummary> {
  return new Run(request).execute();
}
