/**
 * What a killed run left on a cluster that is the user's and stays: hosts beside the nodes and ends of flows, links that are still limited,
 * add-ons and schedulers, and what the scenario made. Found by the cluster's label, or by name in the journal, and by nothing else; nodes are
 * never taken away. Twice is no error.
 */
import type { Entry, UsedCluster } from '../journal/journal.js';
import { countAddons, removeAddons } from './addon-removal.js';
import { controlPlaneOf } from './cluster.js';
import { commandFailure, Docker } from './docker.js';
import { KIND_LABEL, LABEL } from './names.js';
import { kubectl } from './readiness.js';
import { endCluster } from './remove.js';
import { limitLinks } from './traffic/links.js';

const REMOVE_MAX_MS = 120_000;
const GONE_MAX_S = 90;
const LIMITED = /^qdisc tbf /m;
/** Whatever it is: it goes again at once. */
const ANY_RATE_BPS = 1e9;

export interface Removing {
  /** Nothing is taken away, only counted. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Answers how much there was. Throws a {@link Failure} where the daemon or the API server refuses. */
export async function removeLeftovers(docker: Docker, cluster: UsedCluster, removing: Removing = {}): Promise<number> {
  const { dryRun = false, signal } = removing;
  const { name, label } = cluster;
  const list = (mark: string) => docker.lines(['ps', '--all', '--quiet', '--no-trunc', '--filter', `label=${mark}`]);
  const standing = await list(`${KIND_LABEL}=${name}`);
  const beside = (await list(`${LABEL}=${label}`)).filter((id) => !standing.includes(id));
  if (beside.length > 0 && !dryRun)
    await docker.text(['rm', '--force', '--volumes', ...beside], { timeoutMs: REMOVE_MAX_MS });
  // The user has taken it away: nothing can be left on it.
  if (standing.length === 0) return beside.length;
  signal?.throwIfAborted();
  // First what may be the fault that cuts nodes off.
  const made = await ofScenario(docker, cluster, dryRun);
  signal?.throwIfAborted();
  const limited = await freeLinks(docker, cluster, dryRun);
  signal?.throwIfAborted();
  const objects = await countAddons({ docker, ...cluster }, signal);
  if (!dryRun) await removeAddons({ docker, ...cluster }, signal);
  return beside.length + made + limited + objects;
}

/** What scenarios made, by the names that the journal has. */
async function ofScenario(docker: Docker, { nodes, objects = [] }: UsedCluster, dryRun: boolean): Promise<number> {
  if (objects.length === 0) return 0;
  const items = objects.map(({ apiVersion, kind, ...metadata }) => ({ apiVersion, kind, metadata }));
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const how = dryRun ? ['get'] : ['delete', `--timeout=${GONE_MAX_S}s`];
  const args = kubectl(...how, '--filename=-', '--ignore-not-found', '--output=name');
  const { container } = controlPlaneOf(nodes);
  const ran = await docker.exec(container, args, { input, timeoutMs: (GONE_MAX_S + 30) * 1000 });
  if (ran.code !== 0) throw commandFailure('docker', ['exec', '-i', container, ...args], ran);
  return ran.stdout.split('\n').filter((line) => line.trim() !== '').length;
}

async function freeLinks(docker: Docker, { nodes, label }: UsedCluster, dryRun: boolean): Promise<number> {
  const shown = await Promise.all(
    nodes.map(({ container }) => docker.exec(container, ['tc', 'qdisc', 'show', 'dev', 'eth0'])),
  );
  const limited = nodes.filter((_, index) => LIMITED.test(shown[index]?.stdout ?? ''));
  if (limited.length === 0 || dryRun) return limited.length;
  // The other ends are found by limiting anew, and only what was found goes: of all nodes, since some may be half free.
  const again = nodes.map(({ name, container }) => ({ name, container, linkRateBps: ANY_RATE_BPS }));
  const links = await limitLinks({ docker, nodes: again, label, say: () => {} });
  await links.undo();
  return limited.length;
}

/** What a killed run left, for gc: a cluster of its own, or what it put on the user's. */
export function endLeft(entry: Entry, dryRun: boolean): Promise<number> {
  const { kind, cluster, dockerHost = '' } = entry;
  if (kind === 'arms' && cluster) return removeLeftovers(new Docker(dockerHost), cluster, { dryRun });
  return endCluster(entry, dryRun);
}
