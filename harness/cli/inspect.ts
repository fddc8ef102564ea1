/** `inspect`: finds the case, travels to the instant, and answers there; without a command it asks for commands. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { formatDuration, parseDuration } from '../../src/base/instant.js';
import type { ArmSpec, CaseSpec } from '../../src/plan/plan.js';
import { nearest } from '../../src/scenario/suggest.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { findBackend } from '../backends/table.js';
import { CASE_FILE, PLAN_FILE } from '../bundle/layout.js';
import { findCase, readRun } from '../bundle/read.js';
import { Failure } from '../failure.js';
import { findScenarios } from '../files/discover.js';
import { DiskFiles } from '../files/disk-files.js';
import type { Answer } from '../inspect/answer.js';
import { parseInstant } from '../inspect/instant.js';
import { COMMANDS_HELP, Session } from '../inspect/session.js';
import { escapeLine, escapeText } from '../terminal/escape.js';
import { readLines } from '../terminal/prompt.js';
import type { Context } from './context.js';
import type { InspectOptions } from './options.js';
import { planScenarios } from './planning.js';

/** The folder of a case in a bundle, or of a bundle with a single case. */
function caseOfFolder(path: string): CaseSpec {
  if (existsSync(resolve(path, PLAN_FILE))) {
    const { plan } = readRun(path);
    const [only] = plan.cases;
    if (only && plan.cases.length === 1) return only;
    return findCase(plan.cases, '');
  }
  if (!existsSync(resolve(path, CASE_FILE)) && basename(dirname(path)) !== 'cases') {
    throw new Failure(
      ExitCode.usage,
      `${path} is no case of a bundle`,
      'name a folder below cases/, a scenario or its file',
    );
  }
  return findCase(readRun(dirname(dirname(path))).plan.cases, basename(path));
}

