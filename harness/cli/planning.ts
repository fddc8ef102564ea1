/** From what the command line says to a plan, or to the problems that stand against it. Shared by run, plan, list and inspect. */
import { randomInt } from 'node:crypto';
import { renderDiagnostics } from '../../src/base/diagnostic.js';
import { makePlan, type PlanResult } from '../../src/plan/make-plan.js';
import type { Plan } from '../../src/plan/plan.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { findBackend } from '../backends/table.js';
import { Failure } from '../failure.js';
import { findScenarios } from '../files/discover.js';
import { DiskFiles } from '../files/disk-files.js';
import { emulatedPlan } from '../kind/emulated-plan.js';
import { escapeText } from '../terminal/escape.js';
import type { Context } from './context.js';
import type { SelectionOptions } from './options.js';

export interface Planned {
  readonly plan: Plan;
  /** The text of the selected scenarios, and of the files that they name, by path. */
  readonly inputs: ReadonlyMap<string, string>;
}

export interface PlanningOptions extends SelectionOptions {
  readonly control?: boolean;
  readonly deadlineFactor?: string;
  readonly timeScale?: string;
  /** What it stands for on the backend kind; nothing on others. */
  readonly emulateIPVS?: boolean;
}

const SEED = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function parseSeed(text: string, { streams }: Context): string {
  if (text === 'random') {
    const seed = String(randomInt(2 ** 31));
    streams.err.write(`--seed ${seed}\n`);
    return seed;
  }
  if (!SEED.test(text)) {
    throw new Failure(
      ExitCode.usage,
      `${text} is no seed`,
      'a number, a commit, or random: letters, digits, dots, dashes',
    );
  }
  return text;
}

export function parseFactor(text: string, option = '--deadline-factor'): number {
  const factor = Number(text);
  if (text.trim() !== '' && factor > 0 && factor <= 1000) return factor;
  throw new Failure(ExitCode.usage, `${option} ${text} is no factor`, 'a number above 0 and up to 1000, as in 3');
}

/** All at once, each at its place. */
export function showProblems(
  { diagnostics, texts }: Pick<PlanResult, 'diagnostics' | 'texts'>,
  { streams }: Context,
): void {
  const count = diagnostics.length;
  streams.err.write(`${escapeText(renderDiagnostics(diagnostics, texts, streams.err.columns))}\n`);
  streams.err.write(`${count} error${count === 1 ? '' : 's'}; nothing was started\n`);
}

/** What was read for the plan, less the scenarios of which no case was selected, and options that stand among the texts. */
function inputsOf(plan: Plan, scenarios: readonly string[], texts: ReadonlyMap<string, string>): Map<string, string> {
  const selected = new Set(plan.cases.map(({ scenario }) => scenario.file));
  const left = new Set(scenarios.filter((file) => !selected.has(file)));
  return new Map([...texts].filter(([file]) => !left.has(file) && !file.startsWith('--')));
}

/** Undefined where something is wrong; it was told on standard error then, all at once. */
export function planScenarios(
  context: Context,
  paths: readonly string[],
  options: PlanningOptions,
): Planned | undefined {
  const { capabilities } = findBackend(options.backend);
  const files = new DiskFiles(context.cwd);
  const scenarios = findScenarios(paths, context.cwd, files);
  const result = makePlan(
    {
      scenarios,
      backends: [capabilities],
      seed: parseSeed(options.seed, context),
      ...(options.tags !== undefined && { tags: options.tags }),
      focus: options.focus,
      matrix: options.matrix,
      noControl: options.control === false,
      deadlineFactor: parseFactor(options.deadlineFactor ?? '1'),
      timeScale: parseFactor(options.timeScale ?? '1', '--time-scale'),
    },
    files,
  );
  if (!result.plan) {
    showProblems(result, context);
    return undefined;
  }
  const plan = options.backend === 'kind' && options.emulateIPVS ? emulatedPlan(result.plan) : result.plan;
  return { plan, inputs: inputsOf(plan, scenarios, result.texts) };
}
