/**
 * What the API server changes or refuses before it stores: defaults of fields, admission plugins, warnings. Knows the object
 * and its predecessor alone. Left out: webhooks, ValidatingAdmissionPolicy (stored, not evaluated), quotas.
 */
import type { KubeObject } from '../../scenario/model.js';
import type { KubeNode, Pod, Service, Toleration } from './objects.js';
import { tolerates } from './objects.js';

export interface AdmissionContext {
  readonly plugins: readonly string[];
  readonly externalIPsDeprecated: boolean;
}

export const UNREACHABLE = 'node.kubernetes.io/unreachable';
export const NOT_READY = 'node.kubernetes.io/not-ready';
/** plugin/pkg/admission/defaulttolerationseconds. */
const DEFAULT_TOLERATION_SECONDS = 300;

/** Defaults of pkg/apis/core/v1/defaults.go and apps/v1/defaults.go. Addresses and ports are allocated by the registry. */
export function withDefaults(object: KubeObject): KubeObject {
  switch (object.kind) {
    case 'Service':
      return serviceDefaults(object as Service);
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
      return { ...object, spec: { replicas: 1, ...(object.spec as object) } };
    case 'Pod':
      return podDefaults(object as Pod);
    default:
      return object;
  }
}

function serviceDefaults(service: Service): Service {
  const { spec } = service;
  const type = spec.type ?? 'ClusterIP';
  const external = (spec.externalIPs ?? []).length > 0 || type === 'NodePort' || type === 'LoadBalancer';
  const ports = spec.ports?.map((port) => ({ protocol: 'TCP', targetPort: port.port, ...port }));
  return {
    ...service,
    spec: {
      sessionAffinity: 'None',
      ...(external && { externalTrafficPolicy: 'Cluster' }),
      ...spec,
      type,
      ...(ports && { ports }),
    },
    status: service.status ?? { loadBalancer: {} },
  };
}

function podDefaults(pod: Pod): Pod {
  const spec = {
    schedulerName: 'default-scheduler',
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    ...pod.spec,
    tolerations: tolerationsOf(pod),
  };
  return { ...pod, spec, status: { phase: 'Pending', ...pod.status } };
}

/** Pods tolerate not-ready and unreachable nodes for 300 s, unless they say otherwise. */
function tolerationsOf(pod: Pod): readonly Toleration[] {
  const given = pod.spec.tolerations ?? [];
  const added = [NOT_READY, UNREACHABLE]
    .filter((key) => !given.some((toleration) => tolerates(toleration, { key, effect: 'NoExecute' })))
    .map((key) => ({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: DEFAULT_TOLERATION_SECONDS,
    }));
  return [...given, ...added];
}

/** TaintNodesByCondition: a new node is tainted until its controller has seen it ready. */
export function withCreationTaint(object: KubeObject): KubeObject {
  if (object.kind !== 'Node') return object;
  const node = object as KubeNode;
  const taints = node.spec?.taints ?? [];
  if (taints.some(({ key }) => key === NOT_READY)) return node;
  return { ...node, spec: { ...node.spec, taints: [...taints, { key: NOT_READY, effect: 'NoSchedule' }] } };
}

/** Why a plugin refuses, or undefined. `before` is what is stored now, undefined for a new object. */
export function refusalOf(
  context: AdmissionContext,
  object: KubeObject,
  before: KubeObject | undefined,
): string | undefined {
  if (object.kind !== 'Service' || !context.plugins.includes('DenyServiceExternalIPs')) return undefined;
  const old = new Set((before as Service | undefined)?.spec.externalIPs ?? []);
  const isSubset = ((object as Service).spec?.externalIPs ?? []).every((ip) => old.has(ip));
  return isSubset ? undefined : 'Use of external IPs is denied by admission control';
}

/** Warnings that the API sends along with an answer that is otherwise fine. */
export function warningsOf(context: AdmissionContext, object: KubeObject): readonly string[] {
  const uses = object.kind === 'Service' && ((object as Service).spec?.externalIPs ?? []).length > 0;
  return uses && context.externalIPsDeprecated ? ['spec.externalIPs is deprecated'] : [];
}
