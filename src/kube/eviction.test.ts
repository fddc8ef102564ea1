/** What becomes of pods on nodes that are gone: externalip-outage.md §3, rows +300 s. */
import t from 'tap';
import { MINUTE, SECOND } from '../base/instant.js';
import type { KubeObject } from '../scenario/model.js';
import { faultyService, KubeLab, SERVICE_REF } from '../sim/kube-lab.js';
import type { Pod } from './api/objects.js';

const CP = '172.30.0.2';
const W1 = '172.30.0.3';

function web(replicas: number): KubeObject {
  const labels = { app: 'web' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx' }] } },
    },
  };
}

const terminating = (pods: readonly Pod[]) => pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
const onNode = (pods: readonly Pod[], node: string) => pods.filter(({ spec }) => spec.nodeName === node);

t.test('a Deployment spreads over the workers and runs', async (t) => {
  const lab = new KubeLab({ kubernetes: '1.34.2' });
  lab.kubernetes.apply(web(4));
  lab.run(20 * SECOND);
  const pods = lab.pods('default');
  t.same(
    pods.map(({ status }) => status?.phase),
    ['Running', 'Running', 'Running', 'Running'],
  );
  t.equal(onNode(pods, 'worker-1').length, 2);
  t.equal(onNode(pods, 'worker-2').length, 2);
  lab.kubernetes.apply(web(1));
  lab.run(5 * SECOND);
  t.equal(lab.pods('default').length, 1);
  lab.kubernetes.delete({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'default' });
  lab.run(5 * SECOND);
  t.equal(lab.pods('default').length, 0, 'what it owned goes with it');
});

t.test('A: after 300 s the pods of the lost node are deleted, hang there, and are made anew elsewhere', async (t) => {
  const lab = new KubeLab({ kubernetes: '1.34.2' });
  lab.kubernetes.apply(web(4));
  lab.run(20 * SECOND);
  lab.kubernetes.apply(faultyService(W1));
  lab.run(5 * MINUTE);
  t.same(terminating(lab.pods('default')), []);
  lab.run(90 * SECOND);
  const pods = lab.pods('default');
  t.equal(terminating(onNode(pods, 'worker-1')).length, 2);
  t.equal(onNode(pods, 'worker-2').length, 4);
  t.same(
    terminating(lab.pods('kube-system')).filter(({ metadata }) => /proxy|kindnet/.test(metadata.name)),
    [],
  );
  lab.kubernetes.delete(SERVICE_REF);
  lab.run(2 * MINUTE);
  t.equal(lab.pods('default').length, 4, 'kubelet, back again, removes them');
});

t.test('B with one worker: the zone counts as well, its pods are deleted and have nowhere to go', async (t) => {
  const lab = new KubeLab({ kubernetes: '1.20.10', workers: 1 });
  lab.kubernetes.apply(web(1));
  lab.run(20 * SECOND);
  lab.kubernetes.apply(faultyService(CP));
  lab.run(7 * MINUTE);
  const pods = lab.pods('default');
  t.equal(terminating(pods).length, 1);
  t.same(
    pods.filter(({ spec }) => spec.nodeName === undefined).map(({ status }) => status?.phase),
    ['Pending'],
  );
});

t.test('B with many workers: partial disruption, and at most one node is driven out', async (t) => {
  for (const seed of ['1', '2', '3']) {
    const lab = new KubeLab({ kubernetes: '1.34.2', workers: 5, seed });
    lab.kubernetes.apply(web(10));
    lab.run(20 * SECOND);
    lab.kubernetes.apply(faultyService(CP));
    lab.run(8 * MINUTE);
    t.equal(lab.kubernetes.controllerManager.nodeLifecycle.state, 'PartialDisruption');
    const nodes = new Set(terminating(lab.pods('default')).map(({ spec }) => spec.nodeName));
    t.ok(nodes.size <= 1, `${nodes.size} nodes were driven out`);
    t.equal(lab.ready('control-plane'), 'True');
  }
});
