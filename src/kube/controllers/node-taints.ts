/**
 * The taints by which a node's condition keeps pods away (NoSchedule, at once) or drives them out (NoExecute, at the zone's rate).
 * Source: node_lifecycle_controller.go doNoScheduleTaintingPass, doNoExecuteTaintingPass, markNodeAsReachable.
 */
import { NOT_READY, UNREACHABLE } from '../api/admission.js';
import { sameJson } from '../api/equality.js';
import type { KubeNode, Taint } from '../api/objects.js';
import { conditionOf } from '../api/objects.js';
import { formatTime } from '../api/timestamp.js';
import type { ControllerContext } from './context.js';
import { refOf, WorkQueue, write } from './context.js';
import type { EvictionLimiter } from './zone.js';

const OWN = new Set([NOT_READY, UNREACHABLE]);
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

/** The taint key that a Ready condition asks for. */
function taintKey(node: KubeNode): string | undefined {
  const status = conditionOf(node, 'Ready')?.status;
  return status === 'Unknown' ? UNREACHABLE : status === 'False' ? NOT_READY : undefined;
}

export class NodeTaints {
  readonly #context: ControllerContext;
  readonly #limiter: EvictionLimiter;
  /** Nodes waiting for their NoExecute taint, in order of arrival. */
  readonly #queue = new Set<string>();
  readonly #noSchedule: WorkQueue;
  #armed = false;

  constructor(context: ControllerContext, limiter: EvictionLimiter) {
    this.#context = context;
    this.#limiter = limiter;
    this.#noSchedule = new WorkQueue(context.host, (name, done) => {
      const node = context.informers.nodes.get(undefined, name);
      if (node) this.#write(node, this.#withNoSchedule(node), (ok) => done(!ok));
      else done(false);
    });
    context.informers.nodes.on({
      added: ({ metadata }) => this.#noSchedule.add(metadata.name),
      updated: ({ metadata }) => this.#noSchedule.add(metadata.name),
    });
  }

  /** The node is to be tainted NoExecute when its turn comes. */
  queue(node: KubeNode): void {
    const key = taintKey(node);
    if (node.spec.taints?.some((taint) => taint.effect === 'NoExecute' && taint.key === key)) return;
    this.#queue.add(node.metadata.name);
    this.arm();
  }

  reachable(node: KubeNode): void {
    this.#queue.delete(node.metadata.name);
    const taints = (node.spec.taints ?? []).filter(({ key, effect }) => !(effect === 'NoExecute' && OWN.has(key)));
    this.#write(node, taints, () => {});
  }

  /** Sets a timer for the next taint that the limiter allows; to be called when the limiter changed. */
  arm(): void {
    const { host, timings } = this.#context;
    const next = this.#limiter.nextAt();
    if (this.#armed || this.#queue.size === 0 || next === undefined) return;
    this.#armed = true;
    // The pass runs ten times a second.
    const pass = timings.evictionPass;
    const at = Math.ceil((Math.max(next, host.now()) + 1) / pass) * pass;
    host.after(at - host.now(), () => this.#pass());
  }

  #pass(): void {
    this.#armed = false;
    const [name] = this.#queue;
    if (name === undefined || !this.#limiter.tryAccept(this.#context.host.now())) return this.arm();
    this.#queue.delete(name);
    const node = this.#context.informers.nodes.get(undefined, name);
    const key = node && taintKey(node);
    if (node && key) {
      const timeAdded = formatTime(this.#context.host.now());
      const others = (node.spec.taints ?? []).filter((taint) => !(taint.effect === 'NoExecute' && OWN.has(taint.key)));
      this.#write(node, [...others, { key, effect: 'NoExecute', timeAdded }], (ok) => {
        if (!ok) this.#queue.add(name);
      });
    }
    this.arm();
  }

  #withNoSchedule(node: KubeNode): Taint[] {
    const wanted = [taintKey(node), node.spec.unschedulable ? UNSCHEDULABLE : undefined];
    const taints = (node.spec.taints ?? []).filter(({ key, effect }) => {
      return effect !== 'NoSchedule' || !(OWN.has(key) || key === UNSCHEDULABLE) || wanted.includes(key);
    });
    for (const key of wanted) {
      if (key === undefined || taints.some((taint) => taint.key === key && taint.effect === 'NoSchedule')) continue;
      taints.push({ key, effect: 'NoSchedule', timeAdded: formatTime(this.#context.host.now()) });
    }
    return taints;
  }

  #write(node: KubeNode, taints: readonly Taint[], done: (ok: boolean) => void): void {
    if (sameJson(node.spec.taints ?? [], taints)) return done(true);
    const body = { metadata: { resourceVersion: node.metadata.resourceVersion }, spec: { taints } };
    write(this.#context, { ...refOf(node), verb: 'patch', body }, (result) => done(result.ok));
  }
}
