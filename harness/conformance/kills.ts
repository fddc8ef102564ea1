/**
 * `npm run kills`: SIGKILL for a run on the backend netns at moments drawn from a seed, and what is left of it: at once, after a
 * while, and after `windtunnel gc`. Looks for processes by the labels in the killed run's journal.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { RandomSource } from '../../src/base/random.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { cacheFolder } from '../journal/journal.js';
import { labelled } from '../journal/processes.js';
import { agentProgram } from '../netns/agent-program.js';
import { packageRoot } from '../package.js';
import type { OutputStream } from '../terminal/streams.js';
import { PROGRAM } from './reported.js';

const SCENARIO = join(packageRoot, 'scenarios', 'outage', 'externalip-is-worker.yaml');
const POINT = ['--matrix', 'kubernetes=1.34.2', '--matrix', 'proxyMode=ipvs'];
const RUN = ['run', SCENARIO, ...POINT, '--backend', 'netns', '--time-scale', '0.1', '--quiet'];

/** From the first millisecond to the end of the arms. */
const LATEST_MS = 16_000;
/** A guest whose harness has gone ends by itself. */
const SETTLE_MS = 2_000;

export interface Kill {
  readonly afterMs: number;
  /** Processes of the run's guests, right after the kill and a while later. */
  readonly atOnce: number;
  readonly later: number;
  /** Entries in its journal, and after gc with what its guests wrote. */
  readonly entries: number;
  readonly entriesLeft: number;
  readonly left: number;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A cache of its own, with the programs of the user's: its journal holds this run alone. */
export function ownCache(): string {
  const home = mkdtempSync(join(tmpdir(), 'kube-windtunnel-kills-'));
  const own = join(home, 'kube-windtunnel');
  mkdirSync(own);
  for (const name of readdirSync(cacheFolder()))
    if (name.startsWith('agent-')) symlinkSync(join(cacheFolder(), name), join(own, name));
  return home;
}

/** What guests write for themselves. */
function folderCount(cache: string): number {
  const folder = join(cache, 'kube-windtunnel', 'guests');
  return existsSync(folder) ? readdirSync(folder).length : 0;
}

export function labelsIn(cache: string): readonly string[] {
  try {
    const names = readdirSync(join(cache, 'kube-windtunnel', 'journal'));
    return names.map((name) => name.replace(/\.json$/, ''));
  } catch {
    return [];
  }
}

const processesOf = (labels: readonly string[]) => labels.flatMap((label) => labelled(label)).length;

async function killOnce(afterMs: number): Promise<Kill> {
  const cache = ownCache();
  try {
    const env = { ...process.env, XDG_CACHE_HOME: cache };
    const output = join(cache, 'reports');
    const run = spawn(process.execPath, [PROGRAM, ...RUN, '--output', output], { env, stdio: 'ignore' });
    const ended = new Promise((resolve) => run.once('exit', resolve));
    await sleep(afterMs);
    run.kill('SIGKILL');
    await ended;
    const labels = labelsIn(cache);
    const atOnce = processesOf(labels);
    await sleep(SETTLE_MS);
    const later = processesOf(labels);
    execaSync(process.execPath, [PROGRAM, 'gc'], { env });
    await sleep(100);
    const entriesLeft = labelsIn(cache).length + folderCount(cache);
    return { afterMs, atOnce, later, entries: labels.length, entriesLeft, left: processesOf(labels) };
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

/** Of what a user typed. */
export function timesOf(count: string): number {
  if (/^[1-9]\d{0,2}$/.test(count)) return Number(count);
  throw new Failure(ExitCode.usage, `${count} is no count`, 'as in npm run kills -- 10');
}

/** One after the other; answers whether there was something to kill, and nothing of it was left after gc. */
export async function kills(count: string, seed: string, out: OutputStream): Promise<boolean> {
  const times = timesOf(count);
  // Built before the first kill, or that would hit the compiler.
  await agentProgram();
  let killed = 0;
  const random = new RandomSource(seed).stream('kills');
  out.write('killed after   processes at once   2 s later   journal entries   after gc: entries, processes\n');
  let clean = true;
  for (let i = 0; i < times; i++) {
    const kill = await killOnce(random.integer(0, LATEST_MS));
    const cells = [`${(kill.afterMs / 1000).toFixed(1)} s`, kill.atOnce, kill.later, kill.entries];
    const padded = cells.map((cell, index) => String(cell).padEnd([15, 20, 12, 18][index] ?? 0)).join('');
    out.write(`${padded}${kill.entriesLeft}, ${kill.left}\n`);
    killed += kill.atOnce;
    clean &&= kill.left === 0 && kill.entriesLeft === 0;
  }
  if (killed === 0) out.write('nothing ran when it was killed: windtunnel doctor says why\n');
  return clean && killed > 0;
}
