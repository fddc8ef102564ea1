/**
 * The cluster of a scenario as kind's config file. What kind itself has no word for goes into kubeadm's config, as patches of it.
 * Refuses to know where a cluster runs, how its images get there, and what is done to nodes that are up: sysctls, devices, link rates,
 * the pod network other than kindnet. kind names nodes by role and order (names.ts), and sets a load balancer of its own before several
 * control planes, whatever `apiServer.endpoint` says.
 *
 * `timing` reaches what has a setting: kubelet's lease, status and report periods, and with them its heartbeat client's time-out; the
 * controller manager's node monitor and eviction rates; kube-proxy's sync periods. Out of reach of any config on a real cluster are
 * kubelet's retries of a lease (100 ms to 7 s), client-go's dial, TLS and HTTP/2 ping time-outs and its reflectors' back-off, pod status
 * sync, kube-proxy's hourly sync and calico's BGP timers. A lease is whole seconds, at least one, where the model's is exact.
 *
 * Read from kind v0.30 and v0.32, pkg/internal/patch and pkg/cluster/internal/kubeadm/config.go.
 */
import { stringify } from 'yaml';
import { assert } from '../../src/base/assert.js';
import { formatDuration, type Micros, SECOND } from '../../src/base/instant.js';
import { type Timings, timingsOf } from '../../src/kube/timings.js';
import { traitsOf } from '../../src/kube/versions.js';
import type { ClusterSpec, ProxyMode, TimingSpec } from '../../src/scenario/model.js';
import { inRange } from '../../src/scenario/version-range.js';

export interface KindConfigOptions {
  /** kind's name of the cluster. */
  readonly name: string;
  /** Node image for the cluster's Kubernetes version. */
  readonly nodeImage: string;
  /** Merged into every config: of windtunnel.config.yaml. */
  readonly apiServerAddress?: string;
  readonly apiServerPort?: number;
  readonly kubeadmConfigPatches?: readonly string[];
}

/** `Cluster` of kind.x-k8s.io/v1alpha4, the fields that are used; kind refuses others than its own. */
export interface KindConfig {
  readonly kind: 'Cluster';
  readonly apiVersion: 'kind.x-k8s.io/v1alpha4';
  readonly name: string;
  readonly networking: {
    readonly ipFamily: 'ipv4';
    readonly kubeProxyMode: ProxyMode;
    readonly podSubnet: string;
    readonly serviceSubnet: string;
    readonly disableDefaultCNI?: true;
    readonly apiServerAddress?: string;
    readonly apiServerPort?: number;
  };
  readonly nodes: readonly { readonly role: 'control-plane' | 'worker'; readonly image: string }[];
  /** Merge patches, applied in this order to every object of their `kind`, and `apiVersion` where they have one. */
  readonly kubeadmConfigPatches?: readonly string[];
}

/** What is set of a part; empty: all of it stays as kind and Kubernetes have it. */
type Settings = Readonly<Record<string, unknown>>;

const isEmpty = (settings: Settings) => Object.keys(settings).length === 0;

/** kind reads patches as YAML 1.1, where a bare `yes` is a boolean. */
const yamlText = (value: unknown) => stringify(value, { version: '1.1', lineWidth: 0 });

export function kindConfig(cluster: ClusterSpec, options: KindConfigOptions): KindConfig {
  const { kubernetes, kubeProxy, nodes, podSubnet, serviceSubnet } = cluster;
  assert(kubernetes !== undefined, 'kind makes no bare hosts');
  const { apiServerAddress, apiServerPort } = options;
  const timings = timingsOf(cluster.timing, traitsOf(kubernetes));
  const patches = [
    ...argsPatches(clusterArgs(cluster, timings), kubernetes),
    ...componentPatch('KubeletConfiguration', kubeletSettings(cluster.timing, timings)),
    ...componentPatch('KubeProxyConfiguration', proxySettings(cluster, timings)),
    // Last, that they win.
    ...(options.kubeadmConfigPatches ?? []),
  ];
  return {
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    name: options.name,
    networking: {
      // With two families kubelet goes on by the other one, and the outage is masked.
      ipFamily: 'ipv4',
      kubeProxyMode: kubeProxy.mode,
      podSubnet,
      serviceSubnet,
      ...(cluster.cni.name !== 'kindnet' && { disableDefaultCNI: true }),
      ...(apiServerAddress !== undefined && { apiServerAddress }),
      ...(apiServerPort !== undefined && { apiServerPort }),
    },
    nodes: nodes.map(({ role }) => ({ role, image: options.nodeImage })),
    ...(patches.length > 0 && { kubeadmConfigPatches: patches }),
  };
}

/** Text for the file, with a leading comment. */
export function kindConfigText(config: KindConfig): string {
  const comment = [
    '# Made by kube-windtunnel from a cluster file, for kind create cluster --config. windtunnel cluster up calls it wt-... instead,',
    '# and puts it on a Docker network of its own, IPv4 only: on that of kind, kubelets reach the API server over IPv6 meanwhile.',
  ].join('\n');
  return `${comment}\n${yamlText(config)}`;
}

