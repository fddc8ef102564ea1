/**
 * The node lifecycle controller: looks at every node each five seconds, marks those unheard of as Unknown and their pods as not
 * ready, taints them, and slows down or stops evictions where too many are gone.
 * Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go of v1.20.10 (monitorNodeHealth, handleDisruption).
 */
import type { Micros } from '../../base/instant.js';
import type { KubeNode, Pod } from '../api/objects.js';
import { conditionOf, withCondition } from '../api/objects.js';
import { formatTime } from '../api/timestamp.js';
import { LEASE_NAMESPACE } from '../kubelet/lease.js';
import type { ControllerContext } from './context.js';
import { refOf, write } from './context.js';
import { NodeHealth } from './node-health.js';
import { NodeTaints } from './node-taints.js';
import type { ZoneState } from './zone.js';
import { EvictionLimiter, LARGE_CLUSTER, zoneStateOf } from './zone.js';

export class NodeLifecycle {
  readonly #context: ControllerContext;
  readonly #health: NodeHealth;
  readonly #taints: NodeTaints;
  readonly #limiter: EvictionLimiter;
  /** Nodes whose pods could not be marked not ready. */
  readonly #retry = new Set<string>();
  #state: ZoneState = 'Initial';

  constructor(context: ControllerContext) {
    this.#context = context;
    const { host, timings } = context;
    this.#health = new NodeHealth(timings.nodeMonitorGrace);
    this.#limiter = new EvictionLimiter(timings.evictionInterval, host.now());
    this.#taints = new NodeTaints(context, this.#limiter);
    context.informers.nodes.on({ deleted: ({ metadata }) => this.#health.forget(metadata.name) });
    context.informers.pods.on({ added: (pod) => this.#seePod(pod), updated: (pod, old) => this.#seeBound(pod, old) });
  }

  start(): void {
    const { random, timings } = this.#context;
    this.#later(random.integer(0, timings.nodeMonitorPeriod));
  }

  get state(): ZoneState {
    return this.#state;
  }

  #later(delay: Micros): void {
    const { host, timings } = this.#context;
    host.after(delay, () => {
      this.#monitor();
      this.#later(timings.nodeMonitorPeriod);
    });
  }

  #monitor(): void {
    const { host, informers } = this.#context;
    let ready = 0;
    let notReady = 0;
    for (const node of informers.nodes.items.values()) {
      const lease = informers.leases.get(LEASE_NAMESPACE, node.metadata.name);
      const { observed, current, conditions } = this.#health.judge(node, lease, host.now());
      if (current === 'True') ready++;
      else notReady++;
      if (observed === 'True') this.#taints.reachable(node);
      else this.#taints.queue(node);
      if (conditions) this.#markUnknown(node, conditions);
      else if (observed !== 'True' && this.#retry.has(node.metadata.name)) this.#markPods(node.metadata.name);
      else if (observed === 'True') this.#retry.delete(node.metadata.name);
    }
    if (ready + notReady > 0) this.#disrupt(zoneStateOf(ready, notReady), ready + notReady);
  }

  #markUnknown(node: KubeNode, conditions: readonly unknown[]): void {
    const { name, resourceVersion } = node.metadata;
    const body = { metadata: { resourceVersion }, status: { conditions } };
    write(this.#context, { ...refOf(node), verb: 'patch', subresource: 'status', body }, (result) => {
      const { klog } = this.#context;
      if (!result.ok)
        return klog.write('E', 'node_lifecycle_controller.go:1174', `Error updating node ${name}: ${result.error}`);
      this.#markPods(name);
    });
  }

  /** nodeutil.MarkPodsNotReady. */
  #markPods(nodeName: string): void {
    this.#context.klog.write('I', 'controller_utils.go:122', `Update ready status of pods on node [${nodeName}]`);
    this.#retry.delete(nodeName);
    for (const pod of this.#context.podIndex.onNode(nodeName)) this.#markPod(pod);
  }

  #markPod(pod: Pod): void {
    const ready = conditionOf(pod, 'Ready');
    if (ready?.status !== 'True' || pod.spec.nodeName === undefined) return;
    const { nodeName } = pod.spec;
    const lastTransitionTime = formatTime(this.#context.host.now());
    const conditions = withCondition(pod.status?.conditions, { ...ready, status: 'False', lastTransitionTime });
    const body = { status: { conditions } };
    write(this.#context, { ...refOf(pod), verb: 'patch', subresource: 'status', body }, (result) => {
      if (!result.ok && result.code !== 404) this.#retry.add(nodeName);
    });
  }

  #seePod(pod: Pod): void {
    const node = pod.spec.nodeName && this.#context.informers.nodes.get(undefined, pod.spec.nodeName);
    if (node && conditionOf(node, 'Ready')?.status === 'Unknown') this.#markPod(pod);
  }

  #seeBound(pod: Pod, old: Pod): void {
    if (pod.spec.nodeName !== old.spec.nodeName) this.#seePod(pod);
  }

  #disrupt(next: ZoneState, size: number): void {
    if (next === this.#state) return;
    const { host, timings, klog, informers } = this.#context;
    const now = host.now();
    const before = this.#state;
    this.#state = next;
    if (next === 'FullDisruption') {
      klog.write(
        'I',
        'node_lifecycle_controller.go:1219',
        'Controller detected that all Nodes are not-Ready. Entering master disruption mode.',
      );
      for (const node of informers.nodes.items.values()) this.#taints.reachable(node);
      return this.#limiter.swap(undefined, now);
    }
    if (before === 'FullDisruption') {
      klog.write(
        'I',
        'node_lifecycle_controller.go:1246',
        'Controller detected that some Nodes are Ready. Exiting master disruption mode.',
      );
      this.#health.resetProbes(now);
    } else
      klog.write('I', 'node_lifecycle_controller.go:1269', `Controller detected that zone  is now in state ${next}.`);
    const reduced = size > LARGE_CLUSTER ? timings.evictionIntervalDisrupted : undefined;
    this.#limiter.swap(next === 'Normal' ? timings.evictionInterval : reduced, now);
    this.#taints.arm();
  }
}
