/**
 * The arms of one case on one cluster, one after the other, the control arm first. What an arm made is undone and the nodes are looked at:
 * where they are not as before, the next arm gets a new cluster. Owns which cluster an arm gets and what becomes of it.
 */
import type { ArmSpec } from '../../src/plan/plan.js';
import type { Testbed } from '../../src/ports/testbed.js';
import type { ClusterSpec } from '../../src/scenario/model.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { forget } from '../journal/journal.js';
import { agentProgram } from '../netns/agent-program.js';
import type { KindSettings } from '../settings/settings.js';
import { abortable, type Breathe } from './abortable.js';
import { removeAddons } from './addon-removal.js';
import { type Adopted, claim, type Held, isFitting, notesIn, type Own } from './adoption.js';
import { bystandersOf, capturedOn, mustFollow, stepsOf } from './arm-needs.js';
import { endCluster, type KindCluster, makeCluster } from './cluster.js';
import { Docker } from './docker.js';
import { withoutIpvs } from './emulated-plan.js';
import { loadImages } from './images.js';
import { type KeptCluster, keep, keptClusters, keptOf, markUnfit, mustBeKept } from './kept.js';
import { isLike, mustBeLike } from './likeness.js';
import { awaitSame, type Looking, settledState } from './node-state.js';
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
  readonly breathe?: Breathe;
  /** For the cluster's config, kubeconfig and, where it does not come up, kind's logs. */
  readonly folder: string;
  /** How often a cluster is looked at until it has settled, or is as it was; tests are in a hurry. */
  readonly pollMs?: number;
  /** For tests: in place of {@link openArm}, which needs a daemon's API. */
  readonly open?: typeof openArm;
}

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
    const { settings, seed, breathe, open = openArm } = this.options;
    const { emulateIPVS } = settings;
    const wanted = emulateIPVS ? withoutIpvs(arm.cluster) : arm.cluster;
    const held = await this.#clusterFor(wanted, (subnet) => mustFollow(arm, subnet));
    mustFollow(arm, held.cluster.subnet);
    const { nodeImage } = held.cluster.madeOf;
    const agent = await agentProgram();
    const of = { cluster: held.cluster, spec: arm.cluster, steps: stepsOf(arm), bystanders: bystandersOf(arm) };
    const common = {
      ...of,
      capturedOn: capturedOn(arm),
      nodeImage,
      agent,
      seed,
      images: this.#images,
      say: this.options.say,
    };
    const emulated = emulateIPVS && arm.cluster.kubeProxy.mode === 'ipvs';
    const leftBehind = (error: Error) => this.#suspect(held, error);
    // Also where it does not open: what it made by then is undone.
    held.isUsed = true;
    const options = { ...common, emulateIPVS: emulated, breathe, leftBehind, ...notesIn(held) };
    const bed = await abortable(breathe, (signal) => open({ ...options, signal }));
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
    const isOver = await this.#isOver();
    if (held.keptAs !== undefined) return this.#leave(held, !isOver && (passed || settings.reuse === true));
    if (settings.keep === 'always' || (settings.keep === 'on-failure' && !passed)) {
      this.#keep(held, { isUnfit: true });
      // After a failure it is kept to be looked at, with what the arm had.
      if (passed && !isOver && (await this.#isLeftWell(held))) markUnfit(held.cluster.name, false);
    } else if (settings.reuse && passed && !isOver && (await this.#isLeftWell(held))) {
      this.#keep(held, { isUnfit: false });
    } else {
      say(`removing ${held.cluster.name}`);
      await endCluster(held.cluster, held.entry);
    }
  }

  #keep({ cluster, spec, entry }: Own, { isUnfit }: { readonly isUnfit: boolean }): void {
    keep({ ...keptOf(cluster.name, cluster, spec), ...(isUnfit && { unfit: true }) });
    forget(entry);
    this.options.say(`kept: npx windtunnel cluster down ${cluster.name} removes it`);
  }

  /** Without what the arms had. */
  async #isLeftWell(held: Held): Promise<boolean> {
    const isClean = await this.#withoutAddons(held);
    return isClean && (await this.#isAtLastAsBefore(held));
  }

  /** A user's cluster, whatever came of the run. Where something stays, gc knows of it. */
  async #leave(held: Adopted, isLooked: boolean): Promise<void> {
    const isClean = (await this.#withoutAddons(held)) && !held.isSuspect;
    const isFit = isClean && isLooked && (await this.#isAtLastAsBefore(held));
    // Nobody else gets it before it says what it is like.
    markUnfit(held.keptAs, !isFit);
    if (isClean) forget(held.entry);
    else this.options.say(`something stays on ${held.cluster.name}: windtunnel gc takes away what is left`);
  }

  #isOver(): Promise<boolean> {
    const { breathe } = this.options;
    return breathe === undefined
      ? Promise.resolve(false)
      : breathe().then(
          () => false,
          () => true,
        );
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

  async #clusterFor(spec: ClusterSpec, checkSubnet: (subnet: string) => void): Promise<Held> {
    const { cluster } = this.options.settings;
    const before = this.#held;
    if (before && cluster !== undefined) return this.#again(before, spec, cluster);
    if (before && isLike(before.spec, spec) && (!before.isUsed || (await this.#awaitAsBefore(before)))) return before;
    this.#held = undefined;
    if (before) await this.#release(before);
    this.#held =
      cluster === undefined
        ? ((await this.#reused(spec, checkSubnet)) ?? (await this.#make(spec, checkSubnet)))
        : await this.#adopt(cluster, spec);
    return this.#held;
  }

  /** The next arm gets another one. */
  async #release(held: Held): Promise<void> {
    const { settings, say } = this.options;
    if (held.keptAs !== undefined) return this.#leave(held, true);
    if (settings.reuse && (await this.#isLeftWell(held))) return this.#keep(held, { isUnfit: false });
    say(`removing ${held.cluster.name}: the next arm gets a new one`);
    await endCluster(held.cluster, held.entry);
  }

  /** The first that fits, lies where it may, is well and is nobody else's now. */
  async #reused(spec: ClusterSpec, checkSubnet: (subnet: string) => void): Promise<Held | undefined> {
    const { settings, say } = this.options;
    if (!settings.reuse) return undefined;
    const { kubeadmConfigPatches } = settings;
    const madeOf = { nodeImage: this.#images.node(spec.kubernetes ?? ''), kubeadmConfigPatches };
    for (const kept of keptClusters()) {
      if (!(await isFitting(kept, this.#docker, spec, madeOf))) continue;
      try {
        checkSubnet(kept.subnet);
        const held = await this.#claim(kept);
        say(`reusing ${kept.name}`);
        return held;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        say(`${kept.name} is not reused: ${error.message}`);
      }
    }
    return undefined;
  }

  /** The user's for one arm more: there is no other. */
  async #again(held: Held, spec: ClusterSpec, name: string): Promise<Held> {
    mustBeLike(held.spec, spec, name);
    if (held.isUsed && !(await this.#awaitAsBefore(held)))
      throw new Failure(ExitCode.infraError, `${name} has not become as it was before the first arm`);
    return held;
  }

  async #make(spec: ClusterSpec, checkSubnet: (subnet: string) => void): Promise<Held> {
    const { settings, say, breathe, folder } = this.options;
    const nodeImage = this.#images.node(spec.kubernetes ?? '');
    const demands = { mode: spec.kubeProxy.mode, nodeImage };
    await abortable(breathe, (signal) => checkMachine(this.#docker, demands, signal));
    const plan = { spec, docker: this.#docker, nodeImage, ...settings, ...settings.bringUp, folder, say, checkSubnet };
    const { cluster, entry } = await abortable(breathe, (signal) => makeCluster({ ...plan, signal }));
    try {
      const state = await abortable(breathe, (signal) => this.#settled(cluster, spec, signal));
      return { cluster, spec, entry, state, isUsed: false };
    } catch (error) {
      await endCluster(cluster, entry).catch(() => {});
      throw error;
    }
  }

  #settled(cluster: KindCluster, spec: ClusterSpec, signal: AbortSignal): Promise<string> {
    return settledState(cluster, spec, this.#looking(signal));
  }

  #looking(signal: AbortSignal): Looking {
    const { say, pollMs } = this.options;
    return { say, signal, ...(pollMs !== undefined && { pollMs }) };
  }

  /** What an arm left could not all be taken back: the arm's own end is what counts, and no other arm gets this cluster. */
  #suspect(held: Held, error: Error): void {
    this.options.say(`clean-up on ${held.cluster.name}: ${error.message}`);
    held.isSuspect = true;
  }

  /** With no arm to follow: where the run is over nobody waits, nor knows. */
  #isAtLastAsBefore(held: Held): Promise<boolean> {
    return this.#awaitAsBefore(held).catch(() => false);
  }

  /** Given up where the run is over. */
  #awaitAsBefore(held: Held): Promise<boolean> {
    return abortable(this.options.breathe, (signal) => this.#isAsBefore(held, signal));
  }

  /** Asked again where it was not, it says so at once. Never throws but for the signal. */
  async #isAsBefore(held: Held, signal: AbortSignal): Promise<boolean> {
    if (held.isSuspect || held.isOther) return false;
    const { say } = this.options;
    const { cluster, state } = held;
    say('the nodes become as they were');
    const other = await awaitSame(cluster, state, this.#looking(signal));
    if (other === undefined) return true;
    say(`${cluster.name} has not become as it was: ${other}`);
    held.isOther = true;
    return false;
  }

  /** A cluster of the user's: as it is, but for what killed runs left there, and never removed. */
  async #adopt(name: string, spec: ClusterSpec): Promise<Held> {
    const kept = mustBeKept(name);
    mustBeLike(kept.spec, spec, name);
    return this.#claim(kept);
  }

  #claim(kept: KeptCluster): Promise<Held> {
    return abortable(this.options.breathe, (signal) =>
      claim(kept, (cluster) => this.#settled(cluster, kept.spec, signal), this.#looking(signal)),
    );
  }
}

const EMULATED =
  'emulated: kube-proxy runs in mode iptables, and what mode ipvs would bind to kube-ipvs0 is bound by hand; there are no virtual servers';
