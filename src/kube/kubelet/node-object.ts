/** The Node object that kubelet registers: labels, taints of a control plane as kubeadm sets them, conditions, addresses. */
import type { KubeObject, NodeSpec } from '../../scenario/model.js';
import type { Condition, Taint } from '../api/objects.js';
import type { Traits } from '../versions.js';

export interface NodeFacts {
  readonly name: string;
  readonly spec: NodeSpec;
  /** Full version without `v`. */
  readonly kubernetes: string;
  readonly kernel: string;
  readonly traits: Traits;
}

const NETWORK_NOT_READY =
  'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized';

export function nodeObject(facts: NodeFacts, conditions: readonly Condition[]): KubeObject {
  const { name, spec, traits } = facts;
  const isControlPlane = spec.role === 'control-plane';
  const roles = isControlPlane ? traits.controlPlaneRoles : [];
  const taints: Taint[] = (isControlPlane ? traits.controlPlaneTaints : []).map((role) => ({
    key: `node-role.kubernetes.io/${role}`,
    effect: 'NoSchedule',
  }));
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        ...Object.fromEntries(roles.map((role) => [`node-role.kubernetes.io/${role}`, ''])),
      },
    },
    spec: taints.length > 0 ? { taints } : {},
    status: {
      addresses: [
        { type: 'InternalIP', address: spec.ip },
        { type: 'Hostname', address: name },
      ],
      capacity: { cpu: '4', memory: '8Gi', pods: '110' },
      allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
      conditions,
      daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
      nodeInfo: {
        kubeletVersion: `v${facts.kubernetes}`,
        kubeProxyVersion: `v${facts.kubernetes}`,
        kernelVersion: facts.kernel,
        operatingSystem: 'linux',
        architecture: 'amd64',
      },
    },
  };
}

const PRESSURES = [
  { type: 'MemoryPressure', reason: 'KubeletHasSufficientMemory', message: 'kubelet has sufficient memory available' },
  { type: 'DiskPressure', reason: 'KubeletHasNoDiskPressure', message: 'kubelet has no disk pressure' },
  { type: 'PIDPressure', reason: 'KubeletHasSufficientPID', message: 'kubelet has sufficient PID available' },
];

/** What kubelet says now; transition times stay where the status does. */
export function conditionsOf(networkReady: boolean, before: readonly Condition[] | undefined, at: string): Condition[] {
  const ready = networkReady
    ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
    : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: NETWORK_NOT_READY };
  const said = [...PRESSURES.map((pressure) => ({ ...pressure, status: 'False' })), ready].map((condition) => {
    const old = before?.find(({ type }) => type === condition.type);
    const since = old?.status === condition.status ? old.lastTransitionTime : at;
    return { ...condition, lastHeartbeatTime: at, lastTransitionTime: since ?? at };
  });
  const others = (before ?? []).filter(({ type }) => !said.some((condition) => condition.type === type));
  return [...others, ...said];
}
