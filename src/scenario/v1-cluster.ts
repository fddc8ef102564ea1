/** Cluster files, and the part of one that a scenario lays over it (`cluster.with`, `control.arms[].cluster`, `compare`). */
import { z } from 'zod';
import { CLUSTER_DEFAULTS } from './defaults.js';
import * as s from './v1-scalars.js';

export const API_VERSION = 'windtunnel/v1alpha1';

const sysctls = z.record(z.string(), z.union([z.string(), z.number()]));

const device = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9._-]{0,14}$/, { error: '@device' })
      .describe('Name of the interface.'),
    up: s.flag.optional().describe('Whether the interface is up; `false` leaves it down.').meta({ default: true }),
    addresses: z.array(s.subnet).optional().describe('Its addresses with their prefix lengths: `192.168.0.11/32`.'),
  })
  .meta({ title: 'device' });

const clusterNode = z
  .strictObject({
    name: s.name.describe('Name of the node; with `count` the stem of the names `NAME-1`, `NAME-2` …'),
    count: s
      .integer(1)
      .optional()
      .describe('Makes this many nodes alike. `{name: worker, count: 4999}` gives worker-1 to worker-4999.'),
    role: s
      .choice('control-plane', 'worker')
      .optional()
      .describe('What the node is for.')
      .meta({ default: CLUSTER_DEFAULTS.role }),
    ip: s.address
      .optional()
      .describe('Address in `network.subnet`; without it the first free one from .2 on, in the order of the nodes.'),
    device: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9._-]{0,14}$/, { error: '@device' })
      .optional()
      .describe('Name of the interface that holds the address.')
      .meta({ default: CLUSTER_DEFAULTS.device }),
    devices: z.array(device).optional().describe('Further interfaces of the node.'),
    sysctls: sysctls.optional().describe('Kernel settings of this node; they win over those of the cluster.'),
    link: z
      .strictObject({ rate: s.rate.describe('Rate of the link, both ways.') })
      .meta({ title: 'link' })
      .optional()
      .describe("The node's link; without it `network.linkRate`."),
    counters: z
      .strictObject({
        received: s.size.describe('Bytes received before the case starts.'),
        transmitted: s.size.describe('Bytes transmitted before the case starts.'),
      })
      .meta({ title: 'counters' })
      .optional()
      .describe('Interface counters as if the node had been up for long. Only models can preset them.'),
  })
  .meta({ id: 'node', title: 'node' });

const network = z
  .strictObject({
    subnet: s.subnet
      .optional()
      .describe('IPv4 network of the nodes; .1 is the gateway, .254 the host `outside` where free.')
      .meta({ default: CLUSTER_DEFAULTS.subnet }),
    linkRate: s.rate.optional().describe('Rate of every link that says nothing else.').meta({ default: '1Gbps' }),
  })
  .meta({ id: 'network', title: 'network' });

const kubeProxy = z
  .strictObject({
    mode: s.choice('ipvs', 'iptables', 'nftables').optional().describe('Proxy mode.').meta({ default: 'iptables' }),
    strictARP: s.flag
      .optional()
      .describe('`ipvs.strictARP`: arp_ignore 1 and arp_announce 2.')
      .meta({ default: false }),
    excludeCIDRs: z.array(z.string()).optional().describe('`ipvs.excludeCIDRs`: addresses that clean-up leaves alone.'),
    featureGates: z.record(z.string(), z.boolean()).optional().describe('Feature gates of kube-proxy.'),
  })
  .meta({ id: 'kubeProxy', title: 'kubeProxy' });

const apiServer = z
  .strictObject({
    admissionPlugins: z
      .array(z.string())
      .optional()
      .describe('Admission plugins beyond the default ones.')
      .meta({ examples: [['DenyServiceExternalIPs']] }),
    endpoint: s
      .choice('node', 'vip', 'load-balancer')
      .optional()
      .describe('What kubelets dial: a control plane node, a virtual IP, or a load balancer before several.')
      .meta({ default: 'node' }),
    vip: s.address.optional().describe('The virtual IP of `endpoint: vip`.'),
  })
  .meta({ id: 'apiServer', title: 'apiServer' });