/** Files that may hold the scenario called `name`; only these are planned, so that a broken neighbour stops nothing. */
function filesNaming(name: string, cwd: string): string[] {
  if (!existsSync(resolve(cwd, 'scenarios'))) return [];
  const scenario = name.replace(/\[.*$/, '');
  const files = new DiskFiles(cwd);
  return findScenarios(['scenarios'], cwd, files).filter((path) => {
    const read = files.read(path);
    return (
      read.ok && new RegExp(`\\bname["']?\\s*:\\s*["']?${escapePattern(scenario)}["']?(\\s|,|}|$)`, 'm').test(read.text)
    );
  });
}

/** The scenario below scenarios/ whose name is nearest to what was written. */
function nearestScenario(name: string, cwd: string): string | undefined {
  if (!existsSync(resolve(cwd, 'scenarios'))) return undefined;
  const files = new DiskFiles(cwd);
  const names = findScenarios(['scenarios'], cwd, files).flatMap((path) => {
    const read = files.read(path);
    return (read.ok && /\bmetadata:\s*\{?\s*name:\s*["']?([\w.-]+)/.exec(read.text)?.slice(1)) || [];
  });
  return nearest(name.replace(/\[.*$/, ''), names);
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The case of several that shows most: IPVS, where the outage lives, on the newest Kubernetes; skipped ones last. */
function telling(cases: readonly CaseSpec[]): CaseSpec | undefined {
  const runs = cases.filter(({ skip }) => skip === undefined);
  const ipvs = runs.filter(({ matrix }) => matrix.proxyMode === 'ipvs');
  const among = [ipvs, runs, cases].find((some) => some.length > 0) ?? [];
  const version = ({ matrix }: CaseSpec) => String(matrix.kubernetes ?? '');
  return among.reduce<CaseSpec | undefined>((best, one) => {
    const newer = best && version(one).localeCompare(version(best), 'en', { numeric: true }) > 0;
    return !best || newer ? one : best;
  }, undefined);
}

/** Case from a bundle, from a file, or by the scenario's name; undefined where the file is wrong, which was told then. */
function locateCase(context: Context, name: string, options: InspectOptions): CaseSpec | undefined {
  const { cwd, streams } = context;
  const path = resolve(cwd, name);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return caseOfFolder(path);
  const paths = stat ? [name] : filesNaming(name, cwd);
  if (paths.length === 0) {
    const near = nearestScenario(name, cwd);
    const hint = 'windtunnel list shows them; a file or a folder of a bundle does too';
    throw new Failure(
      ExitCode.usage,
      `no scenario ${name} below scenarios/`,
      near === undefined ? hint : `did you mean ${near}? ${hint}`,
    );
  }
  const planned = planScenarios(context, paths, { ...options, control: true });
  if (!planned) return undefined;
  const { cases } = planned.plan;
  const exact = cases.find(({ id }) => id === name);
  const chosen = exact ?? telling(cases);
  if (!exact && cases.length > 1 && chosen) {
    streams.err.write(`${escapeLine(chosen.id)}, one of ${cases.length} cases; --matrix picks another\n`);
  }
  return chosen;
}

function chooseArm(spec: CaseSpec, name: string | undefined): ArmSpec {
  if (spec.skip !== undefined) {
    throw new Failure(ExitCode.infraError, `${spec.id} does not run on ${spec.backend}: ${spec.skip}`);
  }
  const arm = spec.arms.find((one) => (name === undefined ? one.expect === 'first' : one.name === name));
  if (arm) return arm;
  const names = spec.arms.map((one) => one.name).join(', ');
  throw new Failure(ExitCode.usage, `case ${spec.id} has no arm ${name}`, `arms are ${names}`);
}

const PROMPT_HELP = `${COMMANDS_HELP}
  at 42s|treatment+12s|step3|end        travel there
  on HOST                               stand on another host
  help, exit`;

function show({ stdout, stderr }: Answer, { out, err }: Context['streams']): void {
  if (stderr !== undefined) err.write(`${escapeText(stderr)}\n`);
  if (stdout !== '') out.write(`${escapeText(stdout)}\n`);
}

async function converse(session: Session, { streams }: Context): Promise<void> {
  const { err } = streams;
  const question = () => `${session.host} at ${formatDuration(session.at)}> `;
  await readLines(question, async (line) => {
    const [word, argument = ''] = line.split(/\s+/, 2);
    if (word === 'exit' || word === 'quit') return false;
    try {
      if (word === 'help' || word === '?') err.write(`${PROMPT_HELP}\n`);
      else if (word === 'at') await session.travelTo(parseInstant(argument));
      else if (word === 'on') session.moveTo(argument);
      else if (line !== '') show(await session.ask(line), streams);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      err.write(`${escapeText(error.message)}${error.hint ? `\n${escapeText(error.hint)}` : ''}\n`);
    }
    return true;
  });
}

export async function inspectCommand(
  context: Context,
  name: string,
  command: readonly string[],
  options: InspectOptions,
): Promise<number> {
  const window = parseDuration(options.window);
  if (window === undefined || window <= 0) {
    throw new Failure(ExitCode.usage, `--window ${options.window} is no duration`, 'as in 5s');
  }
  const instant = parseInstant(options.at ?? 'end');
  const spec = locateCase(context, name, options);
  if (!spec) return ExitCode.usage;
  if (!findBackend(spec.backend).travels) {
    throw new Failure(
      ExitCode.usage,
      `${spec.backend} cannot travel in time`,
      'inspect works on cases of the backend sim',
    );
  }
  const arm = chooseArm(spec, options.arm);
  const session = new Session({ spec, arm, host: options.on ?? arm.cluster.nodes[0]?.name ?? '', window });
  try {
    await session.travelTo(instant);
    if (command.length > 0) {
      const answer = await session.ask(command.join(' '));
      show(answer, context.streams);
      return answer.exitCode;
    }
    await converse(session, context);
  } finally {
    await session.close();
  }
  return ExitCode.passed;
}
