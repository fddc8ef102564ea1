/** Ways into and out of the outage that depend on kube-proxy's clean-up: externalip-outage.md §1.1, §1.2, §3.1, §5. */
import t from 'tap';
import { MINUTE, SECOND } from '../base/instant.js';
import { ipv4 } from '../base/ip.js';
import { faultyService, KubeLab, SERVICE_REF } from '../sim/kube-lab.js';

const CP = '172.30.0.2';
const W1 = '172.30.0.3';
const FREE = '172.30.0.99';
const WORKERS = ['worker-1', 'worker-2'];

const unbind = (lab: KubeLab, ip: string, nodes = WORKERS) => {
  for (const node of nodes) lab.host(node).deleteAddress('kube-ipvs0', ipv4(ip));
};

for (const version of ['1.20.10', '1.26.7', '1.34.2']) {
  t.test(`B on ${version} heals where the address is taken away again and again after the deletion`, async (t) => {
    const lab = new KubeLab({ kubernetes: version });
    lab.kubernetes.apply(faultyService(CP));
    lab.run(60 * SECOND);
    lab.kubernetes.delete(SERVICE_REF);
    for (let i = 0; i < 120; i++) {
      unbind(lab, CP);
      lab.run(SECOND);
    }
    lab.run(60 * SECOND);
    t.same(lab.boundOn(CP), []);
    t.same(
      WORKERS.map((node) => lab.ready(node)),
      ['True', 'True'],
    );
    for (const node of WORKERS) {
      const own = lab
        .host(node)
        .ipvs.servers()
        .filter(({ ip }) => ip === ipv4(CP));
      t.same(own, [], `${node} has no virtual server of it left`);
    }
  });
}

t.test(
  'while the Service is there, IPVS binds a taken address again within 30 s, 1.34.2 not before something changes',
  async (t) => {
    for (const [version, comesBack] of [
      ['1.20.10', true],
      ['1.33.1', true],
      ['1.34.2', false],
    ] as const) {
      const lab = new KubeLab({ kubernetes: version });
      lab.kubernetes.apply(faultyService(FREE));
      lab.run(5 * SECOND);
      unbind(lab, FREE);
      lab.run(31 * SECOND);
      t.equal(lab.boundOn(FREE).includes('worker-1'), comesBack, version);
    }
  },
);

t.test(
  'a killed kube-proxy leaves the address; the dummy device removed and kube-proxy started anew, B heals',
  async (t) => {
    const lab = new KubeLab({ kubernetes: '1.20.10' });
    lab.kubernetes.apply(faultyService(CP));
    lab.run(60 * SECOND);
    lab.kubernetes.delete(SERVICE_REF);
    const proxy = lab.kubernetes.proxies.get('worker-1');
    proxy?.kill();
    lab.run(MINUTE);
    t.same(lab.boundOn(CP), WORKERS);
    t.equal(proxy?.running, false);
    lab.host('worker-1').deleteDevice('kube-ipvs0');
    proxy?.start();
    lab.run(30 * SECOND);
    t.same(lab.boundOn(CP), ['worker-2']);
    t.equal(lab.ready('worker-1'), 'True');
    t.equal(proxy?.synced, true);
    t.ok(
      lab
        .host('worker-1')
        .addresses()
        .some(({ device }) => device === 'kube-ipvs0'),
      'the cluster addresses are back',
    );
  },
);

t.test('without virtual servers an address is never released before 1.27.2, and always since', async (t) => {
  for (const [version, released] of [
    ['1.20.10', false],
    ['1.34.2', true],
  ] as const) {
    const lab = new KubeLab({ kubernetes: version });
    lab.kubernetes.apply(faultyService(FREE));
    lab.run(5 * SECOND);
    for (const { name } of lab.cluster.nodes) lab.host(name).ipvs.clear();
    lab.kubernetes.delete(SERVICE_REF);
    lab.run(2 * MINUTE);
    t.same(lab.boundOn(FREE).length === 0, released, version);
  }
});

