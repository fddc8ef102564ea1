/** TAP version 14 on one stream, in order of the plan whatever the order in which cases end. https://testanything.org */
import { stringify } from 'yaml';
import { escapeLine } from '../terminal/escape.js';
import type { OutputStream } from '../terminal/streams.js';
import type { CaseOutcome, Reporter, RunHeader, RunSummary } from './reporter.js';
import { firstArm, unmetOf } from './wording.js';

/** `#` would begin a directive. */
function description(text: string): string {
  return escapeLine(text).replace(/[\\#]/g, '\\$&');
}

function diagnostics({ result, again }: CaseOutcome): string {
  const unmet = unmetOf(firstArm(result)).map(({ step, expectation }) => {
    const { file, line, column } = (expectation ?? step).place;
    const at = `${file}:${line}:${column}`;
    return expectation
      ? { at, step: step.name, expected: expectation.text, seen: expectation.seen }
      : { at, step: step.name, error: step.error ?? '' };
  });
  const causes = result.causes.map(({ id, chain }) => ({ id, chain: chain.map(({ claim }) => claim) }));
  const data = { verdict: result.verdict, reason: result.reason ?? null, unmet, causes, again };
  const yaml = stringify(data, { lineWidth: 0 }).trimEnd();
  return `  ---\n${yaml.replace(/^/gm, '  ')}\n  ...\n`;
}

export class TapReporter implements Reporter {
  readonly name = 'tap';
  readonly #out: OutputStream;
  readonly #ended = new Map<string, CaseOutcome>();
  #order: readonly string[] = [];
  #printed = 0;

  constructor(out: OutputStream) {
    this.#out = out;
  }

  begin({ plan }: RunHeader): void {
    this.#order = plan.cases.map(({ id }) => id);
    this.#out.write(`TAP version 14\n1..${this.#order.length}\n`);
  }

  caseEnd(outcome: CaseOutcome): void {
    this.#ended.set(outcome.spec.id, outcome);
    for (;;) {
      const next = this.#ended.get(this.#order[this.#printed] ?? '');
      if (!next) return;
      this.#printed += 1;
      this.#print(next, this.#printed);
    }
  }

  end({ abortedBy }: RunSummary): void {
    if (abortedBy) this.#out.write(`Bail out! ${escapeLine(abortedBy)}\n`);
  }

  #print(outcome: CaseOutcome, number: number): void {
    const { verdict, reason } = outcome.result;
    const point = `${number} - ${description(outcome.spec.id)}`;
    if (verdict === 'skipped') this.#out.write(`ok ${point} # SKIP ${description(reason ?? '')}\n`);
    else if (verdict === 'pass' || verdict === 'flaky') this.#out.write(`ok ${point}\n`);
    else this.#out.write(`not ok ${point}\n${diagnostics(outcome)}`);
  }
}
