/** Deletes what a deleted object owned. Source: pkg/controller/garbagecollector. Departs: only the kinds that the model makes. */
import type { Stored } from '../api/objects.js';
import type { Informer } from '../client/informer.js';
import type { ControllerContext } from './context.js';
import { refOf, write } from './context.js';

const RETRY = 1_000_000;

export class GarbageCollector {
  readonly #context: ControllerContext;

  constructor(context: ControllerContext) {
    this.#context = context;
    const { services, slices, deployments, replicaSets, daemonSets, pods } = context.informers;
    this.#follow(services, slices);
    this.#follow(deployments, replicaSets);
    this.#follow(replicaSets, pods);
    this.#follow(daemonSets, pods);
  }

  #follow<Owner extends Stored, Owned extends Stored>(owners: Informer<Owner>, owned: Informer<Owned>): void {
    owners.on({
      deleted: ({ metadata: { uid } }) => {
        for (const object of [...owned.items.values()]) {
          if (object.metadata.ownerReferences?.some((owner) => owner.uid === uid)) this.#delete(object);
        }
      },
    });
  }

  #delete(object: Stored): void {
    if (object.metadata.deletionTimestamp !== undefined) return;
    write(this.#context, { ...refOf(object), verb: 'delete' }, (result) => {
      if (!result.ok && result.code !== 404) this.#context.host.after(RETRY, () => this.#delete(object));
    });
  }
}
