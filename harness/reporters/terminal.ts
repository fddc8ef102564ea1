/**
 * The report for people: progress, one line a case, on standard error; what did not pass and the sum on standard output.
 * Where standard error is a terminal, the last line tells what is running; otherwise every line is plain and final.
 */
import type { CaseSpec } from '../../src/plan/plan.js';
import type { Verdict } from '../../src/verdict/verdict.js';
import { escapeLine } from '../terminal/escape.js';
import type { OutputStream } from '../terminal/streams.js';
import {
  type CaseOutcome,
  type CaseProgress,
  type Reporter,
  type RunHeader,
  type RunSummary,
  virtualMs,
} from './reporter.js';
import { count, troubleLines, verdictWord, wallTime } from './wording.js';

const CLEAR_LINE = '\r\u001b[2K';
/** In the order in which the summary names them. */
const SUMMARY_ORDER: readonly [Verdict, string][] = [
  ['pass', 'passed'],
  ['fail', 'failed'],
  ['vacuous', 'vacuous'],
  ['infra-error', 'infra-error'],
  ['timeout', 'timed out'],
  ['unknown', 'unknown'],
  ['flaky', 'flaky'],
  ['skipped', 'skipped'],
];

export class TerminalReporter implements Reporter {
  readonly name = 'terminal';
  readonly #report: OutputStream | undefined;
  readonly #progress: OutputStream;
  readonly #quiet: boolean;
  /** Cases under way, with what a slow one waits for. */
  readonly #told = new Map<string, string>();
  readonly #running = new Map<string, string>();
  #done = 0;
  #planned = 0;

  /** Without `report` it shows the progress alone: standard output belongs to another. */
  constructor(options: { readonly report?: OutputStream; readonly progress: OutputStream; readonly quiet: boolean }) {
    this.#report = options.report;
    this.#progress = options.progress;
    this.#quiet = options.quiet;
  }

  begin({ plan, seed }: RunHeader): void {
    this.#planned = plan.cases.length;
    if (this.#quiet) return;
    this.#progress.write(`${count(plan.cases.length, 'case')}, seed ${escapeLine(seed)}\n`);
  }

  caseBegin(spec: CaseSpec): void {
    this.#running.set(spec.id, '');
    this.#showRunning();
  }

  caseProgress({ spec, progress }: CaseProgress): void {
    if (!this.#progress.isTerminal) this.#tellNews(spec.id, progress);
    this.#running.set(spec.id, waitText(progress));
    this.#showRunning();
  }

  /** A line for each thing that is newly waited for. */
  #tellNews(id: string, progress: CaseProgress['progress']): void {
    const { step, awaited } = progress;
    const news = `${step} ${awaited[0]?.text ?? ''}`;
    if (this.#quiet || this.#told.get(id) === news) return;
    this.#told.set(id, news);
    this.#progress.write(`${escapeLine(`waiting     ${id}${waitText(progress)}`)}\n`);
  }

  caseEnd({ spec, result, wallMs }: CaseOutcome): void {
    this.#running.delete(spec.id);
    this.#done += 1;
    if (this.#quiet) return;
    const { colours } = this.#progress;
    const causes = result.causes.filter(({ id }) => id !== 'none').map(({ id }) => id);
    const detail =
      result.verdict === 'skipped'
        ? escapeLine(result.reason ?? '')
        : [...causes, took(spec, `${(virtualMs(result) / 1000).toFixed(0)} s`, wallMs)].join(', ');
    this.#clear();
    this.#progress.write(
      `${verdictWord(result.verdict, colours, true)} ${escapeLine(result.id)}  ${colours.dim(detail)}\n`,
    );
    for (const note of result.notes)
      this.#progress.write(`${' '.repeat(12)}${colours.dim(`note: ${escapeLine(note)}`)}\n`);
    this.#showRunning();
  }

  end(summary: RunSummary): void {
    this.#clear();
    const report = this.#report;
    if (!report) return;
    const { colours } = report;
    const line = (text = '') => report.write(`${text}\n`);
    for (const { result, again, notStarted } of summary.outcomes) {
      if (notStarted || result.verdict === 'pass' || result.verdict === 'skipped') continue;
      line();
      for (const text of troubleLines(result, again, colours)) line(text);
    }
    if (summary.verdict !== 'pass' && summary.verdict !== 'skipped') line();
    line(summaryLine(summary));
    if (summary.abortedBy) line(colours.red(`aborted by ${summary.abortedBy}`));
    line(`report: ${escapeLine(summary.header.bundle)}`);
  }

  #clear(): void {
    if (this.#progress.isTerminal && !this.#quiet) this.#progress.write(CLEAR_LINE);
  }

  #showRunning(): void {
    if (!this.#progress.isTerminal || this.#quiet || this.#running.size === 0) return;
    // The slow ones first: the line is cut off at the right.
    const running = [...this.#running].sort(([, a], [, b]) => Number(a === '') - Number(b === ''));
    const told = running.map(([id, wait]) => escapeLine(`${id}${wait}`));
    const text = `[${this.#done}/${this.#planned}] ${told.join('  ')}`;
    this.#progress.write(`${CLEAR_LINE}${text.slice(0, this.#progress.columns - 1)}`);
  }
}

/** ` at 3600 s, step it holds: probe ping is ok for 2h, last seen 3590 samples: ok`. */
function waitText({ at, step, awaited }: CaseProgress['progress']): string {
  const [first] = awaited;
  const more = awaited.length > 1 ? ` (and ${awaited.length - 1} more)` : '';
  const seen = first?.seen ? `, last seen ${first.seen}` : '';
  const wait = first ? `: ${first.text}${more}${seen}` : '';
  return ` at ${(at / 1_000_000).toFixed(0)} s, ${step}${wait}`;
}

/** On a modelled clock what passed there counts too; on the wall's there is one time. */
function took({ backend }: CaseSpec, modelled: string, wallMs: number): string {
  return backend === 'sim' ? `${modelled} modelled in ${wallTime(wallMs)}` : `in ${wallTime(wallMs)}`;
}

/** `34 cases: 32 passed, 1 failed, 1 skipped; 2 h 5 min modelled in 5.4 s`. */
function summaryLine({ outcomes, wallMs }: RunSummary): string {
  const counts = SUMMARY_ORDER.map(([verdict, word]) => {
    const number = outcomes.filter(({ result, notStarted }) => !notStarted && result.verdict === verdict).length;
    return number > 0 || verdict === 'pass' ? [`${number} ${word}`] : [];
  });
  const notStarted = outcomes.filter((outcome) => outcome.notStarted).length;
  if (notStarted > 0) counts.push([`${notStarted} not started`]);
  const modelledMs = outcomes.reduce((sum, { result }) => sum + virtualMs(result), 0);
  const [first] = outcomes;
  const times = first ? took(first.spec, wallTime(modelledMs), wallMs) : `in ${wallTime(wallMs)}`;
  return `${count(outcomes.length, 'case')}: ${counts.flat().join(', ')}; ${times}`;
}
