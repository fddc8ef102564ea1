/**
 * Kubernetes on modelled hosts: starts every program of a cluster where it runs, with the objects that kubeadm makes, and hands out
 * the administrator's API and the programs themselves. Knows hosts by their kernel's face and pods' networks by a port.
 */
import { assert } from '../base/assert.js';
import type { Micros } from '../base/instant.js';
import { type Ipv4, ipv4, type Prefix, prefix } from '../base/ip.js';
import type { HostKernel } from '../net/sockets.js';
import type { ClusterSpec, KubeObject, NodeSpec, ObjectRef } from '../scenario/model.js';
import type { Answer } from './api/answer.js';
import type { EndpointSlice, KubeNode, Pod, Service, Stored } from './api/objects.js';
import { conditionOf, keyOf } from './api/objects.js';
import { type Patch, Registry } from './api/registry.js';
import { API_PORT, ApiServer } from './api/server.js';
import { type Change, ObjectStore } from './api/store.js';
import { Bird } from './calico/bird.js';
import { describeChange, nameOf } from './changes.js';
import { ViewSource } from './client/shared-view.js';
import { ControllerManager } from './controllers/manager.js';
import { Kubelet } from './kubelet/kubelet.js';
import type { PodNetwork, PodProgram } from './kubelet/pods.js';
import type { LogSink } from './log.js';
import { DesiredSource } from './proxy/desired.js';
import { resolveMode } from './proxy/mode.js';
import { ProxyProcess, type ProxyShared } from './proxy/process.js';
import { PlainScheduler } from './scheduler/plain.js';
import {
  CNI_DAEMONS,
  isSystemImage,
  KUBE_PROXY,
  NAMESPACES,
  serviceAddress,
  staticPods,
  systemObjects,
} from './system-objects.js';
import { type Timings, timingsOf } from './timings.js';
import { type Traits, traitsOf } from './versions.js';

export interface KubernetesOptions {
  readonly cluster: ClusterSpec;
  /** By the nodes' names. */
  readonly hosts: ReadonlyMap<string, HostKernel>;
  readonly podNetwork: PodNetwork;
  readonly log: LogSink;
  /** `object` is `Node worker-1` or `Service default/busybox`; `change` reads `Ready=Unknown (NodeStatusUnknown)`. */
  readonly change: (object: string, change: string, at: Micros) => void;
}

/** The cluster's certificate authority, as clients know it. */
export const AUTHORITY = 'kubernetes';

export function startKubernetes(options: KubernetesOptions): KubernetesModel {
  return new KubernetesModel(options);
}

export class KubernetesModel {
  readonly version: string;
  readonly traits: Traits;
  readonly timings: Timings;
  readonly registry: Registry;
  readonly kubelets: ReadonlyMap<string, Kubelet>;
  /** Empty where the cluster has no kube-proxy. */
  readonly proxies: ReadonlyMap<string, ProxyProcess>;
  /** Empty without calico. */
  readonly birds: ReadonlyMap<string, Bird>;
  readonly apiServers: ReadonlyMap<string, ApiServer>;
  readonly controllerManager: ControllerManager;
  readonly scheduler: PlainScheduler;
  readonly #options: KubernetesOptions;

