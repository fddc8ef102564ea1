/**
 * The model's CNI: an address and a network namespace for each pod, and the routes between nodes that make pods reach each other.
 * Native routes as kindnet and flannel host-gw set them, or IPIP as calico does with `encapsulation: ipip`. VXLAN is left out: the plan
 * skips it. Departs from the real plugins: each node's share of the pod subnet is a fixed /24 (calico hands out /26 blocks),
 * and routes between nodes do not follow BGP sessions.
 */
import type { Prefix } from '../base/ip.js';
import { formatIpv4, ipv4, prefix } from '../base/ip.js';
import type { Pod } from '../kube/api/objects.js';
import { keyOf } from '../kube/api/objects.js';
import { serveHttp } from '../kube/http-server.js';
import type { PodNetwork } from '../kube/kubelet/pods.js';
import type { Host } from '../net/host.js';
import type { ClusterSpec } from '../scenario/model.js';
import type { World } from './world.js';

const BLOCK_LENGTH = 24;
const FIRST_POD = 2;

interface PodNamespace {
  readonly key: string;
  readonly host: Host;
  readonly node: string;
  readonly veth: string;
}

export class ModelPodNetwork implements PodNetwork {
  readonly #blocks = new Map<string, Prefix>();
  readonly #next = new Map<string, number>();
  /** By uid, in order of creation: a pod may be made anew elsewhere while a node that is cut off still runs its namesake. */
  readonly #pods = new Map<string, PodNamespace>();
  readonly #named = new Map<string, readonly PodNamespace[]>();

  constructor(
    readonly world: World,
    readonly cluster: ClusterSpec,
  ) {
    const subnet = prefix(cluster.podSubnet);
    cluster.nodes.forEach((node, index) => {
      const address = subnet.address + index * 2 ** (32 - BLOCK_LENGTH);
      this.#blocks.set(node.name, { address, length: BLOCK_LENGTH });
    });
  }

  /** The node's part of the pod subnet (spec.podCIDR). */
  block(node: string): Prefix | undefined {
    return this.#blocks.get(node);
  }

  /** Routes from every node to every other node's pods. */
  connectNodes(): void {
    const ipip = this.cluster.cni.encapsulation === 'ipip';
    for (const node of this.cluster.nodes) {
      const host = this.world.host(node.name);
      if (!host) continue;
      if (ipip) this.#addTunnel(host, node.name);
      for (const other of this.cluster.nodes) {
        const to = this.#blocks.get(other.name);
        if (!to || other === node) continue;
        host.addRoute({ to, via: ipv4(other.ip), device: ipip ? 'tunl0' : node.device, onlink: ipip });
      }
    }
  }

  /** A namespace with one address, routed to from its node. Undefined: the node's block is used up, or there is no such node. */
  add(pod: Pod, node: string): { readonly ip: string } | undefined {
    const block = this.#blocks.get(node);
    const nodeHost = this.world.host(node);
    const number = this.#next.get(node) ?? FIRST_POD;
    if (!block || !nodeHost || number > 254) return undefined;
    this.#next.set(node, number + 1);
    const ip = block.address + number;
    const key = keyOf(pod);
    const namesakes = this.#named.get(key) ?? [];
    const host = this.world.addHost(namesakes.length > 0 ? `pod/${key}@${pod.metadata.uid}` : `pod/${key}`);
    const veth = `veth${formatIpv4(ip).split('.').slice(2).join('x')}`;
    this.world.pair(nodeHost, veth, host, 'eth0');
    const own: Prefix = { address: ip, length: 32 };
    host.addAddress('eth0', own);
    host.addRoute({ to: { address: 0, length: 0 }, device: 'eth0' });
    nodeHost.addRoute({ to: own, device: veth });
    const made: PodNamespace = { key, host, node, veth };
    this.#pods.set(pod.metadata.uid, made);
    this.#named.set(key, [...namesakes, made]);
    serve(host, pod);
    return { ip: formatIpv4(ip) };
  }

  remove(pod: Pod): void {
    const { uid } = pod.metadata;
    const found = this.#pods.get(uid);
    if (!found) return;
    this.#pods.delete(uid);
    const namesakes = (this.#named.get(found.key) ?? []).filter((one) => one !== found);
    if (namesakes.length > 0) this.#named.set(found.key, namesakes);
    else this.#named.delete(found.key);
    this.world.host(found.node)?.deleteDevice(found.veth);
    this.world.removeHost(found.host.name);
  }

  /** The namespace of a pod, `NAMESPACE/NAME`; of two of that name the later one's. */
  host(pod: string): Host | undefined {
    return this.#named.get(pod)?.at(-1)?.host;
  }

  /** tunl0 with the first address of the node's block, as calico-node sets it. */
  #addTunnel(host: Host, node: string): void {
    const block = this.#blocks.get(node);
    if (!block) return;
    const device = host.interfaces.add('tunl0', 'ipip', 0, true);
    host.interfaces.setUp(device);
    host.interfaces.addAddress(device, { address: block.address, length: 32 });
  }
}

/** A container is taken for an HTTP server on each of its ports; what else its image would do is not modelled. */
function serve(host: Host, pod: Pod): void {
  for (const { name, ports } of pod.spec.containers)
    for (const { containerPort } of ports ?? [])
      host.listen(null, containerPort, name, (socket) =>
        serveHttp(socket, new Set(), () => ({ status: 200, body: keyOf(pod) })),
      );
}
