/** A local copy of a kind, kept by a reflector, with handlers for what changes. Objects are shared, never changed. */
import type { Stored } from '../api/objects.js';
import { keyOf } from '../api/objects.js';
import type { Change, List } from '../api/store.js';
import type { ReflectorOptions } from './reflector.js';
import { Reflector } from './reflector.js';

export interface InformerHandlers<T extends Stored> {
  added?(object: T): void;
  updated?(object: T, before: T): void;
  deleted?(object: T): void;
}

export class Informer<T extends Stored> {
  readonly items = new Map<string, T>();
  readonly #reflector: Reflector<T>;
  readonly #handlers: InformerHandlers<T>[] = [];

  constructor(options: Omit<ReflectorOptions<T>, 'sink'>) {
    this.#reflector = new Reflector<T>({
      ...options,
      sink: { replace: (list) => this.#replace(list), change: (change) => this.#change(change) },
    });
  }

  get synced(): boolean {
    return this.#reflector.synced;
  }

  /** To be called before {@link start}. */
  on(handlers: InformerHandlers<T>): this {
    this.#handlers.push(handlers);
    return this;
  }

  start(): void {
    this.#reflector.start();
  }

  stop(): void {
    this.#reflector.stop();
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.items.get(namespace === undefined ? name : `${namespace}/${name}`);
  }

  #replace(list: List<T>): void {
    const gone = new Map(this.items);
    for (const object of list.items) {
      gone.delete(keyOf(object));
      this.#set(object);
    }
    for (const object of gone.values()) this.#delete(object);
  }

  #change({ type, object }: Change): void {
    if (type === 'DELETED') this.#delete(object as T);
    else this.#set(object as T);
  }

  #set(object: T): void {
    const key = keyOf(object);
    const before = this.items.get(key);
    this.items.set(key, object);
    if (before === object) return;
    for (const handlers of this.#handlers) {
      if (before === undefined) handlers.added?.(object);
      else handlers.updated?.(object, before);
    }
  }

  #delete(object: T): void {
    if (!this.items.delete(keyOf(object))) return;
    for (const handlers of this.#handlers) handlers.deleted?.(object);
  }
}
