/**
 * The arms of one case on one cluster, one after the other, the control arm first. What an arm made is undone and the nodes are looked at:
 * where they are not as before, the next arm gets a new cluster. Owns which cluster an arm gets and what becomes of it.
 */
import { isDeepStrictEqual } from 'node:util';
import { contains, parseIpv4, prefix } from '../../src/base/ip.js';
import type { ArmSpec } from '../../src/plan/plan.js';
import type { Testbed } from '../../src/ports/testbed.js';
import type { ClusterSpec } from '../../src/scenario/model.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { type Entry, forget } from '../journal/journal.js';
import { agentProgram } from '../netns/agent-program.js';
import type { KindSettings } from '../settings/settings.js';
import { removeAddons } from './addons.js';
import type { Bystander } from './bystander.js';
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
  /** For the cluster's config, kubeconfig and, where it does not come up, kind's logs. */
  readonly folder: string;
}

interface Held {
  readonly cluster: KindCluster;
  readonly spec: ClusterSpec;
  readonly key: string;
  /** Undefined where the cluster is the user's. */
  readonly entry: Entry | undefined;
  /** The nodes before the first arm. */
  readonly state: string;
  /** An arm has run on it. */
  isUsed: boolean;
  /** An arm has brought add-ons, of which some stay from arm to arm. */
  hasAddons?: boolean;
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
    const { steps } = arm;
    const of = { cluster: held.cluster, spec: arm.cluster, steps, bystanders: bystandersOf(arm) };
    held.hasAddons ||= Object.keys(arm.cluster.addons).length > 0;
    const common = { ...of, nodeImage, agent, seed, images: this.#images, say: this.options.say };
    const emulated = emulateIPVS && arm.cluster.kubeProxy.mode === 'ipvs';
    const bed = await openArm({ ...common, emulateIPVS: emulated, breathe });
    held.isUsed = true;
    const close = () => bed.close().catch((error: Error) => this.#suspect(held, error));
    const notes = [...held.cluster.notes, ...(emulated ? [EMULATED] : []), ...(bed.notes ?? [])];
    return { ...bed, notes, close };
  }

  /** After the last arm; `passed` decides with `keep on-failure`. What stays is left as it was found, as far as it becomes so. */
  async close(passed: boolean): Promise<void> {
    const { settings, say } = this.options;
    const held = this.#held;
    this.#held = undefined;
    if (!held) return;
    const { cluster, entry, spec } = held;
    const stays = !entry || settings.keep === 'always' || (settings.keep === 'on-failure' && !passed);
    if (!stays) {
      say(`removing ${cluster.name}`);
      return endCluster(cluster, entry);
    }
    if (entry) {
      keep(keptOf(cluster.name, cluster, spec));
      forget(entry);
      say(`kept: npx windtunnel cluster down ${cluster.name} removes it`);
    }
    if (!passed) return;
    if (held.hasAddons) await removeAddons(cluster);
    if (!(await this.#isAsBefore(held))) say(`${cluster.name} is not as it was before`);
  }

  async #clusterFor(spec: ClusterSpec): Promise<Held> {
    const key = JSON.stringify(ofCluster(spec));
    const { settings, say } = this.options;
    const before = this.#held;
    if (before?.key === key && (!before.isUsed || (await this.#isAsBefore(before)))) return before;
    this.#held = undefined;
    if (before?.entry) {
      say(`removing ${before.cluster.name}: the next arm gets a new one`);
      await endCluster(before.cluster, before.entry);
    } else if (before?.key === key)
      throw new Failure(ExitCode.infraError, `${settings.cluster} has not become as it was before the first arm`);
    this.#held = await (settings.cluster === undefined
      ? this.#make(spec, key)
      : this.#adopt(settings.cluster, spec, key));
    return this.#held;
  }

  async #make(spec: ClusterSpec, key: string): Promise<Held> {
    const { settings, say, breathe, folder } = this.options;
    const nodeImage = this.#images.node(spec.kubernetes ?? '');
    await checkMachine(this.#docker, { mode: spec.kubeProxy.mode, nodeImage });
    const plan = { spec, docker: this.#docker, nodeImage, ...settings, ...settings.bringUp, folder, say };
    const { cluster, entry } = await abortable(breathe, (signal) => makeCluster({ ...plan, signal }));
    try {
      return { cluster, spec, key, entry, state: await nodeState(cluster), isUsed: false };
    } catch (error) {
      await endCluster(cluster, entry).catch(() => {});
      throw error;
    }
  }

  /** What an arm left could not all be taken back: the arm's own end is what counts, and no other arm gets this cluster. */
  #suspect(held: Held, error: Error): void {
    this.options.say(`clean-up on ${held.cluster.name}: ${error.message}`);
    held.isSuspect = true;
  }

  async #isAsBefore({ cluster, state, isSuspect }: Held): Promise<boolean> {
    if (isSuspect) return false;
    this.options.say('the nodes become as they were');
    return awaitSame(cluster, state);
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
    await removeAddons(cluster);
    await awaitWell(cluster);
    return { cluster, spec, key, entry: undefined, state: await nodeState(cluster), isUsed: false };
  }
}

/** What a cluster has for good; add-ons, schedulers and links are each arm's own. */
function ofCluster(spec: ClusterSpec): ClusterSpec {
  const nodes = spec.nodes.map((node) => ({ ...node, linkRateBps: 0 }));
  return { ...spec, name: '', nodes, addons: {}, schedulers: [] };
}

/** `${nodes.X.ip}` follows the subnet that the cluster got; an address that is written out does not. */
function mustFollow({ cluster, steps, probes }: ArmSpec, got: string): void {
  if (got === cluster.subnet) return;
  const subnet = prefix(cluster.subnet);
  const written = JSON.stringify([steps, probes]).match(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g) ?? [];
  const lost = [...new Set(written)].filter((text) => contains(subnet, parseIpv4(text) ?? 0));
  if (lost.length === 0) return;
  const why = `the scenario names ${lost.join(', ')}, and ${cluster.subnet} is taken here: the cluster has ${got}`;
  throw new Failure(
    ExitCode.infraError,
    why,
    'docker network ls shows who has it; or give the cluster file another network.subnet',
  );
}

/** `outside` keeps time and answers ARP for all; `gateway` stands in the network of the daemon's machine, and only where it is asked. */
function bystandersOf({ probes, steps }: ArmSpec): readonly Bystander['name'][] {
  const used = steps.flatMap(({ action }) => {
    if (action?.kind === 'capture') return action.on;
    return action?.kind === 'traffic' ? [action.flow.from, action.flow.to] : [];
  });
  const places = [...probes.map(({ from }) => from), ...used];
  return places.some(({ kind }) => kind === 'gateway') ? ['outside', 'gateway'] : ['outside'];
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
