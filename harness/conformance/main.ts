/**
 * `npm run conformance:kernel`: the model held to real kernels. Experiments and tables, then random topologies; ends with 1 where
 * anything disagrees, and with 3 where a kernel cannot be had.
 */
import { Command, CommanderError } from 'commander';
import { EXPERIMENTS } from '../../src/lab/experiments.js';
import { POD_TRAFFIC } from '../../src/lab/pods.js';
import { ONCE_WRONG } from '../../src/lab/regressions.js';
import { TABLES } from '../../src/lab/tables.js';
import { modelLabs } from '../../src/sim/model-lab.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { linuxLabs } from '../netns/linux-lab.js';
import { bootGuest } from '../netns/uml.js';
import type { OutputStream } from '../terminal/streams.js';
import { agrees, type Row, runExperiments } from './experiments.js';
import type { KernelReport } from './page.js';
import { asScenario } from './paste.js';
import { record } from './record.js';
import { runScenarios, type ScenarioRow, sameVerdict } from './scenarios.js';
import { guestLabs, runTopologies, type TopologyOutcome } from './topologies.js';

export interface ConformanceOptions {
  readonly topologies: string;
  readonly from: string;
  readonly guests: string;
  readonly only?: string;
  readonly scenarios?: true;
  readonly write?: true;
  /** Folders of unpacked packages; `/` is the one that is installed. */
  readonly uml: readonly string[];
}

/** What `windtunnel` says of the call: the options, or what is wrong with them. */
export function parseArguments(argv: readonly string[]): ConformanceOptions {
  const command = new Command('npm run conformance:kernel --')
    .description('the model against Linux: E1 to E20, tables, random topologies')
    .option('--topologies <count>', 'random topologies to try', '300')
    .option('--from <seed>', 'seed of the first of them', '1')
    .option('--guests <count>', 'kernels at the same time for them', '2')
    .option('--only <text>', 'experiments whose name holds this, and no topologies')
    .option('--uml <folder...>', 'unpacked packages user-mode-linux to take instead of the installed one; repeatable', [
      '/',
    ])
    .option('--scenarios', 'also the outage scenarios on both, which takes ten minutes')
    .option('--write', 'write docs/conformance.md')
    .exitOverride();
  return command.parse([...argv], { from: 'user' }).opts<ConformanceOptions>();
}

function count(name: string, text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new Failure(ExitCode.usage, `${name} ${text} is no count`, 'a whole number, as in 20');
}

function printRows(out: OutputStream, rows: readonly Row[]): void {
  const { green, red } = out.colours;
  for (const row of rows) {
    const word = agrees(row) ? green('agree ') : red('DIFFER');
    const sides = agrees(row) ? row.kernel : `kernel ${row.kernel}, model ${row.model}`;
    out.write(`${word}  ${row.id.padEnd(30)}  ${row.question}: ${sides}\n`);
  }
}

async function experimentsOn(root: string, only: string | undefined, out: OutputStream) {
  const wanted = [...EXPERIMENTS, ...TABLES, ...POD_TRAFFIC, ...ONCE_WRONG].filter(
    ({ id }) => only === undefined || id.includes(only),
  );
  if (wanted.length === 0) throw new Failure(ExitCode.usage, `no experiment holds ${only}`, 'E5, or 2.1');
  const kernel = await bootGuest({ root });
  try {
    out.write(
      `Linux ${kernel.release}, ${kernel.driver}: ${wanted.length} experiments, the longest takes two minutes\n`,
    );
    const sides = { model: modelLabs(), kernel: linuxLabs(kernel) };
    const rows = await runExperiments(wanted, sides, (_, found) => printRows(out, found));
    return { rows, release: kernel.release, driver: kernel.driver };
  } finally {
    await kernel.close();
  }
}

function printOutcome(out: OutputStream, { seed, disagreement, error }: TopologyOutcome): void {
  const { red } = out.colours;
  if (error !== undefined) out.write(`${red('not run')} topology ${seed}: ${error}\n`);
  if (!disagreement) return;
  const { tried, kernel, model, needsThoseBefore } = disagreement;
  const after = needsThoseBefore ? ', after all tries before it' : '';
  out.write(`${red('DIFFER')}  topology ${seed}, ${tried.from} → ${tried.to}:${tried.port}${after}: `);
  out.write(`kernel ${kernel}, model ${model}\n${asScenario(disagreement)}\n`);
}

