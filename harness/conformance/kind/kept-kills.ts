/**
 * SIGKILL for runs on a cluster that is kept for the user, at moments spread over an arm, and what is left on it before and after `windtunnel gc`:
 * the cluster stays, and is as it was before the first of them.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { controlPlaneOf, type KindCluster } from '../../kind/cluster.js';
import { adopted, type KeptCluster } from '../../kind/kept.js';
import { LABEL } from '../../kind/names.js';
import { kubectl } from '../../kind/readiness.js';
import { labelsIn, ownCache } from '../kills.js';
import { PROGRAM } from '../reported.js';
import { killedRun } from './killed-run.js';

export interface KeptKillsPlan {
  /** After `cluster up`. */
  readonly up: readonly string[];
  /** After `run`; the cluster is added. */
  readonly run: readonly string[];
  readonly momentsMs: readonly number[];
  /** Nobody waits for the rest. */
  readonly signal: AbortSignal;
}

export interface KeptKill {
  readonly afterMs: number;
  /** What was other than before the first run: right after the kill, and after gc. */
  readonly hurt: readonly string[];
  readonly left: readonly string[];
  readonly entriesLeft: number;
}

const NAME = 'kept';
const KINDS = 'services,deployments,daemonsets,namespaces,networkpolicies,validatingadmissionpolicies';
const SYSCTLS = 'sysctl -a 2>/dev/null | grep -E "^net.ipv4.conf.(all|eth0).(arp_|rp_filter)"';
const LINKS = 'ip -oneline link | cut -d : -f 2 | grep -v veth';
const ADDRESSES = 'ip -4 -oneline address | grep -v veth | tr -s " " | cut -d " " -f 2-4';

/** A line each, the same as long as the cluster is as it was. */
async function linesOf({ docker, nodes, label }: KindCluster): Promise<ReadonlySet<string>> {
  const names = kubectl('get', KINDS, '--all-namespaces', '--output=name');
  const objects = await docker.lines(['exec', controlPlaneOf(nodes).container, ...names]);
  const beside = await docker.lines(['ps', '--all', '--format', '{{.Names}}', '--filter', `label=${LABEL}=${label}`]);
  const ofNodes = nodes.map(async ({ container }) => {
    const script = `${LINKS} && ${ADDRESSES} && ${SYSCTLS} && tc qdisc show dev eth0`;
    const lines = await docker.lines(['exec', container, 'sh', '-c', script]);
    return lines.map((line) => `${container}: ${line.trim()}`);
  });
  return new Set([...objects, ...beside, ...(await Promise.all(ofNodes)).flat()]);
}

const differences = (before: ReadonlySet<string>, now: ReadonlySet<string>) => [
  ...[...before].filter((line) => !now.has(line)).map((line) => `- ${line}`),
  ...[...now].filter((line) => !before.has(line)).map((line) => `+ ${line}`),
];

/** One cluster for all of them, in a cache of its own; taken down at the end. */
export async function* keptKills({ up, run, momentsMs, signal }: KeptKillsPlan): AsyncGenerator<KeptKill> {
  const cache = ownCache();
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  const program = (...args: readonly string[]) => execa(process.execPath, [PROGRAM, ...args], { env });
  try {
    const { stdout } = await program('cluster', 'up', ...up, '--name', NAME, '--json');
    const cluster = adopted(JSON.parse(stdout) as KeptCluster);
    const before = await linesOf(cluster);
    for (const afterMs of momentsMs) {
      const output = ['--cluster', NAME, '--output', join(cache, 'reports'), '--quiet'];
      await killedRun(['run', ...run, ...output], env, afterMs, signal);
      const hurt = differences(before, await linesOf(cluster));
      await program('gc');
      yield { afterMs, hurt, left: differences(before, await linesOf(cluster)), entriesLeft: labelsIn(cache).length };
    }
    await program('cluster', 'down', NAME);
  } finally {
    await program('cluster', 'down', NAME).catch(() => {});
    rmSync(cache, { recursive: true, force: true });
  }
}
