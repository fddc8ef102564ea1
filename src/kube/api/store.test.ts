/** Lists, and watches that see every change after a revision once, in order. */
import t from 'tap';
import { SECOND } from '../../base/instant.js';
import type { KubeObject } from '../../scenario/model.js';
import type { Stored } from './objects.js';
import { type Change, ObjectStore, type Subscription } from './store.js';

const node = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  spec: {},
  status: {},
});
const pod = (name: string, nodeName?: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: nodeName === undefined ? {} : { nodeName },
});

function watch(store: ObjectStore, kind: string, since: number, seen: string[], nodeName?: string): Subscription {
  const scope = nodeName === undefined ? { kind } : { kind, nodeName };
  const subscription = store.watch(scope, since, ({ type, object }: Change) => {
    seen.push(`${type} ${object.metadata.name}`);
  });
  if (subscription === 'expired') throw new Error('expired');
  return subscription;
}

t.test('a watch from a revision hears the changes since, and then each new one', async (t) => {
  const store = new ObjectStore(() => 0);
  store.insert(node('a'));
  const { revision } = store.list('Node');
  const b = store.insert(node('b'));
  const seen: string[] = [];
  const subscription = watch(store, 'Node', revision, seen);
  store.replace({ ...b, spec: { unschedulable: true } });
  store.remove(b);
  subscription.stop();
  store.insert(node('c'));
  t.same(seen, ['ADDED b', 'MODIFIED b', 'DELETED b']);
});

t.test('a list is the same array until something changes, in order of names', async (t) => {
  const store = new ObjectStore(() => 0);
  store.insert(node('b'));
  store.insert(node('a'));
  const first = store.list('Node').items;
  store.insert(pod('x'));
  t.equal(store.list('Node').items, first);
  t.same(
    first.map(({ metadata }) => metadata.name),
    ['a', 'b'],
  );
  store.insert(node('c'));
  t.not(store.list('Node').items, first);
});

t.test('a watch of one node sees a pod appear when it is bound there', async (t) => {
  const store = new ObjectStore(() => 0);
  const here: string[] = [];
  const there: string[] = [];
  watch(store, 'Pod', 0, here, 'worker-1');
  watch(store, 'Pod', 0, there, 'worker-2');
  const stored = store.insert(pod('x'));
  const bound = store.replace({ ...stored, spec: { nodeName: 'worker-1' } } as Stored);
  store.replace({ ...bound, status: { phase: 'Running' } });
  t.same(here, ['ADDED x', 'MODIFIED x']);
  t.same(there, []);
});

t.test('a watch from before the window is too old', async (t) => {
  let now = 0;
  const store = new ObjectStore(() => now);
  let stored = store.insert(node('a'));
  for (let i = 0; i < 300; i++) {
    now += SECOND;
    stored = store.replace({ ...stored, spec: { i } });
  }
  t.equal(
    store.watch({ kind: 'Node' }, 1, () => {}),
    'expired',
  );
  t.not(
    store.watch({ kind: 'Node' }, store.revision - 90, () => {}),
    'expired',
  );
});
