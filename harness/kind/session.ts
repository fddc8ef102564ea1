/**
 * The arms of one case on one cluster, one after the other, the control arm first. What an arm made is undone and the nodes are looked at:
 * where they are not as before, the next arm gets a new cluster. Owns which cluster an arm gets and what becomes of it.
 */
import type { ArmSpec } from '../../src/plan/plan.js';
import type { Testbed } from '../../src/ports/testbed.js';
import type { ClusterSpec, ObjectRef } from '../../src/scenario/model.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { type Entry, enter, enterObject, forget, leftovers, living } from '../journal/journal.js';
import { agentProgram } from '../netns/agent-program.js';
import type { KindSettings } from '../settings/settings.js';
import { removeAddons } from './addon-removal.js';
import { bystandersOf, mustFollow, stepsOf } from './arm-needs.js';
import { endCluster, type KindCluster, makeCluster } from './cluster.js';
import { Docker } from './docker.js';
import { withoutIpvs } from './emulated-plan.js';
import { loadImages } from './images.js';
import { adopted, keep, keptCluster, keptClusters, keptOf } from './kept.js';
import { removeLeftovers } from './leftovers.js';
import { differences, lastingPart, mustBeLike } from './likeness.js';
import { awaitSame, awaitWell, settledState } from './node-state.js';
import { checkMachine } from './preflight.js';
import { openArm } from './testbed.js';

export interface KindRun extends KindSettings {
  /** A cluster that the user keeps, instead of one of the run's own. */
  readonly cluster?: string;
  /** A kept one that is as the arm wants it, or else a new one, which is kept where it is left as it was. */
  readonly reuse?: true;
}

export interface SessionOptions {
  readonly settings: KindRun;
  readonly seed: string;
  /** Progress, a line each. */
  readonly say: (text: string) => void;
  readonly breathe?: (() => Promise<void>) | undefined;
  /** For the cluster's config, kubeconfig and, where it does not come up, kind's logs. */
  readonly folder: string;
  /** How often a new cluster is looked at until it has settled; tests are in a hurry. */
  readonly pollMs?: number;
}

interface Held {
  readonly cluster: KindCluster;
  readonly spec: ClusterSpec;
  readonly key: string;
  /** Of the cluster, or of what the arms put on the user's. */
  entry: Entry;
  readonly isOfUser: boolean;
  /** The nodes before the first arm. */
  readonly state: string;
  /** An arm has run on it. */
  isUsed: boolean;
  isSuspect?: true;
}

const LOOK_EVERY_MS = 200;

const dockerHost = () => process.env.DOCKER_HOST ?? '';

export class KindSession {
  readonly #docker = new Docker(dockerHost());
  readonly #images;
  #held: Held | undefined;

  constructor(readonly options: SessionOptions) {
    this.#images = loadImages(options.settings.imageMap);
  }

