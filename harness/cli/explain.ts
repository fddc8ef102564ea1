/** `explain`: from a bundle alone, why a case ended as it did: verdict, bring-up, timeline, chain of causes, steps with what was seen, placement. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CaseSpec } from '../../src/plan/plan.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { timelineOf } from '../../src/verdict/timeline.js';
import { caseFolder } from '../bundle/layout.js';
import { readRun, type StoredRun } from '../bundle/read.js';
import { differenceOf, type Rejudged, rejudge } from '../bundle/rejudge.js';
import { Failure } from '../failure.js';
import { caseJson } from '../reporters/json.js';
import { verdictWord } from '../reporters/wording.js';
import { escapeLine } from '../terminal/escape.js';
import type { Colours } from '../terminal/streams.js';
import type { Context } from './context.js';
import { bringUpPart, causePart, placementPart, stepsPart, timelinePart, verdictPart } from './explain-parts.js';
import type { ExplainOptions } from './options.js';
import { commandForCase } from './run.js';
import { settled } from './settings.js';
import { shownPath } from './shown-path.js';

const PARTS = ['verdict', 'bring-up', 'timeline', 'cause', 'steps', 'placement'] as const;
type Part = (typeof PARTS)[number];

/** `explain CASE` means the newest bundle; a name without a folder is looked for in the output folder too. */
function locateBundle(context: Context, bundle: string | undefined, name: string | undefined, output: string) {
  const { cwd } = context;
  if (bundle === undefined) return { path: resolve(cwd, output, 'latest'), name };
  for (const path of [bundle, `${output}/${bundle}`]) {
    if (existsSync(resolve(cwd, path))) return { path: resolve(cwd, path), name };
  }
  const latest = resolve(cwd, output, 'latest');
  if (name === undefined && existsSync(latest)) return { path: latest, name: bundle };
  return { path: resolve(cwd, bundle), name };
}

/** All cases that `name` may mean: one by its id or slug, else all whose id holds it. */
function casesOf(run: StoredRun, name: string | undefined): readonly CaseSpec[] {
  const { cases } = run.plan;
  if (name === undefined) return cases;
  const exact = cases.filter(({ id, slug, scenario }) => id === name || slug === name || scenario.name === name);
  const found = exact.length > 0 ? exact : cases.filter(({ id }) => id.includes(name));
  if (found.length > 0) return found;
  const ids = cases.slice(0, 12).map(({ id }) => `\n  ${id}`);
  throw new Failure(ExitCode.usage, `no case of ${run.folder} has ${name} in its id`, `cases are:${ids.join('')}`);
}

function partsOf(only: readonly string[]): readonly Part[] {
  const unknown = only.find((part) => !(PARTS as readonly string[]).includes(part));
  if (unknown !== undefined)
    throw new Failure(ExitCode.usage, `--only ${unknown}: no such part`, `parts are ${PARTS.join(', ')}`);
  return only.length === 0 ? PARTS : PARTS.filter((part) => only.includes(part));
}

interface Told {
  readonly rejudged: Rejudged;
  readonly folder: string;
  readonly parts: readonly Part[];
  readonly colours: Colours;
  readonly arm: string | undefined;
}

/** The arm that is told of in detail: the named one, or the first. */
function chosenArm({ rejudged, arm }: Told) {
  const result = (rejudged.stored ?? rejudged.again)?.arms.find(({ name, expect }) =>
    arm === undefined ? expect === 'first' : name === arm,
  );
  const record = rejudged.arms.find(({ spec }) => spec.name === result?.name);
  if (arm !== undefined && !result) {
    const names = rejudged.spec.arms.map(({ name }) => name).join(', ');
    throw new Failure(ExitCode.usage, `case ${rejudged.spec.id} has no arm ${arm}`, `arms are ${names}`);
  }
  return { result, record };
}

