/**
 * What a killed run left on a cluster that is the user's and stays: hosts beside the nodes and ends of flows, addresses, devices and sysctls of
 * nodes, links that are still limited, add-ons and schedulers, and what the scenario made. Found by the cluster's label, or by name in the journal, and by nothing else; nodes are
 * never taken away. Twice is no error.
 */
import type { Entry, UsedCluster } from '../journal/journal.js';
import { countAddons, removeAddons } from './addon-removal.js';
import { controlPlaneOf } from './cluster.js';
import { commandFailure, Docker } from './docker.js';
import { KIND_LABEL, LABEL } from './names.js';
import { takeBack } from './node-change.js';
import { kubectl } from './readiness.js';
import { endCluster } from './remove.js';
import { freeLinks, limitedNodes } from './traffic/links.js';

const REMOVE_MAX_MS = 120_000;
const GONE_MAX_S = 90;
/** In kubectl's words, for each kind. */
const NO_KIND = /no matches for kind "([^"]+)" in version "([^"]+)"/g;

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
  const { changes = [] } = cluster;
  if (!dryRun) await takeBack(docker, changes, signal);
  signal?.throwIfAborted();
  const made = changes.length + (await ofScenario(docker, cluster, dryRun));
  signal?.throwIfAborted();
  const limited = await freeLimited(docker, cluster, dryRun);
  signal?.throwIfAborted();
  const objects = await countAddons({ docker, ...cluster }, signal);
  if (!dryRun) await removeAddons({ docker, ...cluster }, signal);
  return beside.length + made + limited + objects;
}

/** What scenarios made, by the names that the journal has. Of a kind that the cluster has not there is nothing. */
async function ofScenario(docker: Docker, { nodes, objects = [] }: UsedCluster, dryRun: boolean): Promise<number> {
  const how = dryRun ? ['get'] : ['delete', `--timeout=${GONE_MAX_S}s`];
  const args = kubectl(...how, '--filename=-', '--ignore-not-found', '--output=name');
  const { container } = controlPlaneOf(nodes);
  let found = 0;
  for (let left = objects; left.length > 0; ) {
    const items = left.map(({ apiVersion, kind, ...metadata }) => ({ apiVersion, kind, metadata }));
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    const ran = await docker.exec(container, args, { input, timeoutMs: (GONE_MAX_S + 30) * 1000 });
    // Told by name: what is deleted is told once, what is looked at each time.
    found = (dryRun ? 0 : found) + ran.stdout.split('\n').filter((line) => line.trim() !== '').length;
    if (ran.code === 0) break;
    const unknown = new Set([...ran.stderr.matchAll(NO_KIND)].map(([, kind, version]) => `${version} ${kind}`));
    const rest = left.filter(({ apiVersion, kind }) => !unknown.has(`${apiVersion} ${kind}`));
    if (rest.length === left.length) throw commandFailure('docker', ['exec', '-i', container, ...args], ran);
    // An old kubectl has not looked at those after it.
    left = rest;
  }
  return found;
}

async function freeLimited(docker: Docker, { nodes, label }: UsedCluster, dryRun: boolean): Promise<number> {
  const limited = await limitedNodes(docker, nodes);
  // Of all nodes, since some may be half free.
  if (limited.length > 0 && !dryRun) await freeLinks(docker, nodes, label);
  return limited.length;
}

/** What a killed run left, for gc: a cluster of its own, or what it put on the user's. */
export function endLeft(entry: Entry, dryRun: boolean): Promise<number> {
  const { kind, cluster, dockerHost = '' } = entry;
  if (kind === 'arms' && cluster) return removeLeftovers(new Docker(dockerHost), cluster, { dryRun });
  return endCluster(entry, dryRun);
}
