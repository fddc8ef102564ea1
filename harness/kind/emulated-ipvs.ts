/**
 * What kube-proxy in mode ipvs does with addresses, done by hand where the kernel has no IPVS: every external and load balancer's address of a
 * Service on kube-ipvs0, on all nodes but the owner (since 1.27.2; before, there too), and gone again when a node's kube-proxy would hear
 * that it is wanted no more. A node that does not reach the API server goes on with what it knew: that is how the fault locks itself.
 * Departs: no virtual servers and no filter; hearing is a connection to the API server that comes about, not a watch that is held.
 */
import { traitsOf } from '../../src/kube/versions.js';
import type { ControlPlane, Network } from '../../src/ports/testbed.js';
import type { ClusterSpec, KubeObject } from '../../src/scenario/model.js';

const DEVICE = 'kube-ipvs0';
const EVERY_MS = 1000;

export interface EmulationOptions {
  readonly controlPlane: ControlPlane;
  readonly network: Network;
  readonly cluster: ClusterSpec;
  /** Whether a node reaches the API server now. */
  readonly ask: (node: string) => Promise<boolean>;
  /** An address could not be bound or released: the environment's fault, and the end of the arm. */
  readonly broken: (error: Error) => void;
}

interface Service extends KubeObject {
  readonly spec: { readonly externalIPs?: readonly string[] };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } };
}

/** IPv4 addresses that Services want on every node. */
function wantedBy(services: readonly KubeObject[]): ReadonlySet<string> {
  const all = (services as readonly Service[]).flatMap(({ spec, status }) => [
    ...(spec.externalIPs ?? []),
    ...(status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []),
  ]);
  return new Set(all.filter((ip) => /^[\d.]+$/.test(ip)));
}

export class EmulatedIpvs {
  /** What each node has bound. */
  readonly #bound: ReadonlyMap<string, Set<string>>;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;
  #work: Promise<void> = Promise.resolve();

  constructor(readonly options: EmulationOptions) {
    this.#bound = new Map(options.cluster.nodes.map(({ name }) => [name, new Set<string>()]));
  }

  start(): void {
    this.#work = this.#sync()
      .catch(this.options.broken)
      .finally(() => {
        if (!this.#ended) this.#timer = setTimeout(() => this.start(), EVERY_MS);
      });
  }

  /** Nodes first hear, then act: a node whose own act cuts it off has heard. Without the API's word nobody hears anything. */
  async #sync(): Promise<void> {
    const { controlPlane, cluster, ask } = this.options;
    const services = await controlPlane.list('Service').catch(() => undefined);
    if (!services) return;
    const wanted = wantedBy(services);
    const heard = await Promise.all(cluster.nodes.map(({ name }) => ask(name)));
    await Promise.all(cluster.nodes.map(({ name, ip }, index) => heard[index] && this.#syncNode(name, ip, wanted)));
  }

  async #syncNode(name: string, ip: string, wanted: ReadonlySet<string>): Promise<void> {
    const { network, cluster } = this.options;
    const bound = this.#bound.get(name) ?? new Set();
    const { ownerBinds } = traitsOf(cluster.kubernetes ?? '');
    for (const address of wanted) {
      if (bound.has(address) || (address === ip && !ownerBinds)) continue;
      await network.bind(name, address, DEVICE);
      bound.add(address);
    }
    for (const address of [...bound]) {
      if (wanted.has(address)) continue;
      await network.unbind(name, address, DEVICE);
      bound.delete(address);
    }
  }

  /** Nothing is bound any more, wherever it was: what was made by hand is unmade by hand. */
  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#work;
    for (const [name, bound] of this.#bound)
      for (const address of bound) await this.options.network.unbind(name, address, DEVICE);
  }
}
