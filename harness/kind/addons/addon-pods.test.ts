/** A pod that is not ready is told in the kubelet's words. States are those of a real kubelet. */
import t from 'tap';
import { type AddonPod, isReady, podsOf, stateOf, unreadyOn } from './addon-pods.js';

const READY = [{ type: 'Ready', status: 'True' }];

function pod(nodeName: string, status: AddonPod['status'] & object, metadata: object = {}): AddonPod {
  const labels = { 'app.kubernetes.io/name': 'node-exporter' };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', labels, ...metadata }, spec: { nodeName }, status };
}

const running = (node: string) => pod(node, { phase: 'Running', conditions: READY });
const pulling = pod('w1', {
  phase: 'Pending',
  containerStatuses: [
    {
      state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "quay.io/a:1"' } },
      lastState: {},
    },
  ],
});
const crashing = pod('w1', {
  phase: 'Running',
  containerStatuses: [
    {
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
      lastState: { terminated: { reason: 'Error', exitCode: 2 } },
    },
  ],
});
const homeless = pod('', {
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes are available: 1 Insufficient memory.' }],
});
const leaving = pod('w1', { phase: 'Running', conditions: READY }, { deletionTimestamp: '2026-11-22T19:50:00Z' });

t.test('each state has its words', async (t) => {
  t.equal(stateOf(pulling), 'ImagePullBackOff Back-off pulling image "quay.io/a:1"');
  t.equal(stateOf(crashing), 'CrashLoopBackOff after Error (exit 2) back-off 10s');
  t.equal(stateOf(homeless), 'not scheduled: 0/1 nodes are available: 1 Insufficient memory.');
  t.equal(stateOf(leaving), 'terminating');
  t.notOk(isReady(leaving), 'it is on its way out');
  t.equal(stateOf(pod('w1', { phase: 'Running' })), 'Running, not ready');
});

t.test('every node must have a ready one', async (t) => {
  t.equal(unreadyOn(['cp', 'w1'], [running('cp'), running('w1')]), undefined);
  t.equal(unreadyOn(['w1'], [leaving, running('w1')]), undefined, 'the old one may still be leaving');
  t.equal(
    unreadyOn(['cp', 'w1', 'w2'], [running('cp'), pulling]),
    'w1: ImagePullBackOff Back-off pulling image "quay.io/a:1"; w2: no pod',
  );
});

t.test('pods of other add-ons do not count', async (t) => {
  const other = pod('cp', {}, { labels: { 'app.kubernetes.io/name': 'prometheus' } });
  const bare = pod('cp', {}, { labels: undefined });
  const list = async () => [running('cp'), other, bare];
  t.same(await podsOf({ list }, 'prometheus'), [other]);
});
