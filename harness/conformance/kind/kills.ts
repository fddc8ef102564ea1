/**
 * `npm run kills:kind`: SIGKILL for a run on a real cluster, at moments spread from the preflight to the steps, and what is left of it before and
 * after `windtunnel gc`. Every second one hits a scenario that has add-ons, a scheduler, traffic and limited links, over a longer time. A
 * container and a network that are somebody else's, with names like a run's and a node's label of another cluster, stand beside it, and all
 * that the daemon had before has to be there after. Then the same for runs on one cluster that is kept, which has to be as it was.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { RandomSource } from '../../../src/base/random.js';
import { Docker } from '../../kind/docker.js';
import { loadImages } from '../../kind/images.js';
import { clusterName, KIND_LABEL } from '../../kind/names.js';
import { lookAtMachine } from '../../kind/preflight.js';
import { endCluster } from '../../kind/remove.js';
import { agentProgram } from '../../netns/agent-program.js';
import type { OutputStream } from '../../terminal/streams.js';
import { labelsIn, ownCache, timesOf } from '../kills.js';
import { PROGRAM } from '../reported.js';
import { type KeptKillsPlan, keptKills } from './kept-kills.js';
import { killedRun } from './killed-run.js';

const KUBERNETES = '1.34.2';

/** What is run, and until when it is killed. Bring-up takes 25 s where nothing else runs. */
interface Target {
  readonly run: readonly string[];
  readonly latestMs: number;
}

/** After bring-up come the steps of the control arm. */
const OUTAGE: Target = {
  run: [
    'scenarios/outage/externalip-is-worker.yaml',
    '--matrix',
    `kubernetes=${KUBERNETES}`,
    '--matrix',
    'proxyMode=ipvs',
  ],
  latestMs: 75_000,
};
/** By its end add-ons and scheduler stand, and a flow goes over links that are limited. */
const PLACEMENT: Target = { run: ['scenarios/placement/avoids-egress-hot-node.yaml'], latestMs: 150_000 };
/** As a run would call its own. */
const FOREIGN = clusterName('00000000-foreign');

