/**
 * What etcd and the API server's watch cache hold: the objects, one sequence of revisions, and a bounded window of changes for
 * watches that start in the past. Knows no rules about objects; registry.ts decides what may be stored.
 * Departs from the real thing: one watch cache for all readers, always fresh; no quorum; uids are counted, not random.
 */
import { assert } from '../../base/assert.js';
import type { Micros } from '../../base/instant.js';
import { SECOND } from '../../base/instant.js';
import type { KubeObject } from '../../scenario/model.js';
import { kindOf } from './kinds.js';
import type { ObjectMeta, Pod, Stored } from './objects.js';
import { keyOf } from './objects.js';
import { formatTime } from './timestamp.js';

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One change; the same object for every watcher, so that views made from it can be shared. */
export interface Change {
  readonly type: ChangeType;
  readonly revision: number;
  readonly object: Stored;
  readonly previous?: Stored;
}

export interface List<T extends Stored = Stored> {
  /** The same array until the collection changes. Ordered by namespace and name. */
  readonly items: readonly T[];
  readonly revision: number;
}

export interface Subscription {
  stop(): void;
}

export interface WatchScope {
  readonly kind: string;
  /** Pods: only those of this node. */
  readonly nodeName?: string;
}

type Observer = (change: Change) => void;

/**
 * Changes kept for each kind: at least so many, and all younger than this (watch_cache.go: minimum capacity, eventFreshDuration).
 * A watch from before them gets 410 Gone.
 */
const WINDOW_MIN = 100;
const WINDOW_AGE: Micros = 75 * SECOND;

interface Collection {
  readonly objects: Map<string, Stored>;
  readonly window: Change[];
  /** When each change of the window was made. */
  readonly times: Micros[];
  /** Revision after which the window is complete. */
  windowStart: number;
  sorted: readonly Stored[] | undefined;
  readonly all: Set<Observer>;
  readonly byNode: Map<string, Set<Observer>>;
}

export class ObjectStore {
  readonly #collections = new Map<string, Collection>();
  readonly #now: () => Micros;
  /** Called after every change, before the watchers. */
  readonly #onChange: (change: Change) => void;
  #revision = 0;
  #uids = 0;

  constructor(now: () => Micros, onChange: (change: Change) => void = () => {}) {
    this.#now = now;
    this.#onChange = onChange;
  }

  get revision(): number {
    return this.#revision;
  }

  get<T extends Stored = Stored>(kind: string, namespace: string | undefined, name: string): T | undefined {
    return this.#of(kind).objects.get(keyOf({ metadata: { name, ...(namespace !== undefined && { namespace }) } })) as
      | T
      | undefined;
  }

  list<T extends Stored = Stored>(kind: string, namespace?: string): List<T> {
    const collection = this.#of(kind);
    collection.sorted ??= [...collection.objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    const items =
      namespace === undefined
        ? collection.sorted
        : collection.sorted.filter(({ metadata }) => metadata.namespace === namespace);
    return { items: items as readonly T[], revision: this.#revision };
  }

  insert(object: KubeObject): Stored {
    const revision = ++this.#revision;
    const metadata: ObjectMeta = {
      ...object.metadata,
      uid: uidOf(++this.#uids),
      creationTimestamp: formatTime(this.#now()),
      resourceVersion: String(revision),
    };
    const stored: Stored = { ...object, metadata };
    const key = keyOf(stored);
    assert(!this.#of(object.kind).objects.has(key), `${object.kind} ${key} is stored already`);
    this.#commit({ type: 'ADDED', revision, object: stored });
    return stored;
  }

  /** Stores `object` in place of the one of its key; uid and creation time stay. */
  replace(object: Stored): Stored {
    const previous = this.#of(object.kind).objects.get(keyOf(object));
    assert(previous, `${object.kind} ${keyOf(object)} is not stored`);
    const revision = ++this.#revision;
    const { uid, creationTimestamp } = previous.metadata;
    const metadata = { ...object.metadata, uid, creationTimestamp, resourceVersion: String(revision) };
    const stored = { ...object, metadata };
    this.#commit({ type: 'MODIFIED', revision, object: stored, previous });
    return stored;
  }

  remove(object: Stored): void {
    const revision = ++this.#revision;
    const metadata = { ...object.metadata, resourceVersion: String(revision) };
    this.#commit({ type: 'DELETED', revision, object: { ...object, metadata }, previous: object });
  }

  /** Calls `observer` for every change after `since`, those of the past at once. `expired` where the window does not reach back. */
  watch(scope: WatchScope, since: number, observer: Observer): Subscription | 'expired' {
    const collection = this.#of(scope.kind);
    if (since < collection.windowStart) return 'expired';
    const { nodeName } = scope;
    for (const change of collection.window) {
      if (change.revision <= since) continue;
      const seen = nodeName === undefined ? change : seenFrom(nodeName, change);
      if (seen) observer(seen);
    }
    const observers = nodeName === undefined ? collection.all : setOf(collection.byNode, nodeName);
    observers.add(observer);
    return { stop: () => observers.delete(observer) };
  }

  #of(kind: string): Collection {
    let found = this.#collections.get(kind);
    if (!found) {
      found = {
        objects: new Map(),
        window: [],
        times: [],
        windowStart: 0,
        sorted: undefined,
        all: new Set(),
        byNode: new Map(),
      };
      this.#collections.set(kind, found);
    }
    return found;
  }

  #commit(change: Change): void {
    const collection = this.#of(kindOf(change.object.kind).kind);
    const key = keyOf(change.object);
    if (change.type === 'DELETED') collection.objects.delete(key);
    else collection.objects.set(key, change.object);
    collection.sorted = undefined;
    collection.window.push(change);
    collection.times.push(this.#now());
    trim(collection, this.#now() - WINDOW_AGE);
    this.#onChange(change);
    for (const observer of [...collection.all]) observer(change);
    const node = (change.object as Pod).spec?.nodeName;
    if (change.object.kind !== 'Pod' || node === undefined) return;
    const seen = seenFrom(node, change);
    if (seen) for (const observer of [...(collection.byNode.get(node) ?? [])]) observer(seen);
  }
}

function trim(collection: Collection, oldest: Micros): void {
  const { window, times } = collection;
  let drop = 0;
  while (window.length - drop > WINDOW_MIN && (times[drop] ?? oldest) < oldest) drop++;
  if (drop < WINDOW_MIN) return;
  collection.windowStart = window[drop - 1]?.revision ?? collection.windowStart;
  window.splice(0, drop);
  times.splice(0, drop);
}

/** What a watch with the field selector spec.nodeName sees of a change: a pod appears when it is bound. */
function seenFrom(nodeName: string, change: Change): Change | undefined {
  if ((change.object as Pod).spec?.nodeName !== nodeName) return undefined;
  const before = (change.previous as Pod | undefined)?.spec?.nodeName;
  return change.type === 'MODIFIED' && before !== nodeName ? { ...change, type: 'ADDED' } : change;
}

function setOf(map: Map<string, Set<Observer>>, key: string): Set<Observer> {
  const found = map.get(key);
  if (found) return found;
  const made = new Set<Observer>();
  map.set(key, made);
  return made;
}

function uidOf(count: number): string {
  return `00000000-0000-4000-8000-${count.toString(16).padStart(12, '0')}`;
}
