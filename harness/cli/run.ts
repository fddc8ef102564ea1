/** `run`: plans the scenarios, hands the plan to the engine, and answers with the exit code that the verdicts give. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { MILLISECOND, parseDuration } from '../../src/base/instant.js';
import type { CaseSpec, Plan } from '../../src/plan/plan.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { commandThatAdds, missingNeeds } from '../backends/needs.js';
import { findBackend } from '../backends/table.js';
import { Failure } from '../failure.js';
import { loadImages } from '../kind/images.js';
import { mustBeKept } from '../kind/kept.js';
import type { KindRun } from '../kind/session.js';
import { Multiplexer } from '../reporters/multiplexer.js';
import { makeReporters, parseReport, type ReportRequest } from '../reporters/registry.js';
import { executeRun } from '../run/engine.js';
import { printSettings } from '../settings/settings.js';
import { escapeText, shellCommand } from '../terminal/escape.js';
import type { Context } from './context.js';
import { holdFor } from './hold.js';
import { type KindOptions, madeWith, type RunOptions } from './options.js';
import { parseFactor, planScenarios } from './planning.js';
import { kindRun, noteDoubts, overSettings, readSettings, underFlags } from './settings.js';
import { shownPath } from './shown-path.js';

/** Below this many cases a thread costs more than it saves. */
const CASES_FOR_THREADS = 4;

function threadsFor(plan: Plan, { jobs, backend, cluster, reuse }: RunOptions): number {
  if (jobs !== undefined) {
    if (jobs !== '1' && (cluster !== undefined || reuse))
      throw new Failure(ExitCode.usage, '--cluster and --reuse run one case at a time', 'drop --jobs');
    if (/^[1-9]\d{0,2}$/.test(jobs)) return Number(jobs);
    throw new Failure(ExitCode.usage, `--jobs ${jobs} is no count`, 'a whole number from 1 to 999');
  }
  const many = plan.cases.length >= CASES_FOR_THREADS && findBackend(backend).clock === 'virtual';
  return many ? availableParallelism() : 1;
}

/** Told before anything starts, with the command that adds it. */
async function mustHaveNeeds(name: string, { env }: Context): Promise<void> {
  const missing = await missingNeeds(findBackend(name), env.PATH ?? '');
  if (missing.length === 0) return;
  const programs = missing.map(({ program }) => program).join(', ');
  const command = commandThatAdds(missing);
  throw new Failure(
    ExitCode.infraError,
    `the backend ${name} misses ${programs}`,
    command ?? `windtunnel doctor --backend ${name} tells where to get it`,
  );
}

function parseTimeout(text: string | undefined): { readonly ms: number; readonly text: string } | undefined {
  if (text === undefined) return undefined;
  const micros = parseDuration(text);
  // setTimeout takes 32 bits.
  if (micros !== undefined && micros > 0 && micros / MILLISECOND < 2 ** 31) return { ms: micros / MILLISECOND, text };
  throw new Failure(ExitCode.usage, `--timeout ${text} is no duration`, 'as in 90s or 10m, at most 24 days');
}

function reportsOf({ report, json }: RunOptions): ReportRequest[] {
  const requests = report.map(parseReport);
  return json ? [...requests, { kind: 'json' }] : requests;
}

/** The arguments as they were, with the seed in them, so that a pasted command is the same run. */
function commandOf({ argv }: Context, plan: Plan): string {
  const withoutSeed = argv.filter((arg, i) => !arg.startsWith('--seed') && argv[i - 1] !== '--seed');
  return shellCommand(['npx', 'windtunnel', ...withoutSeed, '--seed', plan.seed]);
}

