/** What kubelet writes into a pod's status. Source: pkg/kubelet/kubelet_pods.go, status/generate.go. */
import type { Condition, Pod, PodStatus } from '../api/objects.js';
import { conditionOf } from '../api/objects.js';

export interface PodFacts {
  readonly hostIP: string;
  /** Absent until the containers run. */
  readonly podIP?: string;
  readonly startTime: string;
  readonly running: boolean;
  readonly ready: boolean;
  readonly now: string;
}

export function podStatusOf(pod: Pod, facts: PodFacts, before: PodStatus | undefined): PodStatus {
  const names = pod.spec.containers.map(({ name }) => name);
  const unready = facts.ready
    ? {}
    : { reason: 'ContainersNotReady', message: `containers with unready status: [${names.join(' ')}]` };
  const word = facts.ready ? 'True' : 'False';
  const conditions = [
    { type: 'Initialized', status: 'True' },
    { type: 'Ready', status: word, ...unready },
    { type: 'ContainersReady', status: word, ...unready },
    { type: 'PodScheduled', status: 'True' },
  ].map((condition) => ({ ...condition, lastTransitionTime: since(pod, before, condition, facts.now) }));
  const state = facts.running
    ? { running: { startedAt: facts.startTime } }
    : { waiting: { reason: 'ContainerCreating' } };
  return {
    phase: facts.running ? 'Running' : 'Pending',
    conditions,
    hostIP: facts.hostIP,
    ...(facts.podIP !== undefined && { podIP: facts.podIP, podIPs: [{ ip: facts.podIP }] }),
    startTime: facts.startTime,
    qosClass: 'BestEffort',
    containerStatuses: pod.spec.containers.map(({ name, image = '' }) => ({
      name,
      image,
      imageID: '',
      ready: facts.ready,
      restartCount: 0,
      started: facts.running,
      state,
    })),
  };
}

function since(pod: Pod, before: PodStatus | undefined, condition: Condition, now: string): string {
  const known = before?.conditions?.find(({ type }) => type === condition.type) ?? conditionOf(pod, condition.type);
  return known?.status === condition.status ? (known.lastTransitionTime ?? now) : now;
}

/** Whether what the API has is not what kubelet said: somebody else wrote, and kubelet says it again. */
export function differs(stored: PodStatus | undefined, said: PodStatus): boolean {
  if (stored?.phase !== said.phase) return true;
  return (said.conditions ?? []).some(({ type, status }) => {
    return stored?.conditions?.find((condition) => condition.type === type)?.status !== status;
  });
}
