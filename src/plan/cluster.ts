/**
 * A cluster as the testbed builds it: the file with what is laid over it, every default filled in, every node with its address.
 * Refuses what no cluster can be: no control plane, an address twice, a proxy mode that the version lacks, networks that overlap.
 */

import { parseDuration, SECOND } from '../base/instant.js';
import { contains, networkOf, type Prefix, parsePrefix } from '../base/ip.js';
import { isAddressText, isSubnetText } from '../scenario/address-text.js';
import type { Code } from '../scenario/codes.js';
import { CLUSTER_DEFAULTS, ENCAPSULATIONS } from '../scenario/defaults.js';
import type { ClusterSpec, CniName, Encapsulation, NodeSpec, ProxyMode, TimingSpec } from '../scenario/model.js';
import type { Path } from '../scenario/source-tree.js';
import { type ClusterOverrideV1, clusterOverride } from '../scenario/v1.js';
import { inRange } from '../scenario/version-range.js';
import { addonProblems, type ClusterProblem } from './addons.js';
import { assignAddresses } from './addresses.js';
import { nodeBinder } from './bind-nodes.js';
import type { ClusterSite } from './cluster-site.js';
import { NODES_MAX } from './merge.js';
import { reportStrayNodes } from './node-names.js';
import { parseRate, parseSize } from './quantities.js';
import { schedulerProblems } from './scheduler-problems.js';

type NodeV1 = NonNullable<ClusterOverrideV1['nodes']>[number];

/** `raw` is merged and without references, other than to nodes. Undefined where something was reported. */
export function clusterSpec(name: string, raw: unknown, site: ClusterSite): ClusterSpec | undefined {
  const before = site.findings.size;
  const parsed = site.parse(clusterOverride, raw);
  if (parsed === undefined) return undefined;
  reportStrayNodes(raw, [], site);
  let file: ClusterOverrideV1 = parsed;
  const subnet = networkPrefix(file.network?.subnet ?? CLUSTER_DEFAULTS.subnet, ['network', 'subnet'], site);
  const podSubnet = networkPrefix(file.podSubnet ?? CLUSTER_DEFAULTS.podSubnet, ['podSubnet'], site);
  const serviceSubnet = networkPrefix(file.serviceSubnet ?? CLUSTER_DEFAULTS.serviceSubnet, ['serviceSubnet'], site);
  if (subnet === undefined || podSubnet === undefined || serviceSubnet === undefined) return undefined;
  checkOverlap([subnet, podSubnet, serviceSubnet], file, site);
  const nodes = nodesOf(file, subnet, site);
  // The cluster is built before any testbed could say otherwise: its own nodes have the planned addresses in it.
  file = nodeBinder(nodes.map(({ name, ip }) => ({ name, kubernetesName: name, ip })))(file);
  checkKubernetes(file, nodes, site);
  const spec: ClusterSpec = {
    name,
    ...(file.kubernetes === undefined ? {} : { kubernetes: file.kubernetes }),
    nodes,
    subnet: file.network?.subnet ?? CLUSTER_DEFAULTS.subnet,
    podSubnet: file.podSubnet ?? CLUSTER_DEFAULTS.podSubnet,
    serviceSubnet: file.serviceSubnet ?? CLUSTER_DEFAULTS.serviceSubnet,
    kubeProxy: kubeProxyOf(file),
    apiServer: apiServerOf(file, site),
    kernel: file.kernel ?? CLUSTER_DEFAULTS.kernel,
    cni: cniOf(file, site),
    timing: timingOf(file),
    addons: file.addons ?? {},
    schedulers: file.schedulers ?? [],
  };
  checkWorkloads(spec, site);
  return site.findings.size === before ? spec : undefined;
}

/** What is deployed on the cluster before an arm begins. */
function checkWorkloads({ kubernetes, nodes, addons, schedulers }: ClusterSpec, site: ClusterSite): void {
  if (kubernetes === undefined) return;
  const report = (code: Code, problems: readonly ClusterProblem[]) => {
    for (const { path, atKey, message, hint } of problems)
      if (atKey) site.reportKey(path, code, message, hint);
      else site.report(path, code, message, hint);
  };
  report('WT0512', addonProblems(addons));
  report('WT0513', schedulerProblems(schedulers, { nodes, addons }));
}

function networkPrefix(text: string, path: Path, site: ClusterSite): Prefix | undefined {
  const prefix = parsePrefix(text);
  if (prefix === undefined || !isSubnetText(text)) site.parseFailure('@subnet', text, path);
  return prefix;
}

function checkOverlap(networks: readonly Prefix[], file: ClusterOverrideV1, site: ClusterSite): void {
  if (file.kubernetes === undefined) return;
  const names = ['network.subnet', 'podSubnet', 'serviceSubnet'];
  networks.forEach((one, i) => {
    networks.slice(i + 1).forEach((other, j) => {
      if (!contains(one, networkOf(other)) && !contains(other, networkOf(one))) return;
      const message = `${names[i]} and ${names[i + j + 1]} overlap`;
      site.report((names[i + j + 1] ?? '').split('.'), 'WT0507', message);
    });
  });
}

function nodesOf(file: ClusterOverrideV1, subnet: Prefix, site: ClusterSite): readonly NodeSpec[] {
  const nodes = file.nodes ?? [];
  const { addresses, problems } = assignAddresses(
    subnet,
    nodes.map((node) => node.ip),
  );
  for (const { node, code, message, hint } of problems) {
    const owner = nodes[node];
    if (owner) site.reportNode(owner.name, owner.ip === undefined ? [] : ['ip'], code, message, hint);
  }
  const clusterRate = parseRate(file.network?.linkRate ?? '') ?? CLUSTER_DEFAULTS.linkRateBps;
  const shared = file.sysctls ?? {};
  return nodes.map((node, index) => nodeSpec(node, addresses[index] ?? '', clusterRate, shared, site));
}

