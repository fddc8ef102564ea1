/**
 * kubelet registers its node, and posts its status: a GET every ten seconds, and a PATCH where something changed or five minutes
 * passed; five attempts, connections closed from the second failure on.
 * Source: kubernetes pkg/kubelet/kubelet_node_status.go, nodestatus/setters.go.
 */
import type { Micros } from '../../base/instant.js';
import type { RandomStream } from '../../base/random.js';
import type { HostKernel, Timer } from '../../net/sockets.js';
import type { Condition, KubeNode } from '../api/objects.js';
import { formatTime } from '../api/timestamp.js';
import type { ApiClient } from '../client/client.js';
import type { Timings } from '../timings.js';
import type { KubeletLog } from './messages.js';
import type { NodeFacts } from './node-object.js';
import { conditionsOf, nodeObject } from './node-object.js';

const ATTEMPTS = 5;
const JITTER = 0.04;
const REGISTER_WAIT: Micros = 200_000;
const REGISTER_WAIT_MAX: Micros = 7_000_000;

export interface NodeStatusOptions {
  readonly host: HostKernel;
  readonly client: ApiClient;
  readonly facts: NodeFacts;
  readonly timings: Timings;
  readonly log: KubeletLog;
  readonly random: RandomStream;
  /** Called once, when the node is registered. */
  readonly registered: () => void;
}

export class NodeStatus {
  readonly #options: NodeStatusOptions;
  #timer: Timer | undefined;
  #networkReady = false;
  #registered = false;
  #busy = false;
  #again = false;
  #reportedAt = Number.NEGATIVE_INFINITY;

  constructor(options: NodeStatusOptions) {
    this.#options = options;
  }

  get registered(): boolean {
    return this.#registered;
  }

  start(): void {
    this.#register(REGISTER_WAIT);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** The CNI plugin has put its configuration down; the status is posted at once. */
  setNetworkReady(): void {
    if (this.#networkReady) return;
    this.#networkReady = true;
    if (!this.#registered) return;
    if (this.#busy) this.#again = true;
    else this.#sync();
  }

  #after(delay: Micros, run: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#options.host.after(delay, run);
  }

  #register(wait: Micros): void {
    const { client, facts, host, log } = this.#options;
    log.registering(facts.name);
    const body = nodeObject(facts, this.#conditions(undefined));
    client.request({ verb: 'create', kind: 'Node', name: facts.name, body }, undefined, (result) => {
      if (!result.ok && result.code !== 409) {
        log.registerFailed(facts.name, result.error);
        const next = Math.min(REGISTER_WAIT_MAX, wait * 2);
        return this.#after(wait, () => this.#register(next));
      }
      log.registered(facts.name);
      this.#registered = true;
      this.#reportedAt = host.now();
      this.#options.registered();
      this.#sync();
    });
  }

  #sync(): void {
    this.#busy = true;
    this.#attempt(0);
  }

  #end(): void {
    this.#busy = false;
    const { random, timings } = this.#options;
    if (this.#again) {
      this.#again = false;
      return this.#sync();
    }
    this.#after(random.jitter(timings.nodeStatusUpdate, JITTER), () => this.#sync());
  }

  #attempt(attempt: number): void {
    const { log } = this.#options;
    if (attempt >= ATTEMPTS) {
      log.nodeStatusFailed('update node status exceeds retry count');
      return this.#end();
    }
    this.#tryOnce((error) => {
      if (error === undefined) return this.#end();
      if (attempt > 0) this.#options.client.closeAll();
      log.nodeStatusRetry(error);
      this.#attempt(attempt + 1);
    });
  }

  #tryOnce(done: (error: string | undefined) => void): void {
    const { client, facts, host, timings } = this.#options;
    const ref = { kind: 'Node', name: facts.name };
    client.request({ ...ref, verb: 'get' }, timings.heartbeatTimeout, (found) => {
      if (!found.ok) return done(`error getting node "${facts.name}": ${found.error}`);
      const node = found.value.object as KubeNode;
      const conditions = this.#conditions(node.status.conditions);
      const due = host.now() >= this.#reportedAt + timings.nodeStatusReport;
      if (!due && !changed(node.status.conditions, conditions)) return done(undefined);
      const request = {
        ...ref,
        verb: 'patch' as const,
        subresource: 'status' as const,
        body: { status: { conditions } },
      };
      client.request(request, timings.heartbeatTimeout, (patched) => {
        if (!patched.ok) return done(patched.error);
        this.#reportedAt = host.now();
        done(undefined);
      });
    });
  }

  #conditions(before: readonly Condition[] | undefined): Condition[] {
    return conditionsOf(this.#networkReady, before, formatTime(this.#options.host.now()));
  }
}

/** kubelet's nodeStatusHasChanged: conditions without their heartbeat times. */
function changed(before: readonly Condition[] | undefined, after: readonly Condition[]): boolean {
  return after.some((condition) => {
    const old = before?.find(({ type }) => type === condition.type);
    return old?.status !== condition.status || old.reason !== condition.reason || old.message !== condition.message;
  });
}