t.test(
  'excludeCIDRs do not keep the address away; before 1.27.2 they make it stay, since then its virtual server',
  async (t) => {
    for (const [version, stays] of [
      ['1.20.10', true],
      ['1.34.2', false],
    ] as const) {
      const lab = new KubeLab({ kubernetes: version, kubeProxy: { excludeCIDRs: ['172.30.0.0/24'] } });
      lab.kubernetes.apply(faultyService(FREE));
      lab.run(5 * SECOND);
      t.equal(lab.boundOn(FREE).length, 3, `${version} binds`);
      lab.kubernetes.delete(SERVICE_REF);
      lab.run(MINUTE);
      t.equal(lab.boundOn(FREE).length === 3, stays, version);
      t.ok(
        lab
          .host('worker-1')
          .ipvs.servers()
          .some(({ ip }) => ip === ipv4(FREE)),
        `${version}: the virtual server stays`,
      );
    }
  },
);

t.test('an address of two Services goes with the last of them', async (t) => {
  for (const version of ['1.20.10', '1.34.2']) {
    const lab = new KubeLab({ kubernetes: version });
    const second = { ...faultyService(FREE, 9999), metadata: { name: 'second', namespace: 'default' } };
    lab.kubernetes.apply(faultyService(FREE));
    lab.kubernetes.apply(second);
    lab.run(5 * SECOND);
    lab.kubernetes.delete(SERVICE_REF);
    let fewest = 3;
    for (let i = 0; i < 200; i++) {
      lab.run(SECOND / 200);
      fewest = Math.min(fewest, lab.boundOn(FREE).length);
    }
    t.equal(fewest, 3, `${version} does not release it for a moment`);
    lab.kubernetes.delete({ ...SERVICE_REF, name: 'second' });
    lab.run(5 * SECOND);
    t.same(lab.boundOn(FREE), [], version);
  }
});

t.test("a load balancer address that is a node's is the same outage", async (t) => {
  const lab = new KubeLab({ kubernetes: '1.30.2' });
  const { externalIPs: _, ...spec } = faultyService(W1).spec as Record<string, unknown>;
  lab.kubernetes.apply({ ...faultyService(W1), spec: { ...spec, type: 'LoadBalancer' } });
  lab.run(2 * SECOND);
  t.same(lab.boundOn(W1), []);
  const status = { loadBalancer: { ingress: [{ ip: W1 }] } };
  t.ok(lab.kubernetes.patch(SERVICE_REF, { merge: { status } }).ok);
  lab.run(2 * SECOND);
  t.same(lab.boundOn(W1), ['control-plane', 'worker-2']);
  t.equal(lab.whoAnswers('worker-1', CP, 6443), 'timeout');
});

t.test('AllowServiceExternalIPs=false keeps every mode from it, and the field stays', async (t) => {
  const lab = new KubeLab({ kubernetes: '1.36.0', kubeProxy: { featureGates: { AllowServiceExternalIPs: false } } });
  const answer = lab.kubernetes.apply(faultyService(W1));
  t.same(answer.warnings, ['spec.externalIPs is deprecated']);
  lab.run(70 * SECOND);
  t.same(lab.boundOn(W1), []);
  t.notOk(
    lab
      .host('worker-2')
      .ipvs.servers()
      .some(({ ip }) => ip === ipv4(W1)),
  );
  t.equal(lab.ready('worker-1'), 'True');
});

t.test('strictARP sets its sysctls and changes nothing for the nodes', async (t) => {
  const lab = new KubeLab({ kubernetes: '1.20.10', kubeProxy: { strictARP: true } });
  t.equal(lab.host('worker-1').sysctl.get('net.ipv4.conf.all.arp_ignore'), 1);
  t.equal(lab.host('worker-1').sysctl.get('net.ipv4.conf.all.arp_announce'), 2);
  lab.kubernetes.apply(faultyService(W1));
  lab.run(MINUTE);
  t.equal(lab.ready('worker-1'), 'Unknown');
});
