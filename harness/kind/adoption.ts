/**
 * A kept cluster in the hands of a run: that no other run is on it, that what killed ones left there goes first, and that gc finds what this
 * one makes there. Refuses to know which cluster a run takes.
 */
import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { ClusterSpec, ObjectRef } from '../../src/scenario/model.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import {
  type Entry,
  enter,
  enterOn,
  forget,
  leftovers,
  living,
  strikeOn,
  type UsedCluster,
} from '../journal/journal.js';
import type { KindCluster, MadeOf } from './cluster.js';
import type { Docker } from './docker.js';
import { adopted, isOn, type KeptCluster, keptCluster, markUnfit } from './kept.js';
import { removeLeftovers } from './leftovers.js';
import { isLike } from './likeness.js';
import { KIND_LABEL } from './names.js';
import type { NoteChange } from './node-change.js';
import { awaitWell, type Looking } from './node-state.js';

/** What arms put on a cluster that is the user's. */
export type ArmsEntry = Entry & { readonly cluster: UsedCluster };

interface Used {
  readonly cluster: KindCluster;
  readonly spec: ClusterSpec;
  /** The nodes before the first arm. */
  readonly state: string;
  /** An arm has run on it. */
  isUsed: boolean;
  /** What an arm left could not all be taken back. */
  isSuspect?: true;
  /** The nodes have not become as they were. */
  isOther?: true;
}

/** One of the run's own: it goes with all that is in it. */
export interface Own extends Used {
  readonly entry: Entry;
  readonly keptAs?: undefined;
}

/** The user's. */
export interface Adopted extends Used {
  entry: ArmsEntry;
  /** The name under which it is kept. */
  readonly keptAs: string;
}

/** A cluster, and what the run has done to it. */
export type Held = Own | Adopted;

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
 * Takes it for this run; `settle` answers the nodes' state once they are well. From now on it is unfit, until it has been left and looked at: nobody
 * has seen it to be as it was. Throws a {@link Failure} where another run is on it, or it is not well.
 */
export async function claim(
  kept: KeptCluster,
  settle: (cluster: KindCluster) => Promise<string>,
  looking: Looking,
): Promise<Adopted> {
  const cluster = adopted(kept);
  const { docker, label, nodes } = cluster;
  const used = { name: cluster.name, label, nodes };
  // Before anything is made there, until all of it is gone, and before it is looked who else is there.
  const entry = { ...enter({ kind: 'arms', dockerHost: docker.host, cluster: used }), cluster: used };
  try {
    const left = unusedBy(kept.name, entry);
    const wasUnfit = left.length > 0 || keptCluster(kept.name)?.unfit === true;
    markUnfit(kept.name, true);
    try {
      const objects = left.flatMap((one) => one.cluster?.objects ?? []);
      const changes = left.flatMap((one) => one.cluster?.changes ?? []);
      await removeLeftovers(docker, { ...used, objects, changes }, { signal: looking.signal });
      for (const one of left) forget(one);
      await awaitWell(cluster, looking);
      return { cluster, spec: kept.spec, entry, keptAs: kept.name, state: await settle(cluster), isUsed: false };
    } catch (error) {
      // No arm of this run has been there.
      markUnfit(kept.name, wasUnfit);
      throw error;
    }
  } catch (error) {
    forget(entry);
    throw error;
  }
}

/** How an arm writes down what it does; see the journal. */
export interface Notes {
  making(ref: ObjectRef): () => void;
  readonly changing: NoteChange;
}

/**
 * On a user's cluster: each stands in the journal before it is done, until the answer is called, which says that it was not, or was undone. One
 * of the run's own goes with all that is in it.
 */
export function notesIn(held: Held): Notes | undefined {
  if (held.keptAs === undefined) return undefined;
  return {
    making: ({ apiVersion, kind, namespace, name }) => {
      const object = { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
      held.entry = enterOn(held.entry, 'objects', object);
      return () => {
        held.entry = strikeOn(held.entry, 'objects', object);
      };
    },
    changing: (change) => {
      held.entry = enterOn(held.entry, 'changes', change);
      return () => {
        held.entry = strikeOn(held.entry, 'changes', change);
      };
    },
  };
}

/** What earlier runs left there, as the journal has it. Of two that come at once the earlier entry stays. */
function unusedBy(name: string, own: ArmsEntry): readonly Entry[] {
  const isOnCluster = isOn(own.cluster.label);
  const isThere = (entry: Entry) => entry.label !== own.label && isOnCluster(entry);
  const now = living().filter(isThere);
  const isEarlier = ({ madeAt, label }: Entry) => (madeAt === own.madeAt ? label < own.label : madeAt < own.madeAt);
  const other = now.find((entry) => entry.owner.pid !== process.pid && isEarlier(entry));
  if (!other) return [...leftovers().filter(isThere), ...now.filter(({ owner }) => owner.pid === process.pid)];
  const why = `another run is on the cluster ${name} (process ${other.owner.pid})`;
  throw new Failure(ExitCode.infraError, why, 'wait until it has ended, or run without --cluster');
}