async function topologiesOn(root: string, options: ConformanceOptions, out: OutputStream) {
  const first = count('--from', options.from);
  const seeds = Array.from({ length: count('--topologies', options.topologies) }, (_, i) => String(first + i));
  let played = 0;
  const done = (outcome: TopologyOutcome) => {
    played++;
    printOutcome(out, outcome);
    if (played % 10 === 0 || played === seeds.length) out.write(`${played} of ${seeds.length} topologies\n`);
  };
  const guests = Math.max(1, count('--guests', options.guests));
  return runTopologies({ seeds, model: modelLabs(), guest: () => guestLabs(root), guests, done });
}

const today = () => new Date().toISOString().slice(0, 10);

async function onKernel(root: string, options: ConformanceOptions, out: OutputStream) {
  const { rows, release, driver } = await experimentsOn(root, options.only, out);
  const outcomes = options.only === undefined ? await topologiesOn(root, options, out) : [];
  const sum = (of: 'tries' | 'once') => outcomes.reduce((total, outcome) => total + outcome[of], 0);
  const [tries, once] = [sum('tries'), sum('once')];
  const topologies = { cases: outcomes.length, tries, once, firstSeed: options.from };
  const report: KernelReport = { release, driver, date: today(), rows, topologies };
  const disagreed = rows.filter((row) => !agrees(row)).length;
  const differing = outcomes.filter(({ disagreement, error }) => disagreement ?? error).length;
  out.write(`Linux ${release}: ${rows.length - disagreed} of ${rows.length} answers agree; `);
  out.write(`${outcomes.length - differing} of ${outcomes.length} topologies agree, ${tries} connections, `);
  out.write(`of which ${once} differed once and not again\n`);
  const all = rows.length + outcomes.length;
  return { report, agreed: all - disagreed - differing, disagreed: disagreed + differing };
}

async function scenariosOn(root: string, out: OutputStream): Promise<readonly ScenarioRow[]> {
  out.write('the outage scenarios, on the model and on the kernel: about ten minutes\n');
  const rows = await runScenarios(root);
  const { green, red, yellow } = out.colours;
  for (const row of rows) {
    if (row.skipped !== undefined) out.write(`${yellow('skipped')} ${row.id}: ${row.skipped}\n`);
    else if (sameVerdict(row)) out.write(`${green('agree ')}  ${row.id}: ${row.kernel}\n`);
    else out.write(`${red('DIFFER')}  ${row.id}: kernel ${row.kernel}, model ${row.sim}\n`);
  }
  return rows;
}

/** How it ended, and how many answers and topologies agreed. */
export interface Conformance {
  readonly exitCode: number;
  readonly agreed: number;
  readonly disagreed: number;
}

export async function conformance(argv: readonly string[], out: OutputStream, err: OutputStream): Promise<Conformance> {
  try {
    const options = parseArguments(argv);
    if (options.write && options.only !== undefined)
      throw new Failure(ExitCode.usage, '--write with --only', 'what goes on record is asked whole');
    const results: Awaited<ReturnType<typeof onKernel>>[] = [];
    for (const root of options.uml) results.push(await onKernel(root, options, out));
    const sum = (of: 'agreed' | 'disagreed') => results.reduce((total, result) => total + result[of], 0);
    const scenarios = options.scenarios ? await scenariosOn(options.uml[0] ?? '/', out) : [];
    const wrong = scenarios.filter((row) => !sameVerdict(row)).length;
    const compared = scenarios.filter(({ skipped }) => skipped === undefined).length;
    const [agreed, disagreed] = [sum('agreed') + compared - wrong, sum('disagreed') + wrong];
    if (options.write && disagreed > 0) out.write('not written: only what agrees goes on record\n');
    else if (options.write) {
      const kernels = results.map(({ report }) => report);
      const rows = { release: kernels[0]?.release ?? '', date: today(), rows: scenarios };
      record({ kernels, ...(scenarios.length > 0 && { scenarios: rows }) }, out);
    }
    return { exitCode: disagreed === 0 ? ExitCode.passed : ExitCode.failed, agreed, disagreed };
  } catch (error) {
    const ended = (exitCode: number) => ({ exitCode, agreed: 0, disagreed: 0 });
    if (error instanceof CommanderError) return ended(error.exitCode === 0 ? ExitCode.passed : ExitCode.usage);
    if (!(error instanceof Failure)) throw error;
    err.write(`error: ${error.message}\n${error.hint === undefined ? '' : `hint: ${error.hint}\n`}`);
    return ended(error.exitCode);
  }
}