  constructor(options: KubernetesOptions) {
    this.#options = options;
    const { cluster } = options;
    assert(cluster.kubernetes !== undefined, 'a cluster without Kubernetes has no control plane');
    this.version = cluster.kubernetes;
    this.traits = traitsOf(this.version);
    this.timings = timingsOf(cluster.timing, this.traits);
    const serviceSubnet = prefix(cluster.serviceSubnet);
    const first = this.#controlPlanes()[0];
    assert(first, 'a cluster needs a control plane');
    this.registry = this.#makeRegistry(this.#host(first), serviceSubnet);
    this.apiServers = this.#mapNodes(this.#controlPlanes(), (node) => this.#makeApiServer(node, serviceSubnet));
    this.proxies = this.#makeProxies();
    this.birds =
      cluster.cni.name === 'calico' ? this.#mapNodes(cluster.nodes, (node) => this.#makeBird(node)) : new Map();
    this.kubelets = this.#mapNodes(cluster.nodes, (node) => this.#makeKubelet(node));
    const { timings, traits } = this;
    const common = { host: this.#host(first), api: this.#apiOf(first), timings, traits, log: options.log };
    this.controllerManager = new ControllerManager(common);
    this.scheduler = new PlainScheduler(common);
    this.#start(serviceSubnet);
  }

  /** The mode that kube-proxy runs in, `none` where there is no kube-proxy or it refuses its configuration. */
  get proxyMode(): string {
    const mode = resolveMode(this.#options.cluster.kubeProxy, this.traits);
    return mode?.ok ? mode.config.mode : 'none';
  }

  /** Where kubelet, kube-proxy and probes of a node find the API server. */
  apiAddressOf(nodeName: string): { readonly ip: Ipv4; readonly port: number } {
    const node = this.#options.cluster.nodes.find(({ name }) => name === nodeName);
    assert(node, `no node ${nodeName}`);
    const { ip, port } = this.#apiOf(node);
    return { ip, port };
  }

  apply(object: KubeObject): Answer {
    return this.registry.apply(object);
  }

  delete(ref: ObjectRef): Answer {
    return this.registry.delete(ref);
  }

  patch(ref: ObjectRef, patch: Patch): Answer {
    return this.registry.patch(ref, patch);
  }

  get(ref: ObjectRef): Stored | undefined {
    return this.registry.get(ref);
  }

  /** Ordered by namespace and name. */
  list<T extends Stored = Stored>(kind: string, namespace?: string): readonly T[] {
    return this.registry.store.list<T>(kind, namespace).items;
  }

  /** Why bring-up is not finished, or undefined: nodes Ready, kube-proxies synced, the system's pods ready. */
  notReady(): string | undefined {
    const nodes = new Map(this.list<KubeNode>('Node').map((node) => [node.metadata.name, node]));
    for (const { name } of this.#options.cluster.nodes) {
      const node = nodes.get(name);
      if (!node) return `Node ${name} is not registered`;
      const ready = conditionOf(node, 'Ready');
      if (ready?.status !== 'True') return `Node ${name} is not Ready: ${ready?.reason ?? 'no status'}`;
    }
    if (!this.controllerManager.synced) return 'kube-controller-manager has not listed everything';
    const mode = resolveMode(this.#options.cluster.kubeProxy, this.traits);
    if (mode && !mode.ok) return `kube-proxy does not start: ${mode.error}`;
    for (const [name, proxy] of this.proxies) if (!proxy.synced) return `kube-proxy on ${name} has not synced`;
    return this.#podsNotReady();
  }

  #podsNotReady(): string | undefined {
    const pods = this.list<Pod>('Pod', 'kube-system');
    for (const pod of pods) {
      if (conditionOf(pod, 'Ready')?.status !== 'True') return `Pod ${keyOf(pod)} is not ready: ${pod.status?.phase}`;
    }
    const daemons = this.list('DaemonSet', 'kube-system').length * this.#options.cluster.nodes.length;
    const replicas = this.list('Deployment', 'kube-system').reduce(
      (sum, { spec }) => sum + ((spec as { replicas?: number }).replicas ?? 1),
      0,
    );
    const expected = daemons + replicas + 4 * this.#controlPlanes().length;
    return pods.length < expected ? `${pods.length} of ${expected} system pods exist` : undefined;
  }

  #start(serviceSubnet: Prefix): void {
    const { cluster } = this.#options;
    for (const server of this.apiServers.values()) assert(server.start(), `port ${API_PORT} is taken`);
    for (const object of systemObjects(cluster, this.version, serviceSubnet)) {
      const answer = this.registry.create(object);
      assert(answer.ok, `${object.kind} ${object.metadata.name}: ${answer.ok ? '' : answer.message}`);
    }
    this.controllerManager.start();
    this.scheduler.start();
    for (const node of cluster.nodes) {
      const host = this.#host(node);
      // Nodes of a cluster that has run a while beat in no common rhythm.
      const phase = host.random('kubelet/phase').integer(0, this.timings.nodeStatusUpdate);
      host.after(phase, () => this.kubelets.get(node.name)?.start());
    }
  }

  #controlPlanes(): readonly NodeSpec[] {
    return this.#options.cluster.nodes.filter(({ role }) => role === 'control-plane');
  }

