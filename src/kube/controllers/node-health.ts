/**
 * When a node counts as gone: neither its status nor its lease has changed for the grace period, as this controller saw it.
 * Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go tryUpdateNodeHealth. Pure: a node, a lease and a time in,
 * the conditions to write out.
 */
import type { Micros } from '../../base/instant.js';
import type { Condition, KubeNode, Lease } from '../api/objects.js';
import { conditionOf } from '../api/objects.js';
import { formatTime } from '../api/timestamp.js';

const WATCHED = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];
/** Grace for a node whose kubelet never posted a status. */
const STARTUP_GRACE_FACTOR = 60 / 40;

interface Health {
  heartbeat: string | undefined;
  renewTime: string | undefined;
  probedAt: Micros;
}

export interface Judgement {
  /** The Ready condition's status before this look. */
  readonly observed: string;
  /** And what it is to be. */
  readonly current: string;
  /** All conditions, where they are to be written. */
  readonly conditions?: readonly Condition[];
}

export class NodeHealth {
  readonly #known = new Map<string, Health>();
  readonly #grace: Micros;

  constructor(grace: Micros) {
    this.#grace = grace;
  }

  forget(name: string): void {
    this.#known.delete(name);
  }

  /** Leaving full disruption: every node gets its grace period anew. */
  resetProbes(now: Micros): void {
    for (const health of this.#known.values()) health.probedAt = now;
  }

  judge(node: KubeNode, lease: Lease | undefined, now: Micros): Judgement {
    const { name } = node.metadata;
    const ready = conditionOf(node, 'Ready');
    let health = this.#known.get(name);
    if (!health || health.heartbeat !== ready?.lastHeartbeatTime) {
      health = { heartbeat: ready?.lastHeartbeatTime, renewTime: health?.renewTime, probedAt: now };
      this.#known.set(name, health);
    }
    const renewTime = lease?.spec.renewTime;
    if (renewTime !== undefined && renewTime !== health.renewTime) {
      health.renewTime = renewTime;
      health.probedAt = now;
    }
    const observed = ready?.status ?? 'Unknown';
    const grace = ready ? this.#grace : this.#grace * STARTUP_GRACE_FACTOR;
    if (now <= health.probedAt + grace || observed === 'Unknown') return { observed, current: observed };
    return { observed, current: 'Unknown', conditions: unknownConditions(node, now) };
  }
}

function unknownConditions(node: KubeNode, now: Micros): Condition[] {
  const at = formatTime(now);
  const conditions = [...(node.status.conditions ?? [])];
  for (const type of WATCHED) {
    const index = conditions.findIndex((condition) => condition.type === type);
    const old = conditions[index];
    if (!old) {
      const message = 'Kubelet never posted node status.';
      const { creationTimestamp } = node.metadata;
      const times = { lastHeartbeatTime: creationTimestamp, lastTransitionTime: at };
      conditions.push({ type, status: 'Unknown', reason: 'NodeStatusNeverUpdated', message, ...times });
    } else if (old.status !== 'Unknown') {
      const message = 'Kubelet stopped posting node status.';
      conditions[index] = { ...old, status: 'Unknown', reason: 'NodeStatusUnknown', message, lastTransitionTime: at };
    }
  }
  return conditions;
}
