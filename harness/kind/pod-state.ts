/** Pods of a workload that is found by its name, and what the kubelet and the scheduler say of them. Knows no workload. */
import type { ControlPlane } from '../../src/ports/testbed.js';
import type { KubeObject } from '../../src/scenario/model.js';
import { NAME_LABEL } from './names.js';

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly reason?: string; readonly exitCode?: number };
}

interface ContainerStatus {
  readonly restartCount?: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

export interface Pod extends KubeObject {
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

/** Reasons of containers that no waiting heals. */
const IN_VAIN = ['CrashLoopBackOff', 'ErrImageNeverPull', 'InvalidImageName'];

/** All of the workload, those on their way out too. */
export async function podsOf(
  controlPlane: Pick<ControlPlane, 'list'>,
  namespace: string,
  name: string,
): Promise<readonly Pod[]> {
  const pods = await controlPlane.list('Pod', namespace);
  return pods.filter(({ metadata }) => metadata.labels?.[NAME_LABEL] === name) as readonly Pod[];
}

export const isLeaving = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined;

export function isReady(pod: Pod): boolean {
  const ready = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  return ready && !isLeaving(pod);
}

/** A container waits for a reason that stays. */
export function isInVain({ status }: Pod): boolean {
  return (status?.containerStatuses ?? []).some(({ state }) => IN_VAIN.includes(state?.waiting?.reason ?? ''));
}

/** The pod's own words: why a container does not run, or why no node is good enough. */
export function stateOf(pod: Pod): string {
  const { phase = 'no phase', conditions = [], containerStatuses = [] } = pod.status ?? {};
  if (isLeaving(pod)) return 'terminating';
  for (const { state, lastState } of containerStatuses) {
    const { waiting, terminated } = { ...state };
    const ended = terminated ?? lastState?.terminated;
    const before = ended ? `after ${ended.reason ?? 'an end'} (exit ${ended.exitCode ?? '?'})` : '';
    if (waiting) return [waiting.reason ?? 'waiting', before, waiting.message].filter(Boolean).join(' ');
    if (terminated) return `ended ${before}`;
  }
  const refused = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  return refused ? `not scheduled: ${refused.message ?? ''}` : `${phase}, not ready`;
}

/** Undefined when each of the nodes has a ready one. */
export function unreadyOn(nodes: readonly string[], pods: readonly Pod[]): string | undefined {
  const missing = nodes.flatMap((node) => {
    const here = pods.filter(({ spec }) => spec?.nodeName === node);
    if (here.some(isReady)) return [];
    return [`${node}: ${here.map(stateOf).join(', ') || 'no pod'}`];
  });
  return missing.length === 0 ? undefined : missing.join('; ');
}
