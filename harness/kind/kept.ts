/**
 * Clusters that stay: those of `cluster up`, and those that a run was told to keep. One file each in the user's cache, beside the
 * kubeconfig; what stands here is the user's, and neither a run nor gc takes it away.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterSpec } from '../../src/scenario/model.js';
import { makeFolder } from '../files/make-folder.js';
import { cacheFolder } from '../journal/journal.js';
import type { KindCluster, KindNode } from './cluster.js';
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
}

/** What is kept of a cluster under this name. */
export function keptOf(name: string, cluster: KindCluster, spec: ClusterSpec): KeptCluster {
  const { label, network, subnet, nodes, kubeconfig, docker } = cluster;
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
  };
}

/** The cluster again, on the daemon that has it. */
export function adopted(kept: KeptCluster): KindCluster {
  const { kindName, label, network, subnet, nodes, kubeconfig, dockerHost } = kept;
  return { name: kindName, label, network, subnet, nodes, kubeconfig, docker: new Docker(dockerHost), notes: [] };
}

const folder = () => join(cacheFolder(), 'clusters');
const FILE = 'cluster.json';

/** Where a cluster of this name keeps its files. */
export const clusterFolder = (name: string) => join(folder(), name);

export function keep(cluster: KeptCluster): void {
  makeFolder(clusterFolder(cluster.name));
  writeFileSync(join(clusterFolder(cluster.name), FILE), `${JSON.stringify(cluster, null, 2)}\n`);
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

/** With its files. */
export function forgetCluster(name: string): void {
  rmSync(clusterFolder(name), { recursive: true, force: true });
}
