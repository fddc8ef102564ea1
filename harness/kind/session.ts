/**
 * The arms of one case on one cluster, one after the other, the control arm first. What an arm made is undone and the nodes are looked at:
 * where they are not as before, the next arm gets a new cluster. Owns which cluster an arm gets and what becomes of it.
 */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ArmSpec } from '../../src/plan/plan.js';
import type { Testbed } from '../../src/ports/testbed.js';
import type { ClusterSpec } from '../../src/scenario/model.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { cacheFolder, type Entry, forget } from '../journal/journal.js';
import { agentProgram } from '../netns/agent-program.js';
import type { KindSettings } from '../settings/settings.js';
import { endCluster, type KindCluster, makeCluster } from './cluster.js';
import { Docker } from './docker.js';
import { withoutIpvs } from './emulated-plan.js';
import { loadImages } from './images.js';
import { adopted, keep, keptCluster, keptOf } from './kept.js';
import { awaitSame, awaitWell, nodeState } from './node-state.js';
import { checkMachine } from './preflight.js';
import { openArm } from './testbed.js';

export interface KindRun extends KindSettings {
  /** A cluster that the user keeps, instead of one of the run's own. */
  readonly cluster?: string;
}

export interface SessionOptions {
  readonly settings: KindRun;
  readonly seed: string;
  /** Progress, a line each. */
  readonly say: (text: string) => void;
  readonly breathe?: (() => Promise<void>) | undefined;
}

interface Held {
  readonly cluster: KindCluster;
  readonly spec: ClusterSpec;
  readonly key: string;
  /** Undefined where the cluster is the user's. */
  readonly entry: Entry | undefined;
  /** The nodes before the first arm. */
  readonly state: string;
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
    const { settings, seed, breathe, say } = this.options;
    const { emulateIPVS } = settings;
    const wanted = emulateIPVS ? withoutIpvs(arm.cluster) : arm.cluster;
    const held = await this.#clusterFor(wanted);
    const nodeImage = this.#images.node(wanted.kubernetes ?? '');
    const agent = await agentProgram();
    const common = { cluster: held.cluster, spec: arm.cluster, nodeImage, agent, seed };
    const emulated = emulateIPVS && arm.cluster.kubeProxy.mode === 'ipvs';
    const bed = await openArm({ ...common, emulateIPVS: emulated, breathe });
    const close = async () => {
      await bed.close();
      say('undone; nodes become as they were');
      await this.#settle(held);
    };
    return { ...bed, notes: [...held.cluster.notes, ...(emulated ? [EMULATED] : [])], close };
  }

  /** After the last arm; `passed` decides with `keep on-failure`. */
  async close(passed: boolean): Promise<void> {
    const { settings, say } = this.options;
    const held = this.#held;
    this.#held = undefined;
    if (!held?.entry) return;
    if (settings.keep === 'always' || (settings.keep === 'on-failure' && !passed)) {
      const { name } = held.cluster;
      keep(keptOf(name, held.cluster, held.spec));
      forget(held.entry);
      say(`kept ${name}: windtunnel cluster list; windtunnel cluster down ${name}`);
      return;
    }
    say(`removing ${held.cluster.name}`);
    await endCluster(held.cluster, held.entry);
  }

  async #clusterFor(spec: ClusterSpec): Promise<Held> {
    const key = JSON.stringify({ ...spec, name: '' });
    if (this.#held?.key === key) return this.#held;
    if (this.#held) await endCluster(this.#held.cluster, this.#held.entry);
    this.#held = undefined;
    const { settings, say } = this.options;
    if (settings.cluster !== undefined) return this.#adopt(settings.cluster, spec, key);
    const nodeImage = this.#images.node(spec.kubernetes ?? '');
    await checkMachine(this.#docker, { mode: spec.kubeProxy.mode, nodeImage });
    const folder = join(cacheFolder(), 'kind');
    const plan = { spec, docker: this.#docker, nodeImage, ...settings, ...settings.bringUp, folder, say };
    const { cluster, entry } = await abortable(this.options.breathe, (signal) => makeCluster({ ...plan, signal }));
    const state = await nodeState(cluster);
    this.#held = { cluster, spec, key, entry, state };
    return this.#held;
  }

  /** A cluster of the user's: as it is, and never removed. */
  async #adopt(name: string, spec: ClusterSpec, key: string): Promise<Held> {
    const kept = keptCluster(name);
    if (!kept) throw new Failure(ExitCode.infraError, `no cluster ${name} is kept`, 'windtunnel cluster list');
    const other = differences(kept.spec, spec);
    if (other.length > 0)
      throw new Failure(
        ExitCode.infraError,
        `the cluster ${name} has another ${other.join(', ')} than this arm`,
        'run without --cluster',
      );
    const cluster = adopted(kept);
    await awaitWell(cluster);
    this.#held = { cluster, spec, key, entry: undefined, state: await nodeState(cluster) };
    return this.#held;
  }

  /** A cluster that does not become as it was serves no further arm. */
  async #settle(held: Held): Promise<void> {
    if (this.#held !== held || (await awaitSame(held.cluster, held.state))) return;
    if (!held.entry) throw new Error(`${held.cluster.name} is not as before, and is not this run's to make anew`);
    this.options.say(`${held.cluster.name} is not as before: the next arm gets a new one`);
    this.#held = undefined;
    await endCluster(held.cluster, held.entry);
  }
}

/** Lets work see that the run is over. */
async function abortable<T>(breathe: SessionOptions['breathe'], work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const look = () => breathe?.().catch((error: unknown) => controller.abort(error));
  const timer = setInterval(look, LOOK_EVERY_MS);
  try {
    return await work(controller.signal);
  } finally {
    clearInterval(timer);
  }
}

const EMULATED =
  'emulated: kube-proxy runs in mode iptables, and what mode ipvs would bind to kube-ipvs0 is bound by hand; there are no virtual servers';

/** What of the cluster file the arm wants otherwise. Addresses are the cluster's own. */
function differences(kept: ClusterSpec, wanted: ClusterSpec): readonly string[] {
  const nodesOf = ({ nodes }: ClusterSpec) => nodes.map(({ name, role }) => ({ name, role }));
  const parts = ['kubernetes', 'kubeProxy', 'apiServer', 'cni', 'timing', 'podSubnet', 'serviceSubnet'] as const;
  const other = parts.filter((part) => !isDeepStrictEqual(kept[part], wanted[part]));
  return isDeepStrictEqual(nodesOf(kept), nodesOf(wanted)) ? other : [...other, 'nodes'];
}
