/**
 * What a cluster made by kubeadm holds before anybody applies anything: namespaces, the kubernetes and kube-dns Services, coredns,
 * the DaemonSets of kube-proxy and of the CNI, and the static pods of control planes.
 */
import type { Prefix } from '../base/ip.js';
import { formatIpv4, networkOf } from '../base/ip.js';
import type { ClusterSpec, CniName, KubeObject, NodeSpec } from '../scenario/model.js';
import type { Toleration } from './api/objects.js';
import { API_PORT } from './api/server.js';
import { SERVICE_LABEL } from './proxy/service-port.js';

const SYSTEM = 'kube-system';
export const NAMESPACES = ['default', SYSTEM, 'kube-public', 'kube-node-lease'] as const;

/** Images of these registries are on every node already. */
const SYSTEM_IMAGES = /^(registry\.k8s\.io|docker\.io\/(calico|flannel|kindest))\//;
export const isSystemImage = (image: string): boolean => SYSTEM_IMAGES.test(image);

const ANY: readonly Toleration[] = [{ operator: 'Exists' }];
const CONTROL_PLANE: readonly Toleration[] = [
  { key: 'CriticalAddonsOnly', operator: 'Exists' },
  { key: 'node-role.kubernetes.io/master', effect: 'NoSchedule', operator: 'Exists' },
  { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule', operator: 'Exists' },
];

export const KUBE_PROXY = 'kube-proxy';
/** DaemonSet of each CNI, and the label k8s-app of its pods. */
export const CNI_DAEMONS: Readonly<Record<CniName, { readonly name: string; readonly image: string }>> = {
  kindnet: { name: 'kindnet', image: 'docker.io/kindest/kindnetd' },
  flannel: { name: 'kube-flannel-ds', image: 'docker.io/flannel/flannel' },
  calico: { name: 'calico-node', image: 'docker.io/calico/node' },
};

export function systemObjects(cluster: ClusterSpec, version: string, serviceSubnet: Prefix): KubeObject[] {
  const controlPlanes = cluster.nodes.filter(({ role }) => role === 'control-plane');
  const cni = CNI_DAEMONS[cluster.cni.name];
  const objects = [
    ...NAMESPACES.map((name): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    ...kubernetesService(controlPlanes, serviceSubnet),
    dnsService(serviceSubnet),
    deployment('coredns', 2, 'kube-dns', 'registry.k8s.io/coredns/coredns'),
    daemonSet(cni.name, cni.image),
  ];
  if (cluster.kubeProxy.mode !== 'none') {
    objects.push(daemonSet(KUBE_PROXY, `registry.k8s.io/kube-proxy:v${version}`));
  }
  if (cluster.cni.name === 'calico') {
    const name = 'calico-kube-controllers';
    objects.push(deployment(name, 1, name, 'docker.io/calico/kube-controllers'));
  }
  return objects;
}

/** The n-th address of the Service subnet. */
export function serviceAddress(subnet: Prefix, n: number): string {
  return formatIpv4(networkOf(subnet) + n);
}

function kubernetesService(controlPlanes: readonly NodeSpec[], subnet: Prefix): KubeObject[] {
  const metadata = { name: 'kubernetes', namespace: 'default' };
  const ports = [{ name: 'https', port: 443, targetPort: API_PORT, protocol: 'TCP' }];
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...metadata, labels: { component: 'apiserver', provider: 'kubernetes' } },
      spec: { type: 'ClusterIP', clusterIP: serviceAddress(subnet, 1), ports },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { [SERVICE_LABEL]: 'kubernetes' } },
      addressType: 'IPv4',
      endpoints: controlPlanes.map(({ ip }) => ({ addresses: [ip], conditions: { ready: true } })),
      ports: [{ name: 'https', port: API_PORT, protocol: 'TCP' }],
    },
  ];
}

function dnsService(subnet: Prefix): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kube-dns', namespace: SYSTEM, labels: { 'k8s-app': 'kube-dns' } },
    spec: {
      type: 'ClusterIP',
      clusterIP: serviceAddress(subnet, 10),
      selector: { 'k8s-app': 'kube-dns' },
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53, protocol: 'TCP' },
        { name: 'metrics', port: 9153, protocol: 'TCP' },
      ],
    },
  };
}

function deployment(name: string, replicas: number, app: string, image: string): KubeObject {
  const labels = { 'k8s-app': app };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: SYSTEM, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name, image }], tolerations: CONTROL_PLANE } },
    },
  };
}

function daemonSet(name: string, image: string): KubeObject {
  const labels = { 'k8s-app': name };
  const spec = { hostNetwork: true, containers: [{ name, image }], tolerations: ANY };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace: SYSTEM, labels },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

/** The mirror pods of a control-plane node. */
export function staticPods(node: NodeSpec, version: string): KubeObject[] {
  if (node.role !== 'control-plane') return [];
  return ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((component) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${component}-${node.name}`,
      namespace: SYSTEM,
      labels: { component, tier: 'control-plane' },
      annotations: { 'kubernetes.io/config.source': 'file' },
    },
    spec: {
      nodeName: node.name,
      hostNetwork: true,
      containers: [{ name: component, image: `registry.k8s.io/${component}:v${version}` }],
      tolerations: [{ operator: 'Exists', effect: 'NoExecute' }],
    },
  }));
}