  /** Throws a {@link Failure} where the cluster cannot be had. */
  async bringUp(arm: ArmSpec): Promise<Testbed> {
    const { settings, seed, breathe } = this.options;
    const { emulateIPVS } = settings;
    const wanted = emulateIPVS ? withoutIpvs(arm.cluster) : arm.cluster;
    const held = await this.#clusterFor(wanted);
    mustFollow(arm, held.cluster.subnet);
    const nodeImage = this.#images.node(wanted.kubernetes ?? '');
    const agent = await agentProgram();
    const of = { cluster: held.cluster, spec: arm.cluster, steps: stepsOf(arm), bystanders: bystandersOf(arm) };
    const common = { ...of, nodeImage, agent, seed, images: this.#images, say: this.options.say };
    const emulated = emulateIPVS && arm.cluster.kubeProxy.mode === 'ipvs';
    const leftBehind = (error: Error) => this.#suspect(held, error);
    // Also where it does not open: what it made by then is undone.
    held.isUsed = true;
    const options = { ...common, emulateIPVS: emulated, breathe, leftBehind, making: noteIn(held) };
    const bed = await abortable(breathe, (signal) => openArm({ ...options, signal }));
    const close = () => bed.close().catch(leftBehind);
    const notes = [...held.cluster.notes, ...(emulated ? [EMULATED] : []), ...(bed.notes ?? [])];
    return { ...bed, notes, close };
  }

  /** After the last arm; `passed` decides with `keep on-failure`. What stays is left as it was found, as far as it becomes so. */
  async close(passed: boolean): Promise<void> {
    const { settings, say } = this.options;
    const held = this.#held;
    this.#held = undefined;
    if (!held) return;
    const { cluster, entry, spec, isOfUser } = held;
    if (isOfUser) return this.#leave(held, passed);
    const isWanted = settings.keep === 'always' || (settings.keep === 'on-failure' && !passed);
    // After a failure it is kept to be looked at, with what the arm had.
    const isWell = passed && (isWanted || settings.reuse === true) && (await this.#isLeftWell(held));
    if (!isWanted && !isWell) {
      say(`removing ${cluster.name}`);
      return endCluster(cluster, entry);
    }
    keep(keptOf(cluster.name, cluster, spec));
    forget(entry);
    say(`kept: npx windtunnel cluster down ${cluster.name} removes it`);
  }

  /** Without what the arms had. */
  async #isLeftWell(held: Held): Promise<boolean> {
    const isClean = await this.#withoutAddons(held);
    const isWell = (await this.#isAsBefore(held)) && isClean;
    if (!isWell) this.options.say(`${held.cluster.name} is not as it was before`);
    return isWell;
  }

  /** A user's cluster, whatever came of the run. Where something stays, gc knows of it. */
  async #leave(held: Held, passed: boolean): Promise<void> {
    const { say } = this.options;
    const { cluster, entry } = held;
    const isClean = await this.#withoutAddons(held);
    if (isClean && !held.isSuspect) forget(entry);
    else say(`something stays on ${cluster.name}: windtunnel gc takes away what is left`);
    if (passed && !(await this.#isAsBefore(held))) say(`${cluster.name} is not as it was before`);
  }

  /** Never throws: the verdict is what counts. */
  async #withoutAddons({ cluster }: Held): Promise<boolean> {
    return removeAddons(cluster).then(
      () => true,
      (error: Error) => {
        this.options.say(`clean-up on ${cluster.name}: ${error.message}`);
        return false;
      },
    );
  }

  async #clusterFor(spec: ClusterSpec): Promise<Held> {
    const key = JSON.stringify(lastingPart(spec));
    const { settings, say } = this.options;
    const before = this.#held;
    if (before?.isOfUser && !(settings.reuse && differences(before.spec, spec).length > 0))
      return this.#again(before, spec);
    if (before?.key === key && (!before.isUsed || (await this.#awaitAsBefore(before)))) return before;
    this.#held = undefined;
    if (before?.isOfUser) await this.#leave(before, true);
    else if (before) {
      say(`removing ${before.cluster.name}: the next arm gets a new one`);
      await endCluster(before.cluster, before.entry);
    }
    const kept = await (settings.cluster === undefined ? this.#reused(spec) : this.#adopt(settings.cluster, spec));
    this.#held = kept ?? (await this.#make(spec, key));
    return this.#held;
  }

  /** The first that fits, is well and is nobody else's now. */
  async #reused(spec: ClusterSpec): Promise<Held | undefined> {
    const { settings, say } = this.options;
    if (!settings.reuse) return undefined;
    for (const { name, dockerHost: host, spec: of } of keptClusters()) {
      if (host !== dockerHost() || of.subnet !== spec.subnet || differences(of, spec).length > 0) continue;
      try {
        const held = await this.#adopt(name, spec);
        say(`reusing ${name}`);
        return held;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        say(`${name} is not reused: ${error.message}`);
      }
    }
    return undefined;
  }

  /** The user's for one arm more: there is no other. */
  async #again(held: Held, spec: ClusterSpec): Promise<Held> {
    const { name } = held.cluster;
    const { cluster = name } = this.options.settings;
    mustBeLike(held.spec, spec, cluster);
    if (held.isUsed && !(await this.#awaitAsBefore(held)))
      throw new Failure(ExitCode.infraError, `${cluster} has not become as it was before the first arm`);
    return held;
  }

  async #make(spec: ClusterSpec, key: string): Promise<Held> {
    const { settings, say, breathe, folder } = this.options;
    const nodeImage = this.#images.node(spec.kubernetes ?? '');
    await checkMachine(this.#docker, { mode: spec.kubeProxy.mode, nodeImage });
    const plan = { spec, docker: this.#docker, nodeImage, ...settings, ...settings.bringUp, folder, say };
    const { cluster, entry } = await abortable(breathe, (signal) => makeCluster({ ...plan, signal }));
    try {
      const state = await abortable(breathe, (signal) => this.#settled(cluster, spec, signal));
      return { cluster, spec, key, entry, isOfUser: false, state, isUsed: false };
    } catch (error) {
      await endCluster(cluster, entry).catch(() => {});
      throw error;
    }
  }

  #settled(cluster: KindCluster, spec: ClusterSpec, signal: AbortSignal): Promise<string> {
    const { say, pollMs } = this.options;
    return settledState(cluster, spec, { say, signal, ...(pollMs !== undefined && { pollMs }) });
  }

  /** What an arm left could not all be taken back: the arm's own end is what counts, and no other arm gets this cluster. */
  #suspect(held: Held, error: Error): void {
    this.options.say(`clean-up on ${held.cluster.name}: ${error.message}`);
    held.isSuspect = true;
  }

  /** Given up where the run is over. */
  #awaitAsBefore(held: Held): Promise<boolean> {
    return abortable(this.options.breathe, (signal) => this.#isAsBefore(held, signal));
  }

  async #isAsBefore({ cluster, state, isSuspect }: Held, signal?: AbortSignal): Promise<boolean> {
    if (isSuspect) return false;
    const { say } = this.options;
    say('the nodes become as they were');
    const other = await awaitSame(cluster, state, signal);
    if (other !== undefined) say(`${cluster.name} has not become as it was: ${other}`);
    return other === undefined;
  }

  /** A cluster of the user's: as it is, but for what killed runs left there, and never removed. */
  async #adopt(name: string, spec: ClusterSpec): Promise<Held> {
    const kept = keptCluster(name);
    if (!kept) throw new Failure(ExitCode.infraError, `no cluster ${name} is kept`, 'windtunnel cluster list');
    mustBeLike(kept.spec, spec, name);
    const cluster = adopted(kept);
    const { docker, label, nodes } = cluster;
    const left = unusedBy(name, label);
    const used = { name: cluster.name, label, nodes };
    // Before anything is made there, and until all of it is gone.
    const entry = enter({ kind: 'arms', dockerHost: docker.host, cluster: used });
    try {
      return await abortable(this.options.breathe, async (signal) => {
        const objects = left.flatMap((one) => one.cluster?.objects ?? []);
        await removeLeftovers(docker, { ...used, objects }, { signal });
        for (const one of left) forget(one);
        await awaitWell(cluster, signal);
        const state = await this.#settled(cluster, kept.spec, signal);
        return { cluster, spec: kept.spec, key: '', entry, isOfUser: true, state, isUsed: false };
      });
    } catch (error) {
      forget(entry);
      throw error;
    }
  }
}

/** What is made on a user's cluster is in the journal before; one of the run's own goes with all that is in it. */
function noteIn(held: Held): ((ref: ObjectRef) => void) | undefined {
  if (!held.isOfUser) return undefined;
  return ({ apiVersion, kind, namespace, name }) => {
    const object = { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
    const { entry } = held;
    if (entry.cluster) held.entry = enterObject({ ...entry, cluster: entry.cluster }, object);
  };
}

/** What earlier runs left there, as the journal has it. Throws a {@link Failure} where another run is on it now. */
function unusedBy(name: string, label: string): readonly Entry[] {
  const isThere = ({ kind, cluster }: Entry) => kind === 'arms' && cluster?.label === label;
  const now = living().filter(isThere);
  const other = now.find(({ owner }) => owner.pid !== process.pid);
  if (!other) return [...leftovers().filter(isThere), ...now];
  const why = `another run is on the cluster ${name} (process ${other.owner.pid})`;
  throw new Failure(ExitCode.infraError, why, 'wait until it has ended, or run without --cluster');
}

/** Lets work see that the run is over; that is what it rejects with then, whatever the work makes of it. */
async function abortable<T>(breathe: SessionOptions['breathe'], work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  const look = () => breathe?.().catch((error: unknown) => controller.abort(error));
  const timer = setInterval(look, LOOK_EVERY_MS);
  try {
    return await work(signal);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    clearInterval(timer);
  }
}

const EMULATED =
  'emulated: kube-proxy runs in mode iptables, and what mode ipvs would bind to kube-ipvs0 is bound by hand; there are no virtual servers';