export interface KillsOptions {
  readonly times: string;
  /** Of runs on a cluster that is kept. */
  readonly kept: string;
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

/** Everything that the daemon has, in no order. */
async function inventory(docker: Docker): Promise<readonly string[]> {
  const lists = await Promise.all([
    docker.lines(['ps', '--all', '--quiet', '--no-trunc']),
    docker.lines(['network', 'ls', '--quiet', '--no-trunc']),
    docker.lines(['volume', 'ls', '--quiet']),
  ]);
  return lists.flat().sort();
}

async function killOnce(docker: Docker, args: readonly string[], afterMs: number, signal: AbortSignal): Promise<Kill> {
  const cache = ownCache();
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  try {
    await killedRun([...args, '--output', join(cache, 'reports'), '--quiet'], env, afterMs, signal);
    const labels = labelsIn(cache);
    const count = async () => {
      const counts = labels.map((label) => endCluster({ label, dockerHost: docker.host }, true));
      return (await Promise.all(counts)).reduce((sum, one) => sum + one, 0);
    };
    const there = await count();
    await execa(process.execPath, [PROGRAM, 'gc'], { env });
    return { afterMs, there, left: await count(), entriesLeft: labelsIn(cache).length };
  } finally {
    if (signal.aborted) await execa(process.execPath, [PROGRAM, 'gc'], { env, reject: false });
    rmSync(cache, { recursive: true, force: true });
  }
}

/** A container and a network that no run made. */
async function makeForeigners(docker: Docker, image: string): Promise<void> {
  await docker.text(['network', 'create', `${FOREIGN}-net`]);
  const names = ['--name', `${FOREIGN}-control-plane`, '--label', `${KIND_LABEL}=foreign`];
  const sleeper = ['--network', 'none', '--entrypoint', 'sleep', image, 'infinity'];
  await docker.text(['run', '--detach', ...names, ...sleeper]);
}

/** Also what is only half made. */
async function withoutForeigners(docker: Docker): Promise<void> {
  await docker.run(['rm', '--force', '--volumes', `${FOREIGN}-control-plane`]);
  await docker.run(['network', 'rm', `${FOREIGN}-net`]);
}

/** Answers whether there was something to kill, nothing of it was left after gc, and all else stayed. */
export async function killsOnKind(
  { times, kept, seed, imageMap }: KillsOptions,
  out: OutputStream,
  signal: AbortSignal,
): Promise<boolean> {
  const count = timesOf(times);
  const docker = new Docker(process.env.DOCKER_HOST ?? '');
  const image = loadImages(imageMap).node(KUBERNETES);
  const { ipvs } = await lookAtMachine(docker, image);
  const how = [...(ipvs ? [] : ['--emulate-ipvs']), ...(imageMap === undefined ? [] : ['--image-map', imageMap])];
  const args = ['--backend', 'kind', ...how];
  const momentsMs = spread(kept === '0' ? 0 : timesOf(kept), KEPT_LATEST_MS, seed, 'kept');
  // Built before the first kill, or that would hit the compiler.
  await agentProgram();
  try {
    await makeForeigners(docker, image);
    const clean = await killAll({ docker, args, moments: momentsOf(count, seed), signal }, out);
    const before = await inventory(docker);
    const stayed = await killKept(
      { up: [KEPT, ...how], run: [...OUTAGE.run, '--no-control', ...args], momentsMs, signal },
      out,
    );
    return clean && stayed && (await inventory(docker)).join() === before.join();
  } finally {
    await withoutForeigners(docker);
  }
}

/** What the outage runs on. */
const KEPT = 'clusters/three-nodes.yaml';
/** The first steps come after some ten seconds; the fault is taken away after a minute. */
const KEPT_LATEST_MS = 60_000;

/** One in each of as many parts of the time. */
function spread(count: number, latestMs: number, seed: string, stream: string): readonly number[] {
  const random = new RandomSource(seed).stream(stream);
  const partMs = latestMs / count;
  return Array.from({ length: count }, (_, i) => Math.round(i * partMs) + random.integer(0, Math.floor(partMs)));
}

/** Answers whether one of them hurt the cluster, and gc took all of it back. */
async function killKept(plan: KeptKillsPlan, out: OutputStream): Promise<boolean> {
  if (plan.momentsMs.length === 0) return true;
  let hurt = 0;
  let clean = true;
  for await (const kill of keptKills(plan)) {
    const after = `${(kill.afterMs / 1000).toFixed(1)} s`.padEnd(15);
    out.write(`${after}${kill.hurt.length} differences on the kept cluster, after gc ${kill.left.length}\n`);
    for (const line of kill.left) out.write(`  ${line}\n`);
    hurt += kill.hurt.length;
    clean &&= kill.left.length === 0 && kill.entriesLeft === 0;
  }
  return clean && hurt > 0;
}

interface Moment {
  readonly run: Target['run'];
  readonly afterMs: number;
}

/** By turns of one target and the other. */
function momentsOf(count: number, seed: string): readonly Moment[] {
  const outages = spread(Math.ceil(count / 2), OUTAGE.latestMs, seed, 'outage');
  const placements = spread(Math.floor(count / 2), PLACEMENT.latestMs, seed, 'placement');
  return Array.from({ length: count }, (_, i) => {
    const [{ run }, moments] = i % 2 === 0 ? [OUTAGE, outages] : [PLACEMENT, placements];
    return { run, afterMs: moments[Math.floor(i / 2)] ?? 0 };
  });
}

interface Killing {
  readonly docker: Docker;
  readonly args: readonly string[];
  readonly moments: readonly Moment[];
  readonly signal: AbortSignal;
}

async function killAll({ docker, args, moments, signal }: Killing, out: OutputStream): Promise<boolean> {
  const before = await inventory(docker);
  out.write(
    'killed after   containers and networks   after gc: of these, entries in the journal   all else is there   scenario\n',
  );
  let clean = true;
  let killed = 0;
  for (const { run, afterMs } of moments) {
    const kill = await killOnce(docker, ['run', ...run, ...args], afterMs, signal);
    const now = await inventory(docker);
    const same = now.join() === before.join();
    const cells = [`${(kill.afterMs / 1000).toFixed(1)} s`, kill.there, `${kill.left}, ${kill.entriesLeft}`];
    const padded = [...cells, same ? 'yes' : 'no'].map((cell, index) =>
      String(cell).padEnd([15, 26, 45, 20][index] ?? 0),
    );
    out.write(`${padded.join('')}${run[0]}\n`);
    killed += kill.there;
    clean &&= kill.left === 0 && kill.entriesLeft === 0 && same;
  }
  return clean && killed > 0;
}
