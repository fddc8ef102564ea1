/** What a stored change means to somebody who reads the history: `Ready=Unknown (NodeStatusUnknown)`; silence for the rest. */
import type { KubeNode, Pod, Service, Stored } from './api/objects.js';
import { conditionOf, keyOf } from './api/objects.js';
import type { Change } from './api/store.js';

/** `Node worker-1`, `Service default/busybox`. */
export function nameOf(object: Stored): string {
  return `${object.kind} ${keyOf(object)}`;
}

/** In words, one entry a fact that changed. */
export function describeChange({ type, object, previous }: Change): string[] {
  switch (object.kind) {
    case 'Node':
      return nodeChanges(type, object as KubeNode, previous as KubeNode | undefined);
    case 'Pod':
      return podChanges(type, object as Pod, previous as Pod | undefined);
    case 'Service':
      return serviceChanges(type, object as Service, previous as Service | undefined);
    default:
      return [];
  }
}

function nodeChanges(type: Change['type'], node: KubeNode, before: KubeNode | undefined): string[] {
  if (type === 'DELETED') return ['deleted'];
  const said: string[] = [];
  const ready = conditionOf(node, 'Ready');
  const old = before && conditionOf(before, 'Ready');
  if (ready && ready.status !== old?.status) said.push(`Ready=${ready.status} (${ready.reason})`);
  const taints = (of: KubeNode | undefined) =>
    (of?.spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute').map(({ key }) => `${key}:NoExecute`);
  const [now, then] = [taints(node), taints(before)];
  for (const taint of now) if (!then.includes(taint)) said.push(`tainted ${taint}`);
  for (const taint of then) if (!now.includes(taint)) said.push(`no longer tainted ${taint}`);
  return said;
}

function podChanges(type: Change['type'], pod: Pod, before: Pod | undefined): string[] {
  if (type === 'DELETED') return ['deleted'];
  const said: string[] = [];
  const { nodeName } = pod.spec;
  if (type === 'ADDED') said.push('created');
  if (nodeName !== undefined && nodeName !== before?.spec.nodeName) said.push(`scheduled to ${nodeName}`);
  if (pod.status?.phase !== before?.status?.phase && pod.status?.phase !== 'Pending') {
    said.push(`phase=${pod.status?.phase}`);
  }
  const ready = conditionOf(pod, 'Ready')?.status;
  const wasReady = before && conditionOf(before, 'Ready')?.status;
  if (ready !== wasReady && (ready === 'True' || wasReady === 'True')) said.push(`Ready=${ready}`);
  const { deletionTimestamp } = pod.metadata;
  if (deletionTimestamp !== undefined && before?.metadata.deletionTimestamp === undefined) said.push('terminating');
  return said;
}

function serviceChanges(type: Change['type'], service: Service, before: Service | undefined): string[] {
  if (type === 'DELETED') return ['deleted'];
  const list = (ips: readonly (string | undefined)[]) => ips.join(', ');
  const external = list(service.spec.externalIPs ?? []);
  const ingress = list((service.status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip));
  const said: string[] = [];
  if (type === 'ADDED') said.push(`created, clusterIP ${service.spec.clusterIP ?? 'None'}`);
  if (external !== list(before?.spec.externalIPs ?? [])) said.push(`externalIPs=[${external}]`);
  if (ingress !== list((before?.status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip))) {
    said.push(`loadBalancer=[${ingress}]`);
  }
  return said;
}
