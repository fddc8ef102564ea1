/** BGP sessions of the mesh through the outage: externalip-outage.md §3, row calico. */
import t from 'tap';
import { MINUTE, SECOND } from '../../base/instant.js';
import { formatIpv4 } from '../../base/ip.js';
import { faultyService, KubeLab, SERVICE_REF } from '../../sim/kube-lab.js';
import { conditionOf } from '../api/objects.js';

const CP = '172.30.0.2';
const W1 = '172.30.0.3';
const W2 = '172.30.0.4';

function calico(): KubeLab {
  return new KubeLab({ kubernetes: '1.26.7', cluster: { cni: { name: 'calico', encapsulation: 'ipip' } } });
}

const peers = (lab: KubeLab, node: string) => lab.kubernetes.birds.get(node)?.establishedPeers().map(formatIpv4);

function isReady(lab: KubeLab, node: string): string | undefined {
  const pod = lab
    .pods('kube-system')
    .find(({ metadata, spec }) => metadata.labels?.['k8s-app'] === 'calico-node' && spec.nodeName === node);
  return pod && conditionOf(pod, 'Ready')?.status;
}

t.test('one session for each pair of nodes, whoever dialled', async (t) => {
  const lab = calico();
  t.same(peers(lab, 'control-plane'), [W1, W2]);
  t.same(peers(lab, 'worker-1'), [CP, W2]);
  t.same(peers(lab, 'worker-2'), [CP, W1]);
});

t.test('A: the sessions with the victim end on the binding side first, on its own by the hold timer', async (t) => {
  const lab = calico();
  lab.kubernetes.apply(faultyService(W1));
  lab.run(90 * SECOND);
  t.same(peers(lab, 'control-plane'), [W2]);
  t.same(peers(lab, 'worker-2'), [CP]);
  t.same(peers(lab, 'worker-1'), [CP, W2]);
  lab.run(3 * MINUTE);
  t.same(peers(lab, 'worker-1'), []);
  t.equal(isReady(lab, 'worker-1'), 'False');
  t.equal(isReady(lab, 'worker-2'), 'True', 'one session is enough after a while');
  t.equal(isReady(lab, 'control-plane'), 'True');
});

t.test('A: after the deletion all sessions are up again', async (t) => {
  const lab = calico();
  lab.kubernetes.apply(faultyService(W1));
  lab.run(5 * MINUTE);
  lab.kubernetes.delete(SERVICE_REF);
  lab.run(3 * MINUTE);
  t.same(peers(lab, 'worker-1'), [CP, W2]);
  t.equal(isReady(lab, 'worker-1'), 'True');
});

t.test('B: workers lose the control plane and keep each other', async (t) => {
  const lab = calico();
  lab.kubernetes.apply(faultyService(CP));
  lab.run(6 * MINUTE);
  t.same(peers(lab, 'control-plane'), []);
  t.same(peers(lab, 'worker-1'), [W2]);
  t.same(peers(lab, 'worker-2'), [W1]);
});

t.test('where the host takes the neighbour for itself, BIRD does not take itself for the neighbour', async (t) => {
  const lab = new KubeLab({ kubernetes: '1.20.10', cluster: { cni: { name: 'calico', encapsulation: 'ipip' } } });
  lab.kubernetes.apply(faultyService(W1));
  lab.run(6 * MINUTE);
  t.same(peers(lab, 'control-plane'), [W2]);
});
