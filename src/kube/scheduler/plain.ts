/**
 * The default scheduler, plain: a pod goes to the node with the fewest pods among those that take it; ties are drawn. Source:
 * pkg/scheduler, its taint and node filters only. Left out: resources, affinity, scores, preemption, several profiles.
 */
import type { Micros } from '../../base/instant.js';
import { SECOND } from '../../base/instant.js';
import type { Ipv4 } from '../../base/ip.js';
import type { RandomStream } from '../../base/random.js';
import type { HostKernel } from '../../net/sockets.js';
import type { KubeNode, Pod } from '../api/objects.js';
import { keyOf, matchesLabels, tolerates } from '../api/objects.js';
import { ApiClient } from '../client/client.js';
import { Informer } from '../client/informer.js';
import { Klog, type LogSink } from '../log.js';
import { reflectorLog } from '../reflector-log.js';
import type { Timings } from '../timings.js';
import type { Traits } from '../versions.js';

export interface SchedulerOptions {
  readonly host: HostKernel;
  readonly api: { readonly ip: Ipv4; readonly port: number; readonly authority: string };
  readonly timings: Timings;
  readonly traits: Traits;
  readonly log: LogSink;
}

const PROCESS = 'kube-scheduler';
export const DEFAULT_SCHEDULER = 'default-scheduler';
const CYCLE: Micros = 2_000;

export class PlainScheduler {
  readonly #options: SchedulerOptions;
  readonly #client: ApiClient;
  readonly #pods: Informer<Pod>;
  readonly #nodes: Informer<KubeNode>;
  readonly #random: RandomStream;
  readonly #pending = new Set<string>();
  /** Decided and not yet seen bound: node by pod. */
  readonly #assumed = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  #armed = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const { host, api, timings, traits } = options;
    this.#client = new ApiClient({ host, process: PROCESS, ...api, timings });
    this.#random = host.random(PROCESS);
    const klog = new Klog(host, PROCESS, 1, options.log);
    const common = { host, client: this.#client, timings };
    this.#pods = new Informer<Pod>({
      ...common,
      kind: 'Pod',
      random: host.random(`${PROCESS}/pods`),
      log: reflectorLog(klog, traits, 'Pod'),
    });
    this.#nodes = new Informer<KubeNode>({
      ...common,
      kind: 'Node',
      random: host.random(`${PROCESS}/nodes`),
      log: reflectorLog(klog, traits, 'Node'),
    });
    this.#pods.on({
      added: (pod) => this.#see(pod, undefined),
      updated: (pod, before) => this.#see(pod, before),
      deleted: (pod) => this.#forget(pod),
    });
    this.#nodes.on({ added: () => this.#arm(), updated: () => this.#arm() });
  }

  start(): void {
    this.#nodes.start();
    this.#pods.start();
  }

  #see(pod: Pod, before: Pod | undefined): void {
    const key = keyOf(pod);
    const { nodeName } = pod.spec;
    if (nodeName !== undefined) {
      this.#pending.delete(key);
      if (this.#assumed.get(key) === nodeName) this.#assumed.delete(key);
      else if (before?.spec.nodeName === undefined) this.#count(nodeName, 1);
      return;
    }
    if (pod.spec.schedulerName !== DEFAULT_SCHEDULER || pod.metadata.deletionTimestamp !== undefined) return;
    if (this.#assumed.has(key)) return;
    this.#pending.add(key);
    this.#arm();
  }

  #forget(pod: Pod): void {
    const key = keyOf(pod);
    this.#pending.delete(key);
    const node = pod.spec.nodeName ?? this.#assumed.get(key);
    this.#assumed.delete(key);
    if (node !== undefined) this.#count(node, -1);
    this.#arm();
  }

  #count(node: string, by: number): void {
    this.#counts.set(node, (this.#counts.get(node) ?? 0) + by);
  }

  #arm(): void {
    if (this.#armed || this.#pending.size === 0) return;
    this.#armed = true;
    this.#options.host.after(CYCLE, () => this.#cycle());
  }

  #cycle(): void {
    this.#armed = false;
    if (!this.#nodes.synced) return;
    for (const key of [...this.#pending]) {
      const pod = this.#pods.items.get(key);
      const node = pod && this.#choose(pod);
      if (pod && node !== undefined) this.#bind(key, pod, node);
    }
  }

  #choose(pod: Pod): string | undefined {
    let best: string[] = [];
    let fewest = Number.POSITIVE_INFINITY;
    for (const node of this.#nodes.items.values()) {
      if (!takes(node, pod)) continue;
      const { name } = node.metadata;
      const count = this.#counts.get(name) ?? 0;
      if (count > fewest) continue;
      if (count < fewest) best = [];
      fewest = count;
      best.push(name);
    }
    return best.length > 1 ? best[this.#random.integer(0, best.length - 1)] : best[0];
  }

  #bind(key: string, pod: Pod, nodeName: string): void {
    this.#pending.delete(key);
    this.#assumed.set(key, nodeName);
    this.#count(nodeName, 1);
    const { name, namespace } = pod.metadata;
    const ref = { kind: 'Pod', name, ...(namespace !== undefined && { namespace }) };
    this.#client.request(
      { ...ref, verb: 'create', subresource: 'binding', body: { nodeName } },
      undefined,
      (result) => {
        if (result.ok || !this.#assumed.delete(key)) return;
        this.#count(nodeName, -1);
        if (result.code === 404 || result.code === 409) return;
        this.#options.host.after(SECOND, () => {
          this.#pending.add(key);
          this.#arm();
        });
      },
    );
  }
}

function takes(node: KubeNode, pod: Pod): boolean {
  if (node.spec.unschedulable || !matchesLabels(pod.spec.nodeSelector, node.metadata.labels)) return false;
  return (node.spec.taints ?? [])
    .filter(({ effect }) => effect !== 'PreferNoSchedule')
    .every((taint) => (pod.spec.tolerations ?? []).some((toleration) => tolerates(toleration, taint)));
}
