/** A pod that is not ready is told in the kubelet's words. States are those of a real kubelet. */
import t from 'tap';
import { isInVain, isReady, type Pod, podsOf, stateOf, unreadyOn } from './pod-state.js';

const READY = [{ type: 'Ready', status: 'True' }];

function pod(status: Pod['status'] & object, metadata: object = {}): Pod {
  const labels = { 'app.kubernetes.io/name': 'b' };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', labels, ...metadata }, spec: {}, status };
}

const waiting = (reason: string, message: string, lastState = {}) =>
  pod({ phase: 'Running', containerStatuses: [{ state: { waiting: { reason, message } }, lastState }] });
const pulling = waiting('ImagePullBackOff', 'Back-off pulling image "quay.io/a:1"');
const crashing = waiting('CrashLoopBackOff', 'back-off 10s', { terminated: { reason: 'Error', exitCode: 2 } });
const nowhere = waiting('ErrImageNeverPull', 'Container image "a:1" is not present with pull policy of Never');
const refused = [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes are available: 1 Insufficient memory.' }];
const leaving = pod({ phase: 'Running', conditions: READY }, { deletionTimestamp: '2026-11-22T19:50:00Z' });

t.test('each state has its words', async (t) => {
  t.equal(stateOf(pulling), 'ImagePullBackOff Back-off pulling image "quay.io/a:1"');
  t.equal(stateOf(crashing), 'CrashLoopBackOff after Error (exit 2) back-off 10s');
  t.equal(
    stateOf(pod({ phase: 'Pending', conditions: refused })),
    'not scheduled: 0/1 nodes are available: 1 Insufficient memory.',
  );
  t.equal(stateOf(pod({ phase: 'Running' })), 'Running, not ready');
  t.equal(stateOf(leaving), 'terminating');
});

t.test('only one that is Ready and stays is ready', async (t) => {
  t.same([pod({ conditions: READY }), leaving, pulling].map(isReady), [true, false, false]);
});

t.test('some reasons stay, an image that is being pulled does not', async (t) => {
  t.same([crashing, nowhere, pulling, leaving].map(isInVain), [true, true, false, false]);
});

t.test('pods of others do not count', async (t) => {
  const other = pod({}, { labels: { 'app.kubernetes.io/name': 'c' } });
  const bare = pod({}, { labels: undefined });
  const asked: unknown[] = [];
  const list = async (...words: readonly unknown[]) => {
    asked.push(words);
    return [leaving, other, bare];
  };
  t.same(await podsOf({ list }, 'kube-system', 'b'), [leaving]);
  t.same(asked, [['Pod', 'kube-system']]);
});

t.test('every node must have a ready one', async (t) => {
  const on = (nodeName: string, there: Pod): Pod => ({ ...there, spec: { nodeName } });
  const running = pod({ phase: 'Running', conditions: READY });
  t.equal(unreadyOn(['cp', 'w1'], [on('cp', running), on('w1', running)]), undefined);
  t.equal(unreadyOn(['w1'], [on('w1', leaving), on('w1', running)]), undefined, 'the old one may still be leaving');
  t.equal(
    unreadyOn(['cp', 'w1', 'w2'], [on('cp', running), on('w1', pulling)]),
    'w1: ImagePullBackOff Back-off pulling image "quay.io/a:1"; w2: no pod',
  );
});