function explainCase(told: Told): string[] {
  const { rejudged, parts, colours, folder } = told;
  const { spec, stored, again } = rejudged;
  const { result, record } = chosenArm(told);
  const head = stored ?? again;
  const lines = [`${head ? verdictWord(head.verdict, colours) : 'unfinished'}  ${colours.bold(escapeLine(spec.id))}`];
  const linesOf: Record<Part, () => readonly string[]> = {
    verdict: () => verdictPart(rejudged, colours),
    'bring-up': () => (record ? bringUpPart(record.history, colours) : []),
    timeline: () => (record ? ['', ...timelinePart(timelineOf(record.spec, record.history), colours)] : []),
    cause: () => (result ? ['', ...causePart(result.causes, colours)] : []),
    steps: () => (result ? ['', ...stepsPart(result.steps, colours)] : []),
    placement: () => (record ? placementPart(record.history, colours) : []),
  };
  for (const part of parts) {
    const own = linesOf[part]();
    // Whoever asked for it by name is not left without a word.
    if (own.length === 0 && parts.length < PARTS.length) lines.push('', `${part}: this arm has none`);
    lines.push(...own);
  }
  lines.push('', colours.dim(`artifacts are below ${folder}`));
  return lines;
}

function isTrouble({ stored, again }: Rejudged): boolean {
  const verdict = (stored ?? again)?.verdict;
  return verdict !== 'pass' && verdict !== 'skipped';
}

/** One line a case, for a bundle of several. */
function overview(cases: readonly Rejudged[], colours: Colours): string {
  const lines = cases.map(({ spec, stored, again }) => {
    const result = stored ?? again;
    const word = result ? verdictWord(result.verdict, colours, true) : 'unfinished ';
    const causes = (result?.causes ?? []).map(({ id }) => id).filter((id) => id !== 'none');
    return `${word} ${escapeLine(spec.id)}  ${colours.dim(causes.join(', '))}`.trimEnd();
  });
  return lines.join('\n');
}

function caseAsJson(run: StoredRun, rejudged: Rejudged) {
  const { spec, stored, again } = rejudged;
  const result = stored ?? again;
  if (!result) return { id: spec.id, verdict: null };
  const options = {
    control: true,
    deadlineFactor: String(run.run.deadlineFactor),
    timeScale: String(run.run.timeScale ?? 1),
  };
  const wallMs = run.timings?.cases[spec.id]?.wallMs ?? null;
  const first = rejudged.arms[0];
  return {
    ...caseJson({ spec, result, wallMs, again: commandForCase(spec, options) }),
    judgedAgain: again === undefined || stored === undefined ? null : (differenceOf(stored, again) ?? 'same'),
    timeline: first ? timelineOf(first.spec, first.history) : [],
  };
}

export async function explainCommand(
  context: Context,
  bundle: string | undefined,
  name: string | undefined,
  given: ExplainOptions,
  names: ReadonlySet<string>,
): Promise<number> {
  const { streams, cwd } = context;
  const parts = partsOf(given.only);
  const options = settled(context, given, names)?.options;
  if (!options) return ExitCode.usage;
  const located = locateBundle(context, bundle, name, options.output);
  const run = readRun(located.path);
  const cases = casesOf(run, located.name).map((spec) => rejudge(run, spec));
  const { out } = streams;
  if (options.json) {
    const { schemaVersion, ...about } = run.run;
    out.write(
      `${JSON.stringify({ schemaVersion, run: about, cases: cases.map((one) => caseAsJson(run, one)) }, null, 2)}\n`,
    );
    return ExitCode.passed;
  }
  if (run.run.state !== 'finished') {
    const by = run.run.abortedBy === undefined ? '' : ` by ${run.run.abortedBy}`;
    out.write(`this run is ${run.run.state}${escapeLine(by)}: what follows is as far as it came\n\n`);
  }
  const several = located.name === undefined && cases.length > 1;
  if (several) out.write(`${overview(cases, out.colours)}\n`);
  const told = several ? cases.filter(isTrouble) : cases;
  told.forEach((rejudged, i) => {
    const folder = shownPath(caseFolder(run.folder, rejudged.spec.slug), cwd);
    const lines = explainCase({ rejudged, folder, parts, colours: out.colours, arm: options.arm });
    out.write(`${i > 0 || several ? '\n' : ''}${lines.join('\n')}\n`);
  });
  if (several) out.write('\nname a case to be told of its timeline, its cause and its steps\n');
  return ExitCode.passed;
}
