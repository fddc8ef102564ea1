/**
 * One pod of each DaemonSet on every node whose taints it tolerates. Source: pkg/controller/daemon. Departs: the controller
 * names the node itself, as before 1.12, instead of leaving it to the scheduler; no rolling update.
 */
import type { KubeNode, Pod, Taint, Toleration, Workload } from '../api/objects.js';
import { keyOf, tolerates } from '../api/objects.js';
import type { ControllerContext, Handled } from './context.js';
import { WorkQueue, write } from './context.js';
import { ownedBy, podFrom } from './pod-template.js';

/** util.AddOrUpdateDaemonPodTolerations. */
const DAEMON_TOLERATIONS: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoSchedule' },
];

export class DaemonSets {
  readonly #context: ControllerContext;
  readonly #queue: WorkQueue;
  /** `uid node` of pods asked for or seen. */
  readonly #placed = new Set<string>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#queue = new WorkQueue(context.host, (key, done) => this.#sync(key, done));
    const { daemonSets, nodes, pods } = context.informers;
    const touch = (set: Workload) => this.#queue.add(keyOf(set));
    daemonSets.on({ added: touch, updated: touch });
    nodes.on({ added: () => this.#touchAll(), updated: (node, before) => this.#seeNode(node, before) });
    pods.on({
      added: (pod) => this.#seePod(pod, true),
      deleted: (pod) => this.#seePod(pod, false),
    });
  }

  #touchAll(): void {
    for (const key of this.#context.informers.daemonSets.items.keys()) this.#queue.add(key);
  }

  #seeNode(node: KubeNode, before: KubeNode): void {
    if (node.spec.taints !== before.spec.taints) this.#touchAll();
  }

  #seePod(pod: Pod, present: boolean): void {
    const owner = ownedBy(pod, 'DaemonSet');
    if (!owner || pod.spec.nodeName === undefined) return;
    const at = `${owner.uid} ${pod.spec.nodeName}`;
    if (present) this.#placed.add(at);
    else this.#placed.delete(at);
    if (!present) this.#queue.add(`${pod.metadata.namespace}/${owner.name}`);
  }

  #sync(key: string, done: Handled): void {
    const set = this.#context.informers.daemonSets.items.get(key);
    if (!set) return done(false);
    const { uid, name, namespace = 'default' } = set.metadata;
    const tolerations = [...(set.spec.template.spec.tolerations ?? []), ...DAEMON_TOLERATIONS];
    for (const node of this.#context.informers.nodes.items.values()) {
      const nodeName = node.metadata.name;
      const at = `${uid} ${nodeName}`;
      if (this.#placed.has(at) || !fits(node, tolerations)) continue;
      this.#placed.add(at);
      const template = { ...set.spec.template, spec: { ...set.spec.template.spec, tolerations, nodeName } };
      const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name, uid };
      const body = podFrom(template, { name: '', generateName: `${name}-`, namespace }, owner);
      write(this.#context, { verb: 'create', kind: 'Pod', namespace, body }, (result) => {
        if (result.ok) return;
        this.#placed.delete(at);
        this.#queue.addLater(key, 1_000_000);
      });
    }
    done(false);
  }
}

function fits(node: KubeNode, tolerations: readonly Toleration[]): boolean {
  const keepsAway = (taint: Taint) => taint.effect === 'NoSchedule' || taint.effect === 'NoExecute';
  return (node.spec.taints ?? [])
    .filter(keepsAway)
    .every((taint) => tolerations.some((toleration) => tolerates(toleration, taint)));
}