  #host({ name }: NodeSpec): HostKernel {
    const host = this.#options.hosts.get(name);
    assert(host, `no host for node ${name}`);
    return host;
  }

  #mapNodes<T>(nodes: readonly NodeSpec[], make: (node: NodeSpec) => T): ReadonlyMap<string, T> {
    return new Map(nodes.map((node) => [node.name, make(node)]));
  }

  /** Control planes speak to themselves, workers to the endpoint, or to the first control plane. */
  #apiOf(node: NodeSpec): { readonly ip: Ipv4; readonly port: number; readonly authority: string } {
    const { apiServer } = this.#options.cluster;
    const first = this.#controlPlanes()[0];
    const own = node.role === 'control-plane' ? node.ip : (apiServer.vip ?? first?.ip ?? '');
    return { ip: ipv4(own), port: API_PORT, authority: AUTHORITY };
  }

  #makeRegistry(host: HostKernel, serviceSubnet: Prefix): Registry {
    const { cluster, change } = this.#options;
    const onChange = (stored: Change) => {
      for (const text of describeChange(stored)) change(nameOf(stored.object), text, host.now());
    };
    return new Registry({
      store: new ObjectStore(() => host.now(), onChange),
      version: this.version,
      serviceSubnet,
      admission: {
        plugins: cluster.apiServer.admissionPlugins,
        externalIPsDeprecated: this.traits.externalIPsDeprecated,
      },
      random: host.random('apiserver'),
      now: () => host.now(),
    });
  }

  #makeApiServer(node: NodeSpec, serviceSubnet: Prefix): ApiServer {
    const { vip } = this.#options.cluster.apiServer;
    const names = [
      node.name,
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      'kubernetes.default.svc.cluster.local',
      'localhost',
      serviceAddress(serviceSubnet, 1),
      node.ip,
      '127.0.0.1',
      ...(vip === undefined ? [] : [vip]),
    ];
    const identity = { host: node.name, process: 'kube-apiserver', authority: AUTHORITY, names };
    return new ApiServer({ host: this.#host(node), registry: this.registry, identity, timings: this.timings });
  }

  #makeProxies(): ReadonlyMap<string, ProxyProcess> {
    const { cluster, log } = this.#options;
    const mode = resolveMode(cluster.kubeProxy, this.traits);
    if (!mode) return new Map();
    const shared: ProxyShared = {
      services: new ViewSource<Service>(),
      slices: new ViewSource<EndpointSlice>(),
      desired: new DesiredSource(),
    };
    const { version, traits, timings } = this;
    const clusterCIDR = prefix(cluster.podSubnet);
    return this.#mapNodes(cluster.nodes, (node) => {
      const common = { nodeName: node.name, host: this.#host(node), api: this.#apiOf(node) };
      return new ProxyProcess({ ...common, version, traits, mode, clusterCIDR, timings, shared, log });
    });
  }

  #makeBird(node: NodeSpec): Bird {
    const peers = this.#options.cluster.nodes
      .filter(({ name }) => name !== node.name)
      .map(({ name, ip }) => ({ name, ip: ipv4(ip) }));
    const { timings } = this;
    return new Bird({ host: this.#host(node), ip: ipv4(node.ip), peers, timings, log: this.#options.log });
  }

  #makeKubelet(node: NodeSpec): Kubelet {
    const { cluster, podNetwork, log } = this.#options;
    const { version, traits, timings } = this;
    const daemon = CNI_DAEMONS[cluster.cni.name].name;
    const appOf = (pod: Pod) => pod.metadata.labels?.['k8s-app'];
    return new Kubelet({
      host: this.#host(node),
      facts: { name: node.name, spec: node, kubernetes: version, kernel: cluster.kernel, traits },
      api: this.#apiOf(node),
      timings,
      network: podNetwork,
      programFor: (pod) => (isSystem(pod) ? this.#programOf(appOf(pod), node.name) : undefined),
      isNetworkPlugin: (pod) => isSystem(pod) && appOf(pod) === daemon,
      isPulled: isSystemImage,
      staticPods: staticPods(node, version),
      log,
    });
  }

  #programOf(app: string | undefined, node: string): PodProgram | undefined {
    if (app === KUBE_PROXY) return this.proxies.get(node);
    return app === CNI_DAEMONS.calico.name ? this.birds.get(node) : undefined;
  }
}

function isSystem(pod: Pod): boolean {
  return pod.metadata.namespace === NAMESPACES[1];
}
