/** Variant C: the externalIP is the control plane's and the port the API server's. externalip-outage.md §1.3. */
import t from 'tap';
import { SECOND } from '../base/instant.js';
import { ipv4 } from '../base/ip.js';
import type { KubeObject } from '../scenario/model.js';
import { faultyService, KubeLab } from '../sim/kube-lab.js';

const CP = '172.30.0.2';
const API = 6443;

const httpd: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'busybox', namespace: 'default' },
  spec: {
    selector: { matchLabels: { app: 'httpd' } },
    template: {
      metadata: { labels: { app: 'httpd' } },
      spec: { containers: [{ name: 'busybox', image: 'busybox:1.28', ports: [{ containerPort: 80 }] }] },
    },
  },
};

function lab(kubernetes: string, mode: 'ipvs' | 'iptables' | 'nftables'): KubeLab {
  const made = new KubeLab({ kubernetes, kubeProxy: { mode } });
  made.kubernetes.apply(httpd);
  made.run(15 * SECOND);
  made.kubernetes.apply(faultyService(CP, API));
  made.run(5 * SECOND);
  return made;
}

t.test('iptables and nftables send new API connections of every node to the pod; established ones live', async (t) => {
  for (const mode of ['iptables', 'nftables'] as const) {
    const made = lab('1.34.2', mode);
    t.equal(made.whoAnswers('worker-1', CP, API), 'no tls', mode);
    t.equal(made.whoAnswers('worker-2', CP, API), 'no tls', mode);
    made.run(90 * SECOND);
    t.same(
      ['worker-1', 'worker-2'].map((node) => made.ready(node)),
      ['True', 'True'],
      mode,
    );
  }
});

t.test('a client that must dial anew says that nobody speaks TLS there', async (t) => {
  const made = lab('1.34.2', 'iptables');
  made.kubernetes.kubelets.get('worker-1')?.client.closeAll();
  made.run(15 * SECOND);
  t.match(made.log('worker-1', 'kubelet').join('\n'), /tls: first record does not look like a TLS handshake/);
});

t.test('1.20 skips the address on the node where the API server has the port, and says so', async (t) => {
  const made = lab('1.20.10', 'ipvs');
  t.notOk(
    made
      .host('control-plane')
      .ipvs.servers()
      .some(({ ip, port }) => ip === ipv4(CP) && port === API),
  );
  t.ok(
    made
      .host('worker-1')
      .ipvs.servers()
      .some(({ ip, port }) => ip === ipv4(CP) && port === API),
  );
  t.same(made.boundOn(CP), ['worker-1', 'worker-2']);
  t.match(
    made.log('control-plane', 'kube-proxy').join('\n'),
    /can't open "externalIP for default\/busybox" \(172\.30\.0\.2:6443\/tcp\), skipping this externalIP: listen tcp .*: bind: address already in use/,
  );
  t.equal(made.whoAnswers('control-plane', CP, API), 'control-plane');
  t.equal(made.whoAnswers('worker-1', CP, API), 'no tls');
});