/** The call that runs just one case again. */
export function commandForCase(
  spec: CaseSpec,
  options: Pick<RunOptions, 'control' | 'deadlineFactor' | 'timeScale' | keyof KindOptions>,
): string {
  const matrix = Object.entries(spec.matrix).flatMap(([axis, value]) => ['--matrix', `${axis}=${value}`]);
  return shellCommand([
    ...['npx', 'windtunnel', 'run', spec.scenario.file],
    ...matrix,
    ...(spec.backend === 'sim' ? [] : ['--backend', spec.backend]),
    ...(options.control ? [] : ['--no-control']),
    ...(options.deadlineFactor === '1' ? [] : ['--deadline-factor', options.deadlineFactor]),
    ...(options.timeScale === '1' ? [] : ['--time-scale', options.timeScale]),
    ...madeWith(options),
    ...(options.keep === undefined ? [] : ['--keep', options.keep]),
    ...(options.cluster === undefined ? [] : ['--cluster', options.cluster]),
    ...(options.reuse ? ['--reuse'] : []),
    ...['--seed', spec.seed],
  ]);
}

const OF_KIND = {
  imageMap: '--image-map',
  emulateIpvs: '--emulate-ipvs',
  keep: '--keep',
  cluster: '--cluster',
  reuse: '--reuse',
};

/** What the flags of kind name is looked at before anything starts. Throws a {@link Failure}. */
function checkKind({ backend }: RunOptions, kind: KindRun, names: ReadonlySet<string>, { streams }: Context): void {
  const flags = Object.entries(OF_KIND).flatMap(([name, flag]) => (names.has(name) ? flag : []));
  if (backend === 'kind') {
    noteDoubts(loadImages(kind.imageMap), streams);
    if (kind.cluster !== undefined) mustBeKept(kind.cluster);
  } else if (flags.length > 0) {
    const what = flags.length === 1 ? `${flags[0]} is` : `${flags.join(', ')} are`;
    throw new Failure(
      ExitCode.usage,
      `${what} for the backend kind, and this run is on ${backend}`,
      'add --backend kind',
    );
  }
}

export async function runCommand(
  context: Context,
  paths: readonly string[],
  given: RunOptions,
  names: ReadonlySet<string>,
): Promise<number> {
  const { streams, cwd } = context;
  const settings = readSettings(context, given.config);
  if (!settings) return ExitCode.usage;
  if (given.printConfig) {
    streams.out.write(printSettings(overSettings(settings, given, names)));
    return ExitCode.passed;
  }
  const options = underFlags(given, settings, names);
  const requests = reportsOf(options);
  const timeout = parseTimeout(options.timeout);
  const kind = kindRun(options, settings);
  const planned = planScenarios(context, paths, { ...options, emulateIPVS: kind.emulateIPVS });
  if (!planned) return ExitCode.usage;
  checkKind(options, kind, names, context);
  const { plan, inputs } = planned;
  const hold = holdFor(options, context);
  const threads = threadsFor(plan, options);
  await mustHaveNeeds(options.backend, context);
  const set = makeReporters(requests, streams, options.quiet === true);
  const reporters = new Multiplexer(set.reporters);
  try {
    const summary = await executeRun({
      plan,
      inputs,
      cwd,
      output: resolve(cwd, options.output),
      showPath: (path) => shownPath(path, cwd),
      command: commandOf(context, plan),
      commandFor: (spec) => commandForCase(spec, options),
      threads,
      failFast: options.failFast === true,
      failOnFlaky: options.failOnFlaky === true,
      checkDeterminism: options.checkDeterminism === true,
      deadlineFactor: parseFactor(options.deadlineFactor),
      timeScale: parseFactor(options.timeScale),
      timeout,
      reporters,
      onSignal: context.onSignal,
      onLeave: () => streams.err.write('left in the middle; npx windtunnel gc takes away what is left\n'),
      hold,
      settings: { kind },
    });
    for (const { reporter, error } of reporters.failures) {
      streams.err.write(escapeText(`error: the ${reporter} report failed: ${error.message}\n`));
    }
    const failed = reporters.failures.length > 0 && summary.exitCode === ExitCode.passed;
    return failed ? ExitCode.infraError : summary.exitCode;
  } finally {
    set.close();
  }
}
