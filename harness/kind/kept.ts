/**
 * Clusters that stay: those of `cluster up`, and those that a run was told to keep. One file each in the user's cache, beside the
 * kubeconfig; what stands here is the user's, and neither a run nor gc takes it away.
 */
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ClusterSpec } from '../../src/scenario/model.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { makeFolder } from '../files/make-folder.js';
import { cacheFolder, type Entry, forget, leftovers, living } from '../journal/journal.js';
import type { KindCluster, KindNode, MadeOf } from './cluster.js';
import { Docker } from './docker.js';

export interface KeptCluster {
  /** What the user calls it. */
  readonly name: string;
  /** What kind calls it, and what marks all that was made for it. */
  readonly kindName: string;
  readonly label: string;
  /** Docker's network. */
  readonly network: string;
  readonly subnet: string;
  /** Empty: the daemon that `docker` finds by itself. */
  readonly dockerHost: string;
  /** What it was made from. */
  readonly spec: ClusterSpec;
  readonly nodes: readonly KindNode[];
  readonly kubeconfig: string;
  readonly madeAt: string;
  readonly madeOf: MadeOf;
  /** Nobody has seen it to be as it was since something ran there: only who names it gets it. */
  readonly unfit?: true;
}

/** What is kept of a cluster under this name. */
export function keptOf(name: string, cluster: KindCluster, spec: ClusterSpec): KeptCluster {
  const { label, network, subnet, nodes, kubeconfig, docker, madeOf } = cluster;
  const madeAt = new Date().toISOString();
  return {
    name,
    kindName: cluster.name,
    label,
    network,
    subnet,
    dockerHost: docker.host,
    spec,
    nodes,
    kubeconfig,
    madeAt,
    madeOf,
  };
}

/** The cluster again, on the daemon that has it. */
export function adopted(kept: KeptCluster): KindCluster {
  const { kindName, label, network, subnet, nodes, kubeconfig, dockerHost, madeOf } = kept;
  const docker = new Docker(dockerHost);
  return { name: kindName, label, network, subnet, nodes, kubeconfig, docker, madeOf, notes: [] };
}

const folder = () => join(cacheFolder(), 'clusters');
const FILE = 'cluster.json';

/** Where a cluster of this name keeps its files. */
export const clusterFolder = (name: string) => join(folder(), name);

/** With its kubeconfig, which lies in the bundle of a run until then. Who reads meanwhile sees what was there before. */
export function keep(cluster: KeptCluster): void {
  const own = clusterFolder(cluster.name);
  makeFolder(own);
  const kubeconfig = join(own, basename(cluster.kubeconfig));
  const isElsewhere = kubeconfig !== cluster.kubeconfig && existsSync(cluster.kubeconfig);
  if (isElsewhere) copyFileSync(cluster.kubeconfig, kubeconfig);
  const kept = isElsewhere ? { ...cluster, kubeconfig } : cluster;
  const draft = join(own, `${FILE}.${process.pid}`);
  writeFileSync(draft, `${JSON.stringify(kept, null, 2)}\n`);
  renameSync(draft, join(own, FILE));
}

/** Where it is still kept. */
export function markUnfit(name: string, isUnfit: boolean): void {
  const kept = keptCluster(name);
  if (!kept) return;
  const { unfit: _, ...rest } = kept;
  keep(isUnfit ? { ...rest, unfit: true } : rest);
}

/** By name. */
export function keptClusters(): readonly KeptCluster[] {
  if (!existsSync(folder())) return [];
  return readdirSync(folder())
    .sort()
    .flatMap((name) => keptCluster(name) ?? []);
}

export function keptCluster(name: string): KeptCluster | undefined {
  const file = join(clusterFolder(name), FILE);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as KeptCluster) : undefined;
}

/** Throws a {@link Failure} where no cluster of this name is kept. */
export function mustBeKept(name: string): KeptCluster {
  const kept = keptCluster(name);
  if (kept) return kept;
  const hint = `windtunnel cluster list tells those that are; windtunnel cluster up FILE --name ${name} makes one`;
  throw new Failure(ExitCode.usage, `no cluster ${name} is kept`, hint);
}

/** Of what arms wrote down: that of the cluster with this label. */
export const isOn =
  (label: string) =>
  ({ kind, cluster }: Entry): boolean =>
    kind === 'arms' && cluster?.label === label;

/** Throws a {@link Failure} where a run is on it. */
export function mustBeFree({ name, label }: KeptCluster): void {
  const run = living().find(isOn(label));
  if (!run) return;
  const { pid } = run.owner;
  throw new Failure(
    ExitCode.infraError,
    `a run is on the cluster ${name} (process ${pid})`,
    `wait until it has ended, or end it: kill -INT ${pid}`,
  );
}

/** With its files, and with what killed runs wrote down of it: all that they left there has gone with it. */
export function forgetCluster({ name, label }: KeptCluster): void {
  for (const entry of leftovers().filter(isOn(label))) forget(entry);
  rmSync(clusterFolder(name), { recursive: true, force: true });
}
