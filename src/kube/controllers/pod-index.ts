/** Pods by what controllers look them up by: node, label, owner. Kept by the informer's handlers; in order of arrival. */
import type { Pod } from '../api/objects.js';
import { keyOf } from '../api/objects.js';
import type { Informer } from '../client/informer.js';

export class PodIndex {
  readonly #pods: Informer<Pod>;
  readonly #keys = new Map<string, Set<string>>();

  constructor(pods: Informer<Pod>) {
    this.#pods = pods;
    pods.on({
      added: (pod) => this.#put(pod, true),
      updated: (pod, before) => {
        this.#put(before, false);
        this.#put(pod, true);
      },
      deleted: (pod) => this.#put(pod, false),
    });
  }

  onNode(name: string): Pod[] {
    return this.#at(`node ${name}`);
  }

  withLabel(namespace: string, key: string, value: string): Pod[] {
    return this.#at(`label ${namespace} ${key}=${value}`);
  }

  ownedBy(uid: string): Pod[] {
    return this.#at(`owner ${uid}`);
  }

  #at(at: string): Pod[] {
    return [...(this.#keys.get(at) ?? [])].flatMap((key) => this.#pods.items.get(key) ?? []);
  }

  #put(pod: Pod, present: boolean): void {
    const { namespace, labels = {}, ownerReferences = [] } = pod.metadata;
    const places = [
      ...(pod.spec.nodeName === undefined ? [] : [`node ${pod.spec.nodeName}`]),
      ...Object.entries(labels).map(([key, value]) => `label ${namespace} ${key}=${value}`),
      ...ownerReferences.map(({ uid }) => `owner ${uid}`),
    ];
    for (const place of places) {
      const keys = this.#keys.get(place) ?? new Set();
      if (present) keys.add(keyOf(pod));
      else keys.delete(keyOf(pod));
      if (keys.size > 0) this.#keys.set(place, keys);
      else this.#keys.delete(place);
    }
  }
}
