/**
 * `npm run kills:kind`: SIGKILL for a run on a real cluster, at moments spread from the preflight to the steps, and what is left of it before and
 * after `windtunnel gc`. A container and a network that are somebody else's, with names like a run's, stand beside it, and all that the
 * daemon had before has to be there after.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { RandomSource } from '../../../src/base/random.js';
import { Docker } from '../../kind/docker.js';
import { loadImages } from '../../kind/images.js';
import { clusterName } from '../../kind/names.js';
import { lookAtMachine } from '../../kind/preflight.js';
import { endCluster } from '../../kind/remove.js';
import { agentProgram } from '../../netns/agent-program.js';
import type { OutputStream } from '../../terminal/streams.js';
import { labelsIn, ownCache, timesOf } from '../kills.js';
import { PROGRAM } from '../reported.js';

/** Bring-up takes 25 s where nothing else runs; then come the steps of the control arm. */
const LATEST_MS = 75_000;
const KUBERNETES = '1.34.2';
const RUN = ['run', 'scenarios/outage/externalip-is-worker.yaml', '--matrix', `kubernetes=${KUBERNETES}`];
/** As a run would call its own. */
const FOREIGN = clusterName('00000000-foreign');

export interface KillsOptions {
  readonly times: string;
  readonly seed: string;
  readonly imageMap?: string | undefined;
}

interface Kill {
  readonly afterMs: number;
  /** Containers and networks right after the kill. */
  readonly there: number;
  readonly left: number;
  readonly entriesLeft: number;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Everything that the daemon has, in no order. */
async function inventory(docker: Docker): Promise<readonly string[]> {
  const lists = await Promise.all([
    docker.lines(['ps', '--all', '--quiet', '--no-trunc']),
    docker.lines(['network', 'ls', '--quiet', '--no-trunc']),
    docker.lines(['volume', 'ls', '--quiet']),
  ]);
  return lists.flat().sort();
}

async function killOnce(docker: Docker, args: readonly string[], afterMs: number): Promise<Kill> {
  const cache = ownCache();
  try {
    const env = { ...process.env, XDG_CACHE_HOME: cache };
    const output = ['--output', join(cache, 'reports'), '--quiet'];
    const run = spawn(process.execPath, [PROGRAM, ...args, ...output], { env, stdio: 'ignore' });
    const ended = new Promise((resolve) => run.once('exit', resolve));
    await sleep(afterMs);
    run.kill('SIGKILL');
    await ended;
    const labels = labelsIn(cache);
    const count = async () => {
      const counts = labels.map((label) => endCluster({ label, dockerHost: docker.host }, true));
      return (await Promise.all(counts)).reduce((sum, one) => sum + one, 0);
    };
    const there = await count();
    await execa(process.execPath, [PROGRAM, 'gc'], { env });
    return { afterMs, there, left: await count(), entriesLeft: labelsIn(cache).length };
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

/** A container and a network that no run made. */
async function foreigners(docker: Docker, image: string): Promise<() => Promise<void>> {
  await docker.text(['network', 'create', `${FOREIGN}-net`]);
  const names = ['--name', `${FOREIGN}-control-plane`, '--network', 'none', '--entrypoint', 'sleep'];
  await docker.text(['run', '--detach', ...names, image, 'infinity']);
  return async () => {
    await docker.run(['rm', '--force', '--volumes', `${FOREIGN}-control-plane`]);
    await docker.run(['network', 'rm', `${FOREIGN}-net`]);
  };
}

/** Answers whether there was something to kill, nothing of it was left after gc, and all else stayed. */
export async function killsOnKind({ times, seed, imageMap }: KillsOptions, out: OutputStream): Promise<boolean> {
  const count = timesOf(times);
  const docker = new Docker(process.env.DOCKER_HOST ?? '');
  const image = loadImages(imageMap).node(KUBERNETES);
  const { ipvs } = await lookAtMachine(docker, image);
  const how = ['--matrix', 'proxyMode=ipvs', '--backend', 'kind', ...(ipvs ? [] : ['--emulate-ipvs'])];
  const args = [...RUN, ...how, ...(imageMap === undefined ? [] : ['--image-map', imageMap])];
  // Built before the first kill, or that would hit the compiler.
  await agentProgram();
  const away = await foreigners(docker, image);
  try {
    return await killAll({ docker, args, count, seed }, out);
  } finally {
    await away();
  }
}

interface Killing {
  readonly docker: Docker;
  readonly args: readonly string[];
  readonly count: number;
  readonly seed: string;
}

/** One in each of as many parts of the time. */
async function killAll({ docker, args, count, seed }: Killing, out: OutputStream): Promise<boolean> {
  const random = new RandomSource(seed).stream('kills');
  const before = await inventory(docker);
  out.write(
    'killed after   containers and networks   after gc: of these, entries in the journal   all else is there\n',
  );
  let clean = true;
  let killed = 0;
  for (let i = 0; i < count; i++) {
    const part = LATEST_MS / count;
    const kill = await killOnce(docker, args, Math.round(i * part) + random.integer(0, Math.floor(part)));
    const now = await inventory(docker);
    const same = now.join() === before.join();
    const cells = [`${(kill.afterMs / 1000).toFixed(1)} s`, kill.there, `${kill.left}, ${kill.entriesLeft}`];
    const padded = cells.map((cell, index) => String(cell).padEnd([15, 26, 45][index] ?? 0)).join('');
    out.write(`${padded}${same ? 'yes' : 'no'}\n`);
    killed += kill.there;
    clean &&= kill.left === 0 && kill.entriesLeft === 0 && same;
  }
  return clean && killed > 0;
}
