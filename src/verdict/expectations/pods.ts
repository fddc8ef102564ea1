/**
 * `{pods: {app: x}, phase, ready, evicted, count}`: all pods with these labels, or as many as `count` says. `evicted` is a pod that is
 * being deleted or that the kubelet evicted; without `count`, `evicted: true` wants one such pod, because others replace it.
 */
import type { KubeObject } from '../../scenario/model.js';
import { compare } from '../compare.js';
import { type ExpectationOf, NO_API, type Observation, type StateKind } from './kind.js';

interface PodStatus {
  readonly phase?: string;
  readonly reason?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

interface Pod {
  readonly name: string;
  readonly phase: string;
  readonly ready: boolean;
  readonly evicted: boolean;
}

function readPod(object: KubeObject): Pod {
  const status = (object.status ?? {}) as PodStatus;
  return {
    name: object.metadata.name,
    phase: status.phase ?? 'Pending',
    ready: status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false,
    evicted: object.metadata.deletionTimestamp !== undefined || status.reason === 'Evicted',
  };
}

/** Those that have all of them. */
export function withLabels(
  objects: readonly KubeObject[],
  labels: Readonly<Record<string, string>>,
): readonly KubeObject[] {
  const wanted = Object.entries(labels);
  return objects.filter(({ metadata }) => wanted.every(([key, value]) => metadata.labels?.[key] === value));
}

function describe({ name, phase, ready, evicted }: Pod): string {
  return `${name} ${phase}, ${ready ? 'ready' : 'not ready'}${evicted ? ', evicted' : ''}`;
}

function judge(expectation: ExpectationOf<'pods'>, pods: readonly Pod[]): boolean | null {
  const { phase, ready, evicted, count } = expectation;
  const fitting = pods.filter(
    (pod) =>
      (phase === undefined || phase.includes(pod.phase)) &&
      (ready === undefined || ready === pod.ready) &&
      (evicted === undefined || evicted === pod.evicted),
  );
  if (count !== undefined) return compare(count, fitting.length);
  if (pods.length === 0) return null;
  return evicted === true ? fitting.length > 0 : fitting.length === pods.length;
}

export const pods: StateKind<'pods'> = {
  compared: true,
  async observe(expectation, view): Promise<Observation> {
    if (!view.hasApi) return NO_API;
    const { labels, namespace } = expectation;
    const matching = withLabels(await view.objects('Pod', namespace), labels).map(readPod);
    const selector = Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(',');
    const seen = matching.length === 0 ? 'no pod' : matching.map(describe).join('; ');
    return { holds: judge(expectation, matching), seen: `${selector}: ${seen}` };
  },
};
