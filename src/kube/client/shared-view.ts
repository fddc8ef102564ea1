/**
 * A kind's objects as one reflector knows them, shared between all reflectors that heard the same: a view is a list and the changes
 * after it, and the same change after the same view gives the same view. What is computed from a view is computed once for
 * thousands of nodes. Views are values; their maps are made when somebody asks.
 */
import type { Stored } from '../api/objects.js';
import { keyOf } from '../api/objects.js';
import type { Change, List } from '../api/store.js';

export class View<T extends Stored> {
  #items: ReadonlyMap<string, T> | undefined;
  #base: { readonly view: View<T>; readonly change: Change } | undefined;
  readonly #next = new WeakMap<Change, View<T>>();

  private constructor(items: ReadonlyMap<string, T> | undefined, base?: { view: View<T>; change: Change }) {
    this.#items = items;
    this.#base = base;
  }

  static of<T extends Stored>(objects: readonly T[]): View<T> {
    return new View<T>(new Map(objects.map((object) => [keyOf(object), object])));
  }

  after(change: Change): View<T> {
    let next = this.#next.get(change);
    if (!next) {
      next = new View<T>(undefined, { view: this, change });
      this.#next.set(change, next);
    }
    return next;
  }

  /** By `namespace/name`. */
  get items(): ReadonlyMap<string, T> {
    if (this.#items) return this.#items;
    const changes: Change[] = [];
    let view: View<T> | undefined = this;
    while (view && !view.#items) {
      if (view.#base) changes.push(view.#base.change);
      view = view.#base?.view;
    }
    const items = new Map(view ? view.#items : []);
    for (const { type, object } of changes.reverse()) {
      if (type === 'DELETED') items.delete(keyOf(object));
      else items.set(keyOf(object), object as T);
    }
    this.#items = items;
    this.#base = undefined;
    return items;
  }
}

/** The views that start from a list; one for a cluster and kind. */
export class ViewSource<T extends Stored> {
  readonly #lists = new WeakMap<readonly T[], View<T>>();
  readonly empty = View.of<T>([]);

  ofList({ items }: List<T>): View<T> {
    let view = this.#lists.get(items);
    if (!view) {
      view = View.of(items);
      this.#lists.set(items, view);
    }
    return view;
  }
}