/** Without apiVersion: a version that is not kind's would drop the patch in silence. */
function componentPatch(kind: string, settings: Settings): readonly string[] {
  return isEmpty(settings) ? [] : [yamlText({ kind, ...settings })];
}

/** Flags of one static pod, for `part.extraArgs` of ClusterConfiguration. */
interface PartArgs {
  readonly part: 'apiServer' | 'controllerManager';
  readonly args: Readonly<Record<string, string>>;
}

/** Only the parts that get any. */
function clusterArgs({ apiServer, timing }: ClusterSpec, timings: Timings): readonly PartArgs[] {
  // kubeadm's own value is NodeRestriction, and an argument replaces it.
  const plugins = new Set(['NodeRestriction', ...apiServer.admissionPlugins]);
  const parts: readonly PartArgs[] = [
    { part: 'apiServer', args: plugins.size > 1 ? { 'enable-admission-plugins': [...plugins].join() } : {} },
    { part: 'controllerManager', args: monitorArgs(timing, timings) },
  ];
  return parts.filter(({ args }) => !isEmpty(args));
}

function monitorArgs(timing: TimingSpec, timings: Timings): Readonly<Record<string, string>> {
  const scaled = timing.scale !== 1;
  return {
    ...((scaled || timing.nodeMonitorPeriod !== undefined) && {
      'node-monitor-period': formatDuration(timings.nodeMonitorPeriod),
    }),
    ...((scaled || timing.nodeMonitorGracePeriod !== undefined) && {
      'node-monitor-grace-period': formatDuration(timings.nodeMonitorGrace),
    }),
    ...(scaled && {
      'node-eviction-rate': perSecond(timings.evictionInterval),
      'secondary-node-eviction-rate': perSecond(timings.evictionIntervalDisrupted),
    }),
  };
}

const perSecond = (interval: Micros) => String(SECOND / interval);

/**
 * kubeadm's config has a map of arguments up to v1beta3 and a list in v1beta4. From Kubernetes 1.36 on kind writes v1beta4 if it is v0.32
 * or later, which merges the list by name, and v1beta3 before; it takes the patch of its own version and leaves the other.
 */
function argsPatches(parts: readonly PartArgs[], kubernetes: string): readonly string[] {
  if (parts.length === 0) return [];
  const map = Object.fromEntries(parts.map(({ part, args }) => [part, { extraArgs: args }]));
  if (!inRange(kubernetes, '>=1.36.0-0')) return componentPatch(CLUSTER_CONFIGURATION, map);
  const list = Object.fromEntries(parts.map(({ part, args }) => [part, { extraArgs: listed(args) }]));
  return [
    yamlText({ kind: CLUSTER_CONFIGURATION, apiVersion: 'kubeadm.k8s.io/v1beta3', ...map }),
    yamlText({ kind: CLUSTER_CONFIGURATION, apiVersion: 'kubeadm.k8s.io/v1beta4', ...list }),
  ];
}

const CLUSTER_CONFIGURATION = 'ClusterConfiguration';

const listed = (args: PartArgs['args']) => Object.entries(args).map(([name, value]) => ({ name, value }));

function kubeletSettings(timing: TimingSpec, timings: Timings): Settings {
  const scaled = timing.scale !== 1;
  return {
    ...((scaled || timing.leaseDuration !== undefined) && {
      nodeLeaseDurationSeconds: Math.max(1, Math.round(timings.leaseDuration / SECOND)),
    }),
    ...((scaled || timing.nodeStatusUpdateFrequency !== undefined) && {
      nodeStatusUpdateFrequency: formatDuration(timings.nodeStatusUpdate),
      // kubelet takes the former for this one too, where only that is given.
      nodeStatusReportFrequency: formatDuration(timings.nodeStatusReport),
    }),
  };
}

/** Without a kube-proxy kind has no such object. */
function proxySettings({ kubeProxy, timing }: ClusterSpec, timings: Timings): Settings {
  const { mode, strictARP, excludeCIDRs, featureGates } = kubeProxy;
  if (mode === 'none') return {};
  const ipvs = mode === 'ipvs';
  const ofMode: Settings = {
    ...(ipvs && strictARP && { strictARP }),
    ...(ipvs && excludeCIDRs.length > 0 && { excludeCIDRs }),
    ...(timing.scale !== 1 && { syncPeriod: formatDuration(timings.proxySyncPeriod) }),
    ...(timing.scale !== 1 && !ipvs && { minSyncPeriod: formatDuration(timings.proxyMinSync) }),
  };
  return {
    ...(!isEmpty(ofMode) && { [mode]: ofMode }),
    ...(!isEmpty(featureGates) && { featureGates }),
  };
}