function nodeSpec(
  node: NodeV1,
  ip: string,
  clusterRate: number,
  shared: Readonly<Record<string, string | number>>,
  site: ClusterSite,
): NodeSpec {
  for (const device of node.devices ?? []) {
    for (const address of device.addresses ?? []) {
      if (!isSubnetText(address))
        site.reportNode(node.name, ['devices'], 'WT0114', `${address} is no address with a prefix length`);
    }
  }
  return {
    name: node.name,
    role: (node.role ?? CLUSTER_DEFAULTS.role) as NodeSpec['role'],
    ip,
    device: node.device ?? CLUSTER_DEFAULTS.device,
    devices: (node.devices ?? []).map(({ name, up, addresses }) => ({
      name,
      up: up !== false,
      addresses: addresses ?? [],
    })),
    sysctls: texts({ ...shared, ...node.sysctls }),
    linkRateBps: parseRate(node.link?.rate ?? '') ?? clusterRate,
    ...(node.counters
      ? {
          counters: {
            receivedBytes: parseSize(node.counters.received) ?? 0,
            transmittedBytes: parseSize(node.counters.transmitted) ?? 0,
          },
        }
      : {}),
  };
}

function texts(values: Readonly<Record<string, string | number>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));
}

function checkKubernetes(file: ClusterOverrideV1, nodes: readonly NodeSpec[], site: ClusterSite): void {
  if (nodes.length > NODES_MAX) site.report(['nodes'], 'WT0505', `${nodes.length} nodes; at most ${NODES_MAX}`);
  if (file.kubernetes === undefined) {
    for (const word of ['kubeProxy', 'apiServer', 'cni', 'schedulers'] as const) {
      if (file[word] !== undefined)
        site.report([word], 'WT0314', `${word} needs Kubernetes; the cluster is bare hosts`);
    }
    return;
  }
  if (!nodes.some((node) => node.role === 'control-plane')) {
    site.report(['nodes'], 'WT0501', 'no node is the control plane', 'give one role: control-plane');
  }
  if (file.kubeProxy?.mode !== 'nftables') return;
  const gate = file.kubeProxy.featureGates?.NFTablesProxyMode;
  const known = inRange(file.kubernetes, '>=1.31') || (inRange(file.kubernetes, '>=1.29') && gate === true);
  if (known && gate !== false) return;
  const hint = inRange(file.kubernetes, '>=1.29')
    ? 'kubeProxy.featureGates: {NFTablesProxyMode: true}'
    : 'leave these points out: exclude: [{kubernetes: "<1.31", proxyMode: nftables}]';
  const message = `kube-proxy ${file.kubernetes} has no mode nftables${gate === undefined ? '' : ' with these gates'}`;
  site.report(['kubeProxy', 'mode'], 'WT0506', message, hint);
}

function kubeProxyOf(file: ClusterOverrideV1): ClusterSpec['kubeProxy'] {
  const given = file.kubeProxy;
  return {
    mode: (file.kubernetes === undefined ? 'none' : (given?.mode ?? CLUSTER_DEFAULTS.proxyMode)) as ProxyMode,
    strictARP: given?.strictARP === true,
    excludeCIDRs: given?.excludeCIDRs ?? [],
    featureGates: given?.featureGates ?? {},
  };
}

function apiServerOf(file: ClusterOverrideV1, site: ClusterSite): ClusterSpec['apiServer'] {
  const { endpoint, vip, admissionPlugins } = file.apiServer ?? {};
  if (endpoint === 'vip' && vip === undefined) {
    site.report(
      ['apiServer', 'endpoint'],
      'WT0509',
      'endpoint: vip needs the address',
      'apiServer: {endpoint: vip, vip: IP}',
    );
  }
  if (vip !== undefined && !isAddressText(vip)) site.parseFailure('@address', vip, ['apiServer', 'vip']);
  return {
    admissionPlugins: admissionPlugins ?? [],
    endpoint: (endpoint ?? 'node') as ClusterSpec['apiServer']['endpoint'],
    ...(vip === undefined ? {} : { vip }),
  };
}

function cniOf(file: ClusterOverrideV1, site: ClusterSite): ClusterSpec['cni'] {
  const name = (file.cni?.name ?? CLUSTER_DEFAULTS.cni) as CniName;
  const known: readonly string[] = ENCAPSULATIONS[name];
  const encapsulation = file.cni?.encapsulation ?? known[0] ?? 'none';
  if (!known.includes(encapsulation)) {
    const message = `${name} has no encapsulation ${encapsulation}`;
    site.report(['cni', 'encapsulation'], 'WT0508', message, `${name} takes ${known.join(', ')}`);
  }
  return { name, encapsulation: encapsulation as Encapsulation };
}

function timingOf(file: ClusterOverrideV1): TimingSpec {
  const given = file.timing ?? {};
  const seconds = given.leaseDurationSeconds;
  const durations = (['nodeStatusUpdateFrequency', 'nodeMonitorGracePeriod', 'nodeMonitorPeriod'] as const).flatMap(
    (key) => {
      const micros = parseDuration(given[key] ?? '');
      return micros === undefined ? [] : [[key, micros] as const];
    },
  );
  return {
    scale: given.scale ?? 1,
    ...(typeof seconds === 'number' ? { leaseDuration: seconds * SECOND } : {}),
    ...Object.fromEntries(durations),
  };
}
