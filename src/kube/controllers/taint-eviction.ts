/**
 * Deletes pods from nodes tainted NoExecute: at once, or after the time that they tolerate it.
 * Source: pkg/controller/nodelifecycle/scheduler/taint_manager.go (since 1.29 pkg/controller/tainteviction).
 */
import { SECOND } from '../../base/instant.js';
import type { Timer } from '../../net/sockets.js';
import type { KubeNode, Pod, Taint } from '../api/objects.js';
import { keyOf, tolerates } from '../api/objects.js';
import type { ControllerContext } from './context.js';
import { refOf, write } from './context.js';

export class TaintEviction {
  readonly #context: ControllerContext;
  readonly #timers = new Map<string, Timer>();

  constructor(context: ControllerContext) {
    this.#context = context;
    const { nodes, pods } = context.informers;
    nodes.on({
      added: (node) => this.#seeNode(node, []),
      updated: (node, before) => this.#seeNode(node, noExecute(before)),
    });
    pods.on({
      added: (pod) => this.#seePod(pod),
      updated: (pod, before) => {
        if (pod.spec.nodeName !== before.spec.nodeName) this.#seePod(pod);
      },
      deleted: (pod) => this.#cancel(pod),
    });
  }

  #seeNode(node: KubeNode, before: readonly Taint[]): void {
    const taints = noExecute(node);
    if (taints.length === before.length && taints.every(({ key }, i) => key === before[i]?.key)) return;
    for (const pod of this.#context.podIndex.onNode(node.metadata.name)) this.#judge(pod, taints);
  }

  #seePod(pod: Pod): void {
    const node = pod.spec.nodeName && this.#context.informers.nodes.get(undefined, pod.spec.nodeName);
    if (node) this.#judge(pod, noExecute(node));
  }

  #judge(pod: Pod, taints: readonly Taint[]): void {
    if (taints.length === 0) return this.#cancel(pod);
    const tolerations = pod.spec.tolerations ?? [];
    const waits: number[] = [];
    for (const taint of taints) {
      const fitting = tolerations.filter((toleration) => tolerates(toleration, taint));
      if (fitting.length === 0) return this.#evict(pod, 0);
      for (const { tolerationSeconds } of fitting) if (tolerationSeconds !== undefined) waits.push(tolerationSeconds);
    }
    if (waits.length > 0 && !this.#timers.has(pod.metadata.uid)) this.#evict(pod, Math.min(...waits));
  }

  #evict(pod: Pod, seconds: number): void {
    const { host, timings } = this.#context;
    const delay = Math.round(Math.max(0, seconds) * SECOND * timings.scale);
    this.#timers.get(pod.metadata.uid)?.cancel();
    this.#timers.set(
      pod.metadata.uid,
      host.after(delay, () => this.#delete(pod)),
    );
  }

  #cancel(pod: Pod): void {
    this.#timers.get(pod.metadata.uid)?.cancel();
    this.#timers.delete(pod.metadata.uid);
  }

  #delete(pod: Pod): void {
    const { klog, host } = this.#context;
    klog.write('I', 'taint_manager.go:106', `NoExecuteTaintManager is deleting Pod: ${keyOf(pod)}`);
    write(this.#context, { ...refOf(pod), verb: 'delete' }, (result) => {
      if (result.ok || result.code === 404) return;
      this.#timers.set(
        pod.metadata.uid,
        host.after(SECOND, () => this.#delete(pod)),
      );
    });
  }
}

function noExecute(node: KubeNode): readonly Taint[] {
  return (node.spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
}
