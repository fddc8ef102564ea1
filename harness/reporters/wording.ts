/** How results read for people, shared by reporters and explain: verdicts, what failed and where, chains of causes. */
import type {
  ArmResult,
  CaseResult,
  Cause,
  ExpectationResult,
  StepResult,
  Verdict,
} from '../../src/verdict/verdict.js';
import { escapeLine } from '../terminal/escape.js';
import type { Colours } from '../terminal/streams.js';

const MARKS: Readonly<Record<Verdict, { readonly word: string; readonly colour: 'green' | 'red' | 'yellow' | 'dim' }>> =
  {
    pass: { word: 'pass', colour: 'green' },
    fail: { word: 'FAIL', colour: 'red' },
    vacuous: { word: 'VACUOUS', colour: 'red' },
    'infra-error': { word: 'INFRA-ERROR', colour: 'red' },
    timeout: { word: 'TIMEOUT', colour: 'red' },
    unknown: { word: 'UNKNOWN', colour: 'yellow' },
    flaky: { word: 'FLAKY', colour: 'yellow' },
    skipped: { word: 'skipped', colour: 'dim' },
  };

const WORD_WIDTH = 'INFRA-ERROR'.length;

export function verdictWord(verdict: Verdict, colours: Colours, padded = false): string {
  const { word, colour } = MARKS[verdict];
  return colours[colour](padded ? word.padEnd(WORD_WIDTH) : word);
}

/** `340 ms`, `2.1 s`, `3 min 05 s`. */
export function wallTime(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** The arm that carries the treatment, or the only one. */
export function firstArm(result: CaseResult): ArmResult | undefined {
  return result.arms.find(({ expect }) => expect === 'first') ?? result.arms[0];
}

export interface Unmet {
  readonly step: StepResult;
  /** Absent where the step's action failed. */
  readonly expectation?: ExpectationResult;
}

/** What failed or stayed unknown on an arm, in the order of its steps. */
export function unmetOf(arm: ArmResult | undefined): Unmet[] {
  return (arm?.steps ?? []).flatMap((step): Unmet[] => {
    const expectations = step.expectations.filter(({ verdict }) => verdict === 'fail' || verdict === 'unknown');
    const unmet = expectations.map((expectation) => ({ step, expectation }));
    return step.error === undefined ? unmet : [{ step }, ...unmet];
  });
}

function place(at: { readonly file: string; readonly line: number; readonly column: number }): string {
  return `${at.file}:${at.line}:${at.column}`;
}

/** Where a step stands and what it is called; a plan calls a nameless one `step 6: sleep`, and its number is said once. */
export function stepTitle({ list, index, name }: StepResult): { readonly position: string; readonly name: string } {
  const own = `step ${index + 1}: `;
  return {
    position: `${list === 'steps' ? 'step' : list} ${index + 1}`,
    name: escapeLine(name.startsWith(own) ? name.slice(own.length) : name),
  };
}

function unmetLines({ step, expectation }: Unmet, { bold, dim }: Colours): string[] {
  const { position, name } = stepTitle(step);
  const title = `${position}, ${name}`;
  if (!expectation)
    return [`${bold(place(step.place))}  ${dim(title)}`, `  action     ${escapeLine(step.error ?? '')}`];
  return [
    `${bold(place(expectation.place))}  ${dim(title)}`,
    `  expected   ${escapeLine(expectation.text)}`,
    `  last seen  ${escapeLine(expectation.seen)}`,
  ];
}

/** More artifacts of one link than these are counted instead of shown; data have them all. */
const SHOWN_ARTIFACTS_MAX = 5;

/** Each link with the artifacts that show it. */
export function causeLines(cause: Cause, { bold, dim }: Colours): string[] {
  const links = cause.chain.flatMap(({ claim, artifact, artifacts = [artifact] }, index) => {
    const more = artifacts.length - SHOWN_ARTIFACTS_MAX;
    const shown = artifacts.slice(0, SHOWN_ARTIFACTS_MAX).map(escapeLine);
    if (more > 0) shown.push(`and ${more} more, in case.json`);
    return [`  ${String(index + 1).padStart(2)}. ${escapeLine(claim)}`, ...shown.map((text) => dim(`      ${text}`))];
  });
  return [`cause: ${bold(cause.id === 'none' ? 'none of the known causes' : cause.id)}`, ...links];
}

/** What a reader needs of a case that did not pass: what was expected where, what was seen, why, and how to try again. */
export function troubleLines(result: CaseResult, again: string, colours: Colours): string[] {
  const lines = [`${verdictWord(result.verdict, colours)} ${colours.bold(escapeLine(result.id))}`];
  const indent = (text: string) => lines.push(`  ${text}`);
  if (result.reason) indent(escapeLine(result.reason));
  for (const unmet of unmetOf(firstArm(result))) for (const line of unmetLines(unmet, colours)) indent(line);
  for (const cause of result.causes) for (const line of causeLines(cause, colours)) indent(line);
  indent(`again: ${again}`);
  return lines;
}