const timing = z
  .strictObject({
    scale: z
      .number()
      .positive()
      .max(1000)
      .optional()
      .describe(
        "Runs every component's timers at this factor, and with them `within`, `for`, `age`, `every` and `timeout`. Kernel timers stay.",
      )
      .meta({ default: 1 }),
    leaseDurationSeconds: s.integer(1).optional().describe("kubelet's nodeLeaseDurationSeconds."),
    nodeStatusUpdateFrequency: s.duration.optional().describe("kubelet's nodeStatusUpdateFrequency."),
    nodeMonitorGracePeriod: s.duration.optional().describe("kube-controller-manager's node-monitor-grace-period."),
    nodeMonitorPeriod: s.duration.optional().describe("kube-controller-manager's node-monitor-period."),
  })
  .meta({ id: 'timing', title: 'timing' });

const cni = z
  .strictObject({
    name: s
      .choice('kindnet', 'flannel', 'calico')
      .optional()
      .describe('The network plugin.')
      .meta({ default: 'kindnet' }),
    encapsulation: s
      .choice('none', 'vxlan', 'ipip')
      .optional()
      .describe('How packets between pods of two nodes travel; kindnet none, flannel vxlan, calico ipip unless given.'),
  })
  .meta({ id: 'cni', title: 'cni' });

const scheduler = z
  .strictObject({
    name: s.name.describe('schedulerName of its pods.'),
    version: z.string().optional().describe('Which build of the scheduler.'),
    plugins: z
      .record(z.string(), z.record(z.string(), z.unknown()))
      .optional()
      .describe('Score plugins with their arguments, `enabled` and `weight`.'),
  })
  .meta({ id: 'scheduler', title: 'scheduler' });

const words = {
  kubernetes: s.version
    .optional()
    .describe(
      'Full version, in quotes. Without it the cluster is bare hosts: links, addresses, `bind`, probes, no API.',
    ),
  network: network.optional().describe('The network of the nodes.'),
  podSubnet: s.subnet.optional().describe('Network of the pods.').meta({ default: CLUSTER_DEFAULTS.podSubnet }),
  serviceSubnet: s.subnet.optional().describe('Network of Services.').meta({ default: CLUSTER_DEFAULTS.serviceSubnet }),
  kubeProxy: kubeProxy.optional().describe('kube-proxy.'),
  apiServer: apiServer.optional().describe('kube-apiserver.'),
  sysctls: sysctls.optional().describe('Kernel settings of all nodes, as sysctl(8) names them.'),
  kernel: s.kernelVersion
    .optional()
    .describe('Linux version of the nodes, in quotes.')
    .meta({ default: CLUSTER_DEFAULTS.kernel }),
  cni: cni.optional().describe('Pod network.'),
  timing: timing.optional().describe("Timers with Kubernetes' names; without them the defaults of the version."),
  addons: z
    .record(z.string(), z.record(z.string(), z.unknown()))
    .optional()
    .describe('What runs besides, with its settings.')
    .meta({ examples: [{ 'node-exporter': {}, prometheus: { scrapeInterval: '15s' } }] }),
  schedulers: z.array(scheduler).optional().describe('Schedulers beside the default one.'),
};

/** What is laid over a cluster file: mappings merge, lists whose items have names merge by name, all else replaces. */
export const clusterOverride = z
  .strictObject({ nodes: z.array(clusterNode).optional().describe('Nodes, merged by name.'), ...words })
  .meta({ id: 'clusterOverride', title: 'cluster override' });

export const clusterFile = z
  .strictObject({
    apiVersion: z.literal(API_VERSION).describe('Version of the language.'),
    kind: z.literal('Cluster').describe('Marks a cluster file.'),
    metadata: z
      .strictObject({
        name: s.name.describe('Name of the cluster.'),
        description: z.string().optional().describe('What it is for.'),
      })
      .meta({ title: 'metadata' })
      .describe('Name of the cluster.'),
    spec: z
      .strictObject({ nodes: z.array(clusterNode).min(1).describe('The nodes.'), ...words })
      .meta({ title: 'cluster' })
      .describe('The cluster.'),
  })
  .meta({ title: 'Cluster' });

export type ClusterOverrideV1 = z.infer<typeof clusterOverride>;
