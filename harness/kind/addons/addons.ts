/**
 * The add-ons of a cluster file on a real cluster, for one arm: node-exporter stays from arm to arm, Prometheus comes with the arm
 * and goes with it, so that no arm finds another's samples. All is marked with the cluster's label: what lacks it is the user's, and is
 * neither changed nor taken away. What stays is taken away by addon-removal.ts.
 */
import { SECOND } from '../../../src/base/instant.js';
import { type Addon, type WantedAddons, wantedAddons } from '../../../src/plan/addons.js';
import { refOf } from '../../../src/plan/objects.js';
import type { ClusterSpec, KubeObject } from '../../../src/scenario/model.js';
import { ExitCode } from '../../../src/verdict/merge.js';
import { Ends } from '../../ends/ends.js';
import { Failure } from '../../failure.js';
import type { Requester } from '../api-request.js';
import { awaitThat, type Waiting } from '../await-that.js';
import type { KindCluster } from '../cluster.js';
import { KindControlPlane } from '../control-plane.js';
import type { Images } from '../images.js';
import { LABEL, NAME_LABEL } from '../names.js';
import { ensureOnNodes } from '../node-images.js';
import { orTakeAway } from '../or-take-away.js';
import { isReady, podsOf, stateOf, unreadyOn } from '../pod-state.js';
import { countersAtRest, targetsDown } from './addon-check.js';
import { addonObjects, NAMESPACE } from './addon-manifests.js';
import { KindMetrics } from './metrics.js';

export interface AddonsPlan {
  readonly spec: Pick<ClusterSpec, 'name' | 'addons'>;
  readonly cluster: Pick<KindCluster, 'docker' | 'nodes' | 'label'>;
  readonly request: Requester;
  readonly images: Pick<Images, 'of'>;
  /** Progress, a line each. */
  readonly say: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface Addons {
  /** Absent where the cluster file has no Prometheus. */
  readonly metrics?: KindMetrics;
  readonly notes: readonly string[];
  /** The arm is over: Prometheus goes, with its Service and what it holds. */
  close(): Promise<void>;
}

/** Bounds for slow machines: the usual is three seconds. */
const READY_MAX_MS = 180_000;
/** More where the kubelet has to pull. */
const PULL_MAX_MS = 300_000;
const GONE_MAX_MS = 120_000;
/** Beyond two scrapes: Prometheus finds its targets only after some seconds. */
const SCRAPED_MAX_MS = 90_000;

/** What goes with the arm. A Service too: where kube-proxy runs in mode ipvs, every node has its address. */
const OF_THE_ARM = ['Service', 'Deployment'];

/** Throws a {@link Failure} where what was deployed is not seen to work; then what goes with the arm is taken away again. */
export async function deployAddons(plan: AddonsPlan): Promise<Addons> {
  const wanted = wantedAddons(plan.spec.addons);
  if (!wanted.nodeExporter && wanted.scrapeInterval === undefined) return { notes: [], close: async () => {} };
  const ends = new Ends();
  const made = await orTakeAway(ends, plan.say, () => new Deploying(plan, wanted, ends).run());
  return { ...made, close: () => ends.run() };
}

class Deploying {
  readonly #controlPlane: KindControlPlane;
  readonly #nodes: readonly string[];
  readonly #notes: string[] = [];
  #readyMaxMs = READY_MAX_MS;

  constructor(
    readonly plan: AddonsPlan,
    readonly wanted: WantedAddons,
    readonly ends: Ends,
  ) {
    // Of its own: what an arm's port made is deleted when the arm is undone.
    this.#controlPlane = new KindControlPlane(plan.request);
    this.#nodes = plan.cluster.nodes.map(({ container }) => container);
  }

  async run(): Promise<Omit<Addons, 'close'>> {
    const { wanted, plan } = this;
    const hasPrometheus = wanted.scrapeInterval !== undefined;
    const controlPlanes = plan.cluster.nodes.filter(({ role }) => role === 'control-plane');
    await this.#clear();
    if (wanted.nodeExporter) await this.#load('nodeExporter', this.#nodes);
    if (hasPrometheus)
      await this.#load(
        'prometheus',
        controlPlanes.map(({ container }) => container),
      );
    const startedAt = Date.now();
    if (wanted.nodeExporter) await this.#deploy('node-exporter');
    if (hasPrometheus) {
      this.ends.add(() => this.#closeArm());
      await this.#deploy('prometheus');
    }
    if (wanted.nodeExporter) await this.#awaitNodeExporter();
    const metrics = hasPrometheus ? await this.#awaitPrometheus() : undefined;
    if (metrics && wanted.nodeExporter) await this.#check(metrics);
    const names = [...(wanted.nodeExporter ? ['node-exporter'] : []), ...(hasPrometheus ? ['Prometheus'] : [])];
    this.#notes.push(`${names.join(' and ')} deployed and checked in ${Math.round((Date.now() - startedAt) / 1000)} s`);
    return { ...(metrics && { metrics }), notes: this.#notes };
  }

  #await(waiting: Omit<Waiting, 'say' | 'signal'>): Promise<void> {
    const { say, signal } = this.plan;
    return awaitThat({ ...waiting, say, signal });
  }

