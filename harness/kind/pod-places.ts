/**
 * Places inside pods: the network namespace of a running pod, found on its node by the address that Kubernetes gives the pod, as a host of the
 * agent that runs on that node. Refuses to know who made the namespace: every CNI leaves it below /run/netns.
 */
import type { ControlPlane } from '../../src/ports/testbed.js';
import type { KubeObject, Vantage } from '../../src/scenario/model.js';
import type { Outcome } from '../netns/line.js';
import type { LinuxHost } from '../netns/linux-host.js';

type PodVantage = Extract<Vantage, { kind: 'pod' }>;

const LOOK_EVERY_MS = 1000;

const keyOf = ({ namespace, pod }: PodVantage) => `${namespace}/${pod}`;

export interface PodPlacesPlan {
  /** Milliseconds, on any clock that runs. */
  now(): number;
  readonly get: ControlPlane['get'];
  /** The host that Kubernetes calls so. */
  nodeHost(kubernetesName: string): LinuxHost;
  /** A host in the namespace `ns`, over the agent of `node`. */
  addHost(name: string, node: LinuxHost, ns: string, ip: string): LinuxHost;
}

/** Names the namespace that has the address. */
const FIND = `
for path in /run/netns/*; do
  ip -netns "\${path##*/}" -4 -oneline addr show 2>/dev/null | grep -qF " $1/" && { echo "\${path##*/}"; exit 0; }
done
exit 1`;

interface Place {
  readonly node: string;
  readonly ip: string;
  /** In the network of its node. */
  readonly isOnNode: boolean;
}

export class PodPlaces {
  readonly #known = new Map<string, LinuxHost>();
  readonly #lookAt = new Map<string, number>();

  constructor(readonly plan: PodPlacesPlan) {}

  /** As far as it is known; where it is not, it is looked for, now and then, and may be known when it is asked for again. */
  known(vantage: PodVantage): LinuxHost | undefined {
    const key = keyOf(vantage);
    const known = this.#known.get(key);
    if (!known && this.plan.now() >= (this.#lookAt.get(key) ?? 0)) {
      this.#lookAt.set(key, this.plan.now() + LOOK_EVERY_MS);
      this.find(vantage).catch(() => {});
    }
    return known;
  }

  /** The pod is gone, or was made anew: its namespace is another one then. */
  forget(vantage: PodVantage): void {
    this.#known.delete(keyOf(vantage));
  }

  /** Throws where the pod does not run. */
  async find(vantage: PodVantage): Promise<LinuxHost> {
    const key = keyOf(vantage);
    const known = this.#known.get(key);
    if (known) return known;
    const { node, ip, isOnNode } = await this.#placeOf(vantage);
    const on = this.plan.nodeHost(node);
    const host = isOnNode ? on : this.plan.addHost(`pod/${key}`, on, await namespaceOf(on, ip, key), ip);
    this.#known.set(key, host);
    return host;
  }

  async #placeOf({ namespace, pod }: PodVantage): Promise<Place> {
    const object = await this.plan.get({ apiVersion: 'v1', kind: 'Pod', name: pod, namespace });
    if (!object) throw new Error(`no pod ${namespace}/${pod}`);
    const { spec, status } = object as KubeObject & { readonly spec?: Spec; readonly status?: Status };
    if (status?.phase !== 'Running' || !status.podIP || !spec?.nodeName)
      throw new Error(`pod ${namespace}/${pod} does not run: ${status?.phase ?? 'no phase'}`);
    return { node: spec.nodeName, ip: status.podIP, isOnNode: spec.hostNetwork === true };
  }
}

async function namespaceOf({ name, options: { line, ns } }: LinuxHost, ip: string, pod: string): Promise<string> {
  const argv = ['sh', '-c', FIND, 'sh', ip];
  const { code, stdout } = await line.ask<Outcome>({ do: 'exec', ns, argv });
  if (code !== 0) throw new Error(`pod ${pod} has no network namespace with ${ip} on ${name}`);
  return stdout.trim();
}

interface Spec {
  readonly nodeName?: string;
  readonly hostNetwork?: boolean;
}

interface Status {
  readonly phase?: string;
  readonly podIP?: string;
}
