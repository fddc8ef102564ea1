/**
 * A kept cluster in the hands of a run: that no other run is on it, that what killed ones left there goes first, and that gc finds what this
 * one makes there. Refuses to know which cluster a run takes.
 */
import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { ClusterSpec, ObjectRef } from '../../src/scenario/model.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { type Entry, enter, enterObject, forget, leftovers, living } from '../journal/journal.js';
import type { KindCluster, MadeOf } from './cluster.js';
import type { Docker } from './docker.js';
import { adopted, type KeptCluster } from './kept.js';
import { removeLeftovers } from './leftovers.js';
import { isLike } from './likeness.js';
import { KIND_LABEL } from './names.js';
import { awaitWell } from './node-state.js';

/** A cluster, and what the run has done to it. */
export interface Held {
  readonly cluster: KindCluster;
  readonly spec: ClusterSpec;
  /** Of the cluster, or of what the arms put on the user's. */
  entry: Entry;
  /** The name under which it is kept for the user; undefined for one of the run's own. */
  readonly keptAs?: string;
  /** The nodes before the first arm. */
  readonly state: string;
  /** An arm has run on it. */
  isUsed: boolean;
  /** What an arm left could not all be taken back. */
  isSuspect?: true;
  /** The nodes have not become as they were. */
  isOther?: true;
}

/** Whether a run that wants such a cluster may take it unasked. */
export async function isFitting(
  kept: KeptCluster,
  docker: Docker,
  spec: ClusterSpec,
  madeOf: MadeOf,
): Promise<boolean> {
  const { dockerHost, unfit, nodes, kindName, kubeconfig } = kept;
  if (unfit || dockerHost !== docker.host || !isDeepStrictEqual(kept.madeOf, madeOf)) return false;
  if (!isLike(kept.spec, spec) || !existsSync(kubeconfig)) return false;
  const running = await docker.lines(['ps', '--quiet', '--filter', `label=${KIND_LABEL}=${kindName}`]);
  return running.length === nodes.length;
}

/**
 * Takes it for this run; `settle` answers the nodes' state once they are well. Throws a {@link Failure} where another run is on it, or it is not
 * well.
 */
export async function claim(
  kept: KeptCluster,
  settle: (cluster: KindCluster) => Promise<string>,
  signal: AbortSignal,
): Promise<Held> {
  const cluster = adopted(kept);
  const { docker, label, nodes } = cluster;
  const used = { name: cluster.name, label, nodes };
  // Before anything is made there, until all of it is gone, and before it is looked who else is there.
  const entry = enter({ kind: 'arms', dockerHost: docker.host, cluster: used });
  try {
    const left = unusedBy(kept.name, entry);
    const objects = left.flatMap((one) => one.cluster?.objects ?? []);
    await removeLeftovers(docker, { ...used, objects }, { signal });
    for (const one of left) forget(one);
    await awaitWell(cluster, signal);
    return { cluster, spec: kept.spec, entry, keptAs: kept.name, state: await settle(cluster), isUsed: false };
  } catch (error) {
    forget(entry);
    throw error;
  }
}

/** What is made on a user's cluster is in the journal before; one of the run's own goes with all that is in it. */
export function noteIn(held: Held): ((ref: ObjectRef) => void) | undefined {
  if (held.keptAs === undefined) return undefined;
  return ({ apiVersion, kind, namespace, name }) => {
    const object = { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
    const { entry } = held;
    if (entry.cluster) held.entry = enterObject({ ...entry, cluster: entry.cluster }, object);
  };
}

/** What earlier runs left there, as the journal has it. Of two that come at once the earlier entry stays. */
function unusedBy(name: string, own: Entry): readonly Entry[] {
  const isThere = ({ kind, label, cluster }: Entry) =>
    kind === 'arms' && label !== own.label && cluster?.label === own.cluster?.label;
  const now = living().filter(isThere);
  const isEarlier = ({ madeAt, label }: Entry) => (madeAt === own.madeAt ? label < own.label : madeAt < own.madeAt);
  const other = now.find((entry) => entry.owner.pid !== process.pid && isEarlier(entry));
  if (!other) return [...leftovers().filter(isThere), ...now.filter(({ owner }) => owner.pid === process.pid)];
  const why = `another run is on the cluster ${name} (process ${other.owner.pid})`;
  throw new Failure(ExitCode.infraError, why, 'wait until it has ended, or run without --cluster');
}