  /** What an arm before left, and a namespace that is on its way out: nothing can be made in it. */
  async #clear(): Promise<void> {
    if (this.wanted.scrapeInterval !== undefined) {
      await this.#refuseForeign();
      await this.#closeArm();
    }
    const look = async () => {
      const namespace = await this.#controlPlane.get({ apiVersion: 'v1', kind: 'Namespace', name: NAMESPACE });
      if (namespace?.metadata.deletionTimestamp !== undefined) return `the namespace ${NAMESPACE} is terminating`;
      if (this.wanted.scrapeInterval === undefined) return undefined;
      const pods = await podsOf(this.#controlPlane, NAMESPACE, 'prometheus');
      return pods.length === 0 ? undefined : pods.map((pod) => `${pod.metadata.name}: ${stateOf(pod)}`).join(', ');
    };
    await this.#await({ what: 'the add-ons of an earlier arm to go', look, timeoutMs: GONE_MAX_MS });
  }

  /** Where somebody else's Prometheus is, its samples and settings are not this run's. */
  async #refuseForeign(): Promise<void> {
    const foreign: string[] = [];
    for (const object of this.#objects('prometheus'))
      if (object.kind !== 'Namespace' && (await this.#isForeign(object)))
        foreign.push(`${object.kind} ${object.metadata.name}`);
    if (foreign.length === 0) return;
    throw new Failure(
      ExitCode.infraError,
      `namespace ${NAMESPACE} has a Prometheus that is not this run's: ${foreign.join(', ')}`,
      `kubectl delete --namespace ${NAMESPACE} deployment,service,configmap,serviceaccount,role,rolebinding prometheus`,
    );
  }

  #objects(addon: Addon): readonly KubeObject[] {
    const { images, cluster } = this.plan;
    return addonObjects(addon, { images, label: cluster.label, scrapeInterval: this.wanted.scrapeInterval });
  }

  async #isForeign(object: KubeObject): Promise<boolean> {
    const there = await this.#controlPlane.get(refOf(object));
    return there !== undefined && there.metadata.labels?.[LABEL] !== this.plan.cluster.label;
  }

  async #load(role: 'nodeExporter' | 'prometheus', containers: readonly string[]): Promise<void> {
    const { cluster, images, say, signal } = this.plan;
    const { docker } = cluster;
    const { notes, missing } = await ensureOnNodes({ docker, containers, image: images.of(role), say, signal });
    this.#notes.push(...notes);
    if (missing.length > 0) this.#readyMaxMs = PULL_MAX_MS;
  }

  async #deploy(addon: Addon): Promise<void> {
    for (const object of this.#objects(addon)) {
      if (await this.#isForeign(object)) {
        if (object.kind !== 'Namespace') this.#notes.push(`${addon} was on the cluster before, and is used as it is`);
        continue;
      }
      const answer = await this.#controlPlane.apply(object);
      if (answer.ok) continue;
      const { kind, metadata } = object;
      const message = `${addon}: ${kind} ${metadata.name}: ${answer.code} ${answer.reason}: ${answer.message}`;
      throw new Failure(ExitCode.infraError, message, `kubectl apply -f clusters/addons/${addon}/ says more`);
    }
  }

  #awaitNodeExporter(): Promise<void> {
    const look = async () => unreadyOn(this.#nodes, await podsOf(this.#controlPlane, NAMESPACE, 'node-exporter'));
    return this.#await({
      what: 'node-exporter to be ready on every node',
      look,
      timeoutMs: this.#readyMaxMs,
      hint: `kubectl describe pods --namespace ${NAMESPACE} --selector ${NAME_LABEL}=node-exporter`,
    });
  }

  async #awaitPrometheus(): Promise<KindMetrics> {
    const { docker } = this.plan.cluster;
    let place = { container: '', podIp: '' };
    const look = async () => {
      const pods = await podsOf(this.#controlPlane, NAMESPACE, 'prometheus');
      const ready = pods.find(isReady);
      if (!ready) return pods.map(stateOf).join(', ') || 'no pod';
      place = { container: ready.spec?.nodeName ?? '', podIp: ready.status?.podIP ?? '' };
      return undefined;
    };
    const hint = `kubectl describe pods --namespace ${NAMESPACE} --selector ${NAME_LABEL}=prometheus`;
    await this.#await({ what: 'Prometheus to be ready', look, timeoutMs: this.#readyMaxMs, hint });
    return new KindMetrics({ request: this.plan.request, docker, place });
  }

  async #check(metrics: KindMetrics): Promise<void> {
    const intervalS = (this.wanted.scrapeInterval ?? 0) / SECOND;
    const timeoutMs = SCRAPED_MAX_MS + 2 * intervalS * 1000;
    const hint = `kubectl port-forward --namespace ${NAMESPACE} service/prometheus 9090, then http://localhost:9090/targets`;
    this.plan.say(`Prometheus scrapes every ${intervalS} s; two scrapes of every node are awaited`);
    const up = () => targetsDown(metrics, this.#nodes);
    await this.#await({ what: 'Prometheus to scrape every node', look: up, timeoutMs, hint });
    const moves = () => countersAtRest(metrics, this.#nodes, Math.ceil(timeoutMs / 1000));
    await this.#await({ what: "every node's counters to move", look: moves, timeoutMs, hint });
  }

  /** Returns before the pod is gone: whoever deploys next waits for that. */
  async #closeArm(): Promise<void> {
    if (this.wanted.scrapeInterval === undefined) return;
    for (const object of this.#objects('prometheus')) {
      if (!OF_THE_ARM.includes(object.kind)) continue;
      const answer = await this.#controlPlane.delete(refOf(object));
      if (answer.ok || answer.code === 404) continue;
      throw new Error(`${object.kind} ${object.metadata.name}: ${answer.code} ${answer.reason}: ${answer.message}`);
    }
  }
}
