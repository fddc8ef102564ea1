/**
 * What windtunnel.config.yaml says, under what the command line says: a flag that was given wins, one that was not takes the file's value.
 * Problems of the file are told as those of scenarios, all at once.
 */
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import type { Images } from '../kind/images.js';
import type { KindRun } from '../kind/session.js';
import { findSettings, type Keep, type Settings } from '../settings/settings.js';
import { KEEP } from '../settings/settings-schema.js';
import { escapeLine } from '../terminal/escape.js';
import type { Context } from './context.js';
import type { KindOptions, RunOptions } from './options.js';
import { showProblems } from './planning.js';

/** Undefined where the file has problems; they were told on standard error then. */
export function readSettings(context: Context, config: string | undefined): Settings | undefined {
  const found = findSettings(context.cwd, config);
  if (found.ok) return found.settings;
  showProblems(found, context);
  return undefined;
}

/** The options that a command has; `given` tells the flags that stand on the command line, by the names of their values. */
export function underFlags<T extends object>(options: T, { run }: Settings, given: ReadonlySet<string>): T {
  const text = (value: number | undefined) => (value === undefined ? undefined : String(value));
  const { backend, output } = run;
  const fromFile = { backend, output, deadlineFactor: text(run.deadlineFactor), timeScale: text(run.timeScale) };
  const known = Object.entries(fromFile).filter(([name, value]) => value !== undefined && name in options);
  const taken = known.filter(([name]) => !given.has(name));
  return { ...options, ...Object.fromEntries(taken) };
}

/** Both at once, for commands that say nothing else of the settings. Undefined where the file has problems, which were told then. */
export function settled<T extends { readonly config?: string }>(
  context: Context,
  given: T,
  names: ReadonlySet<string>,
): { readonly options: T; readonly settings: Settings } | undefined {
  const settings = readSettings(context, given.config);
  return settings && { options: underFlags(given, settings, names), settings };
}

export function kindRun({ keep, imageMap, emulateIpvs, cluster, reuse }: KindOptions, { kind }: Settings): KindRun {
  if (keep !== undefined && !KEEP.some((known) => known === keep))
    throw new Failure(ExitCode.usage, `--keep ${keep} is none of ${KEEP.join(', ')}`);
  if (reuse && cluster !== undefined)
    throw new Failure(ExitCode.usage, '--cluster and --reuse exclude each other', 'drop one');
  return {
    ...kind,
    ...(keep !== undefined && { keep: keep as Keep }),
    ...(imageMap !== undefined && { imageMap }),
    ...(emulateIpvs && { emulateIPVS: true }),
    ...(cluster !== undefined && { cluster }),
    ...(reuse && { reuse }),
  };
}

/** What is likely a mistake and need not be one. */
export function noteDoubts({ doubts }: Images, { err }: Context['streams']): void {
  for (const doubt of doubts) err.write(`note: ${escapeLine(doubt)}\n`);
}

/** The keys of settings that a flag stands for. */
const KEY_OF: Readonly<Record<string, string>> = {
  backend: 'run.backend',
  output: 'run.output',
  deadlineFactor: 'run.deadlineFactor',
  timeScale: 'run.timeScale',
  imageMap: 'backends.kind.imageMap',
  keep: 'backends.kind.keep',
  emulateIpvs: 'backends.kind.emulateIPVS',
};

/** The settings as a run would have them: with the flags that were given, and who says so. */
export function overSettings(settings: Settings, options: RunOptions, given: ReadonlySet<string>): Settings {
  const { backend, output } = options;
  const factors = { deadlineFactor: Number(options.deadlineFactor), timeScale: Number(options.timeScale) };
  const flags = Object.entries({ backend, output, ...factors }).filter(([name]) => given.has(name));
  const taken = [...given].flatMap((name) => KEY_OF[name] ?? []);
  const origins = new Map([...settings.origins, ...taken.map((key) => [key, 'the command line'] as const)]);
  return {
    ...settings,
    run: { ...settings.run, ...Object.fromEntries(flags) },
    kind: kindRun(options, settings),
    origins,
  };
}
