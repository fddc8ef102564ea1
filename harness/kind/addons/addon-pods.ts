/** Whether the pods of an add-on are ready, and what the kubelet says of those that are not. */

import type { Addon } from '../../../src/plan/addons.js';
import type { ControlPlane } from '../../../src/ports/testbed.js';
import type { KubeObject } from '../../../src/scenario/model.js';
import { NAME_LABEL, NAMESPACE } from './addon-manifests.js';

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly reason?: string; readonly exitCode?: number };
}

export interface AddonPod extends KubeObject {
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
    readonly containerStatuses?: readonly { readonly state?: ContainerState; readonly lastState?: ContainerState }[];
  };
}

const isLeaving = ({ metadata }: KubeObject) => metadata.deletionTimestamp !== undefined;

/** All of an add-on, those on their way out too. */
export async function podsOf(controlPlane: Pick<ControlPlane, 'list'>, addon: Addon): Promise<readonly AddonPod[]> {
  const pods = await controlPlane.list('Pod', NAMESPACE);
  return pods.filter(({ metadata }) => metadata.labels?.[NAME_LABEL] === addon) as readonly AddonPod[];
}

export function isReady(pod: AddonPod): boolean {
  const ready = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  return ready && !isLeaving(pod);
}

/** The pod's own words: why a container does not run, or why no node is good enough. */
export function stateOf(pod: AddonPod): string {
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
export function unreadyOn(nodes: readonly string[], pods: readonly AddonPod[]): string | undefined {
  const missing = nodes.flatMap((node) => {
    const here = pods.filter(({ spec }) => spec?.nodeName === node);
    if (here.some(isReady)) return [];
    return [`${node}: ${here.map(stateOf).join(', ') || 'no pod'}`];
  });
  return missing.length === 0 ? undefined : missing.join('; ');
}
