/**
 * Pods of the cluster on a real kernel: a network namespace and an address for each, routed to from their node, and native routes
 * between nodes. The twin of the model's CNI, with the same addresses; no encapsulation.
 */
import type { Ipv4, Prefix } from '../../src/base/ip.js';
import { formatIpv4, ipv4, prefix } from '../../src/base/ip.js';
import type { Pod } from '../../src/kube/api/objects.js';
import { keyOf } from '../../src/kube/api/objects.js';
import { serveHttp } from '../../src/kube/http-server.js';
import type { PodNetwork } from '../../src/kube/kubelet/pods.js';
import type { ClusterSpec } from '../../src/scenario/model.js';
import type { LinuxHost } from './linux-host.js';

const BLOCK_LENGTH = 24;
const FIRST_POD = 2;

interface PodNamespace {
  readonly key: string;
  readonly host: LinuxHost;
  readonly node: LinuxHost;
  readonly veth: string;
}

export class LinuxPodNetwork implements PodNetwork {
  readonly #blocks = new Map<string, Prefix>();
  readonly #next = new Map<string, number>();
  readonly #pods = new Map<string, PodNamespace>();

  constructor(
    readonly cluster: ClusterSpec,
    readonly nodes: ReadonlyMap<string, LinuxHost>,
    /** A host in a namespace of its own, which is made with it. */
    readonly addHost: (name: string) => LinuxHost,
  ) {
    const subnet = prefix(cluster.podSubnet);
    cluster.nodes.forEach(({ name }, index) => {
      this.#blocks.set(name, { address: subnet.address + index * 2 ** (32 - BLOCK_LENGTH), length: BLOCK_LENGTH });
    });
  }

  connectNodes(): void {
    for (const node of this.cluster.nodes)
      for (const other of this.cluster.nodes) {
        const to = this.#blocks.get(other.name);
        if (to && other !== node) this.nodes.get(node.name)?.addRoute({ to, via: ipv4(other.ip), device: node.device });
      }
  }

  add(pod: Pod, nodeName: string): { readonly ip: string } | undefined {
    const block = this.#blocks.get(nodeName);
    const node = this.nodes.get(nodeName);
    const number = this.#next.get(nodeName) ?? FIRST_POD;
    if (!block || !node || number > 254) return undefined;
    this.#next.set(nodeName, number + 1);
    const ip = block.address + number;
    const key = keyOf(pod);
    const host = this.addHost(`pod/${key}`);
    const veth = `veth${formatIpv4(ip).split('.').slice(2).join('x')}`;
    plugPod(node, host, ip, veth);
    this.#pods.set(pod.metadata.uid, { key, host, node, veth });
    serve(host, pod);
    return { ip: formatIpv4(ip) };
  }

  remove(pod: Pod): void {
    const found = this.#pods.get(pod.metadata.uid);
    if (!found) return;
    this.#pods.delete(pod.metadata.uid);
    found.node.ip(`link del ${found.veth}`);
    found.host.remove();
  }

  /** The namespace of a pod, `NAMESPACE/NAME`; of two of that name the later one's. */
  host(pod: string): LinuxHost | undefined {
    return [...this.#pods.values()].findLast(({ key }) => key === pod)?.host;
  }
}

/** Routes between a node and a pod over a pair of devices, `veth` on the node and eth0 in the pod. */
export function plugPod(node: LinuxHost, pod: LinuxHost, ip: Ipv4, veth: string): void {
  pod.adopt('eth0', [{ address: ip, length: 32 }]);
  // The pod's own namespace must be there first, and then its end of the pair.
  node.waitFor(pod);
  // Without ARP a packet goes to the sender's own MAC (arp_constructor in net/ipv4/arp.c): both ends must have the same.
  const mac = macOf(ip);
  node.ip(`link add ${veth} address ${mac} type veth peer name eth0 address ${mac} netns ${pod.options.ns}`);
  node.ip(`link set ${veth} up arp off`);
  node.ip(`route add ${formatIpv4(ip)}/32 dev ${veth}`);
  pod.waitFor(node);
  pod.ip('link set eth0 up arp off');
  pod.ip(`addr add ${formatIpv4(ip)}/32 dev eth0`);
  pod.ip('route add default dev eth0');
}

/** 0a:58 and the four octets, as the CNI plugins make it. */
function macOf(ip: Ipv4): string {
  const octets = [0x0a, 0x58, ...[24, 16, 8, 0].map((shift) => (ip >>> shift) & 0xff)];
  return octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':');
}

function serve(host: LinuxHost, pod: Pod): void {
  for (const { name, ports } of pod.spec.containers)
    for (const { containerPort } of ports ?? [])
      host.listen(null, containerPort, name, (socket) =>
        serveHttp(socket, new Set(), () => ({ status: 200, body: keyOf(pod) })),
      );
}
