/**
 * The outage by version, as measured with the real kube-proxy: externalip-outage.md §8. A: the externalIP is worker-1's address; B: it
 * is the control plane's.
 */
import t from 'tap';
import { SECOND } from '../base/instant.js';
import { faultyService, KubeLab, SERVICE_REF } from '../sim/kube-lab.js';

const CP = '172.30.0.2';
const W1 = '172.30.0.3';
const API = 6443;
const KUBELET = 10_250;

const A = [
  {
    version: '1.20.10',
    bound: ['control-plane', 'worker-1', 'worker-2'],
    own: 'worker-1',
    cp: 'control-plane',
    w2: 'worker-2',
  },
  {
    version: '1.26.7',
    bound: ['control-plane', 'worker-1', 'worker-2'],
    own: 'ECONNREFUSED',
    cp: 'ECONNREFUSED',
    w2: 'ECONNREFUSED',
  },
  { version: '1.34.2', bound: ['control-plane', 'worker-2'], own: 'worker-1', cp: 'ECONNREFUSED', w2: 'ECONNREFUSED' },
] as const;

for (const { version, bound, own, cp, w2 } of A) {
  t.test(`A on ${version}: who binds, who is answered by whom`, async (t) => {
    const lab = new KubeLab({ kubernetes: version });
    t.ok(lab.kubernetes.apply(faultyService(W1)).ok);
    lab.run(SECOND);
    t.same(lab.boundOn(W1), bound);
    t.equal(lab.whoAnswers('worker-1', CP, API), 'timeout');
    t.equal(lab.whoAnswers('worker-2', CP, API), 'control-plane');
    t.equal(lab.whoAnswers('worker-1', W1, KUBELET), own);
    t.equal(lab.whoAnswers('control-plane', W1, KUBELET), cp);
    t.equal(lab.whoAnswers('worker-2', W1, KUBELET), w2);
    t.equal(lab.whoAnswers('worker-1', CP, KUBELET), 'timeout');
  });
}

for (const { version } of A) {
  t.test(`A on ${version}: NotReady after the grace period, healed by deleting the Service`, async (t) => {
    const lab = new KubeLab({ kubernetes: version });
    lab.kubernetes.apply(faultyService(W1));
    const grace = lab.kubernetes.timings.nodeMonitorGrace;
    lab.run(grace - 11 * SECOND);
    t.equal(lab.ready('worker-1'), 'True');
    lab.run(22 * SECOND);
    t.equal(lab.ready('worker-1'), 'Unknown');
    t.equal(lab.ready('worker-2'), 'True');
    t.equal(lab.ready('control-plane'), 'True');
    lab.kubernetes.delete(SERVICE_REF);
    lab.run(SECOND);
    t.same(
      lab.boundOn(W1).filter((node) => node !== 'worker-1'),
      [],
      'the peers release it at once',
    );
    lab.run(29 * SECOND);
    t.equal(lab.ready('worker-1'), 'True');
    lab.run(90 * SECOND);
    t.same(lab.boundOn(W1), [], 'the owner too, when its watch is back');
  });
}

t.test(
  'A: the isolated owner keeps the address until it hears of the deletion, and on 1.26 refuses itself meanwhile',
  async (t) => {
    const lab = new KubeLab({ kubernetes: '1.26.7' });
    lab.kubernetes.apply(faultyService(W1));
    lab.run(60 * SECOND);
    lab.kubernetes.delete(SERVICE_REF);
    lab.run(SECOND / 2);
    t.same(lab.boundOn(W1), ['worker-1']);
    t.equal(lab.whoAnswers('worker-1', W1, KUBELET), 'ECONNREFUSED');
  },
);

const B = [
  { version: '1.20.10', bound: ['control-plane', 'worker-1', 'worker-2'], cp: 'control-plane', w1: 'worker-1' },
  { version: '1.26.7', bound: ['control-plane', 'worker-1', 'worker-2'], cp: 'ECONNREFUSED', w1: 'ECONNREFUSED' },
  { version: '1.34.2', bound: ['worker-1', 'worker-2'], cp: 'control-plane', w1: 'ECONNREFUSED' },
] as const;

for (const { version, bound, cp, w1 } of B) {
  t.test(`B on ${version}: every worker is refused, and deleting the Service does not heal it`, async (t) => {
    const lab = new KubeLab({ kubernetes: version });
    lab.kubernetes.apply(faultyService(CP));
    lab.run(SECOND);
    t.same(lab.boundOn(CP), bound);
    t.equal(lab.whoAnswers('worker-1', CP, API), 'ECONNREFUSED');
    t.equal(lab.whoAnswers('worker-2', CP, API), 'ECONNREFUSED');
    t.equal(lab.whoAnswers('control-plane', CP, API), cp);
    t.equal(lab.whoAnswers('worker-1', CP, KUBELET), w1);
    t.equal(lab.whoAnswers('control-plane', W1, KUBELET), 'timeout');
    t.equal(lab.whoAnswers('worker-2', W1, KUBELET), 'worker-1');
    lab.run(60 * SECOND);
    t.same(
      ['control-plane', 'worker-1', 'worker-2'].map((node) => lab.ready(node)),
      ['True', 'Unknown', 'Unknown'],
    );
    lab.kubernetes.delete(SERVICE_REF);
    lab.run(165 * SECOND);
    t.same(lab.boundOn(CP), ['worker-1', 'worker-2']);
    t.equal(lab.whoAnswers('worker-1', CP, API), 'ECONNREFUSED');
    // Three requests of ARP, a second apart, and then the error: whoever gives up sooner sees a time-out (E5).
    t.equal(lab.whoAnswers('control-plane', W1, KUBELET, 4 * SECOND), 'EHOSTUNREACH');
  });
}

for (const mode of ['iptables', 'nftables'] as const) {
  t.test(`in ${mode} mode nothing is bound and nobody is cut off`, async (t) => {
    const lab = new KubeLab({ kubernetes: '1.34.2', kubeProxy: { mode } });
    t.equal(lab.kubernetes.proxyMode, mode);
    lab.kubernetes.apply(faultyService(W1));
    lab.run(120 * SECOND);
    t.same(lab.boundOn(W1), []);
    t.equal(lab.ready('worker-1'), 'True');
    t.equal(lab.whoAnswers('worker-1', CP, API), 'control-plane');
    t.equal(lab.whoAnswers('worker-2', W1, KUBELET), 'worker-1');
  });
}

t.test("an address that is nobody's is bound everywhere and harms nobody", async (t) => {
  const lab = new KubeLab({ kubernetes: '1.20.10' });
  lab.kubernetes.apply(faultyService('172.30.0.99'));
  lab.run(120 * SECOND);
  t.same(lab.boundOn('172.30.0.99'), ['control-plane', 'worker-1', 'worker-2']);
  t.same(
    ['control-plane', 'worker-1', 'worker-2'].map((node) => lab.ready(node)),
    ['True', 'True', 'True'],
  );
});

t.test('the same seed gives the same lines, another seed others', async (t) => {
  const run = (seed: string) => {
    const lab = new KubeLab({ kubernetes: '1.34.2', seed });
    lab.kubernetes.apply(faultyService(CP));
    lab.run(90 * SECOND);
    return lab.lines.map(({ line }) => line);
  };
  const first = run('7');
  t.same(run('7'), first);
  t.not(JSON.stringify(run('8')), JSON.stringify(first));
});
