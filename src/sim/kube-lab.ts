/**
 * The laboratory of the Kubernetes tests and of the comparison with the real kube-proxy: a small cluster of any version and mode, up and
 * running at instant zero, with everything that its programs said. No run of a scenario uses it.
 */

import type { Micros } from '../base/instant.js';
import { MINUTE, SECOND } from '../base/instant.js';
import { formatIpv4, ipv4 } from '../base/ip.js';
import type { KubeNode, Pod } from '../kube/api/objects.js';
import { conditionOf } from '../kube/api/objects.js';
import type { ServerFrame } from '../kube/api/wire.js';
import { isFrame, SIZES } from '../kube/api/wire.js';
import type { KubernetesModel } from '../kube/cluster.js';
import { startKubernetes } from '../kube/cluster.js';
import type { Host } from '../net/host.js';
import { CLUSTER_PARTS } from '../plan/cluster-fixture.js';
import type { ClusterSpec, KubeObject, NodeSpec } from '../scenario/model.js';
import { ModelPodNetwork } from './pod-network.js';
import { buildTopology } from './topology.js';
import { World } from './world.js';

export interface LabLine {
  readonly at: Micros;
  readonly host: string;
  readonly component: string;
  readonly line: string;
}

export interface KubeLabOptions {
  readonly kubernetes: string;
  readonly seed?: string;
  readonly workers?: number;
  readonly nodes?: readonly Pick<NodeSpec, 'name' | 'role' | 'ip'>[];
  readonly cluster?: Partial<ClusterSpec>;
  readonly kubeProxy?: Partial<ClusterSpec['kubeProxy']>;
}

export class KubeLab {
  readonly world: World;
  readonly kubernetes: KubernetesModel;
  readonly cluster: ClusterSpec;
  readonly lines: LabLine[] = [];
  readonly changes: { readonly at: Micros; readonly object: string; readonly change: string }[] = [];

  constructor(options: KubeLabOptions) {
    this.cluster = clusterOf(options);
    this.world = new World({ seed: options.seed ?? '1', start: -MINUTE });
    buildTopology(this.world, this.cluster);
    const podNetwork = new ModelPodNetwork(this.world, this.cluster);
    podNetwork.connectNodes();
    this.kubernetes = startKubernetes({
      cluster: this.cluster,
      hosts: new Map(this.cluster.nodes.map(({ name }) => [name, this.host(name)])),
      podNetwork,
      log: (host, component, line, at) => void this.lines.push({ host, component, line, at }),
      change: (object, change, at) => void this.changes.push({ object, change, at }),
    });
    this.world.queue.runUntil(0);
  }

  host(name: string): Host {
    const host = this.world.host(name);
    if (!host) throw new Error(`no host ${name}`);
    return host;
  }

  run(duration: Micros): void {
    this.world.queue.runUntil(this.world.queue.now() + duration);
  }

  now(): Micros {
    return this.world.queue.now();
  }

  /** Nodes that have `ip` on kube-ipvs0, in the cluster's order. */
  boundOn(ip: string): string[] {
    const wanted = ipv4(ip);
    return this.cluster.nodes
      .map(({ name }) => name)
      .filter((name) =>
        this.host(name)
          .addresses()
          .some(({ device, prefix }) => device === 'kube-ipvs0' && prefix.address === wanted),
      );
  }

  /** Asks who answers at an address and port: the host that says hello, or what went wrong within `timeout`. */
  whoAnswers(from: string, ip: string, port: number, timeout: Micros = 3 * SECOND): string {
    let outcome: string | undefined;
    const socket = this.host(from).connect(ipv4(ip), port, { process: 'probe' });
    socket.handlers = {
      established: () => socket.send({ type: 'client-hello', serverName: ip }, SIZES.hello),
      message: (message) => {
        const frame = isFrame(message) ? (message as ServerFrame) : undefined;
        outcome ??= frame?.type === 'server-hello' ? frame.identity.host : 'no tls';
      },
      closed: (why) => {
        outcome ??= why;
      },
    };
    const end = this.now() + timeout;
    while (outcome === undefined && this.now() < end) this.run(SECOND / 100);
    if (outcome === undefined) socket.abort();
    else socket.close();
    return outcome ?? 'timeout';
  }

  ready(node: string): string {
    const found = this.kubernetes.get({ apiVersion: 'v1', kind: 'Node', name: node }) as KubeNode | undefined;
    return (found && conditionOf(found, 'Ready')?.status) ?? 'none';
  }

  pods(namespace: string): readonly Pod[] {
    return this.kubernetes.list<Pod>('Pod', namespace);
  }

  /** Lines of a program on a host since an instant. */
  log(host: string, component: string, since: Micros = Number.NEGATIVE_INFINITY): string[] {
    return this.lines
      .filter((line) => line.host === host && line.component === component && line.at >= since)
      .map(({ line }) => line);
  }
}

/** The Service of the report: no endpoints, port 8888. */
export function faultyService(externalIP: string, port = 8888): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'busybox', namespace: 'default' },
    spec: { selector: { app: 'httpd' }, ports: [{ port, targetPort: 80 }], externalIPs: [externalIP] },
  };
}

export const SERVICE_REF = { apiVersion: 'v1', kind: 'Service', name: 'busybox', namespace: 'default' } as const;

function clusterOf(options: KubeLabOptions): ClusterSpec {
  const workers = Array.from({ length: options.workers ?? 2 }, (_, i) => ({
    name: `worker-${i + 1}`,
    role: 'worker' as const,
    ip: formatIpv4(ipv4('172.30.0.3') + i),
  }));
  const nodes = options.nodes ?? [
    { name: 'control-plane', role: 'control-plane' as const, ip: '172.30.0.2' },
    ...workers,
  ];
  return {
    name: 'lab',
    kubernetes: options.kubernetes,
    nodes: nodes.map((node) => ({ ...node, device: 'eth0', devices: [], sysctls: {}, linkRateBps: 1e9 })),
    ...CLUSTER_PARTS,
    ...options.cluster,
    kubeProxy: { ...CLUSTER_PARTS.kubeProxy, ...options.kubeProxy },
  };
}
