/** The published report's own cluster and manifest, both variants: published-reports.md §1, externalip-outage.md §3. */
import t from 'tap';
import { SECOND } from '../base/instant.js';
import { formatIpv4, ipv4 } from '../base/ip.js';
import type { KubeObject } from '../scenario/model.js';
import { faultyService, KubeLab } from '../sim/kube-lab.js';
import { conditionOf, type Pod, type Service } from './api/objects.js';

const MASTER = '192.168.0.10';
const NODE = '192.168.0.11';

const deployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'busybox', namespace: 'default' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'httpd' } },
    template: {
      metadata: { labels: { app: 'httpd' } },
      spec: { containers: [{ name: 'busybox', image: 'busybox:1.28', ports: [{ containerPort: 80 }] }] },
    },
  },
};

function report(externalIP: string): KubeLab {
  const lab = new KubeLab({
    kubernetes: '1.20.10',
    nodes: [
      { name: 'k8s-master-1', role: 'control-plane', ip: MASTER },
      { name: 'k8s-node-1', role: 'worker', ip: NODE },
    ],
    cluster: {
      subnet: '192.168.0.0/24',
      podSubnet: '10.70.0.0/16',
      serviceSubnet: '10.0.0.0/16',
      cni: { name: 'calico', encapsulation: 'ipip' },
    },
  });
  lab.kubernetes.apply(deployment);
  lab.kubernetes.apply(faultyService(externalIP));
  return lab;
}

const ready = (lab: KubeLab, prefix: string) =>
  lab.kubernetes
    .list<Pod>('Pod')
    .filter(({ metadata }) => metadata.name.startsWith(prefix))
    .map((pod) => conditionOf(pod, 'Ready')?.status);

t.test('before, everything that kubeadm and calico run is there and ready', async (t) => {
  const lab = new KubeLab({ kubernetes: '1.20.10', cluster: { cni: { name: 'calico', encapsulation: 'ipip' } } });
  t.equal(lab.kubernetes.notReady(), undefined);
  const counts = new Map<string, number>();
  for (const { metadata } of lab.pods('kube-system')) {
    const app = metadata.labels?.['k8s-app'] ?? 'static';
    counts.set(app, (counts.get(app) ?? 0) + 1);
  }
  t.same(Object.fromEntries(counts), {
    static: 4,
    'kube-dns': 2,
    'kube-proxy': 3,
    'calico-node': 3,
    'calico-kube-controllers': 1,
  });
  t.same(lab.kubernetes.birds.get('worker-1')?.establishedPeers().map(formatIpv4), ['172.30.0.2', '172.30.0.4']);
});

t.test('A: the pod stays Pending, calico-node is not ready, the rest is unchanged', async (t) => {
  const lab = report(NODE);
  lab.run(180 * SECOND);
  t.equal(lab.pods('default')[0]?.status?.phase, 'Pending');
  t.equal(lab.pods('default')[0]?.spec.nodeName, 'k8s-node-1');
  t.same(ready(lab, 'calico-node'), ['False', 'False']);
  t.same(ready(lab, 'coredns'), ['True', 'True']);
  t.match(
    lab.log('k8s-master-1', 'kubelet', 0).join('\n'),
    /BIRD is not ready: BGP not established with 192\.168\.0\.11/,
  );
});

t.test("A: kube-proxy logs in the report's order within 75 ms", async (t) => {
  const lab = report(NODE);
  lab.run(SECOND);
  const from = lab.lines.findIndex(({ line }) => line.includes('Service default/busybox updated: 1 ports'));
  const lines = lab.lines
    .slice(from)
    .filter(({ host, component }) => host === 'k8s-node-1' && component === 'kube-proxy');
  t.match(lines[0]?.line, /\] Service default\/busybox updated: 1 ports$/);
  t.match(lines[1]?.line, /\] Adding new service port "default\/busybox" at 10\.0\.\d+\.\d+:8888\/TCP$/);
  t.match(lines[2]?.line, /\] Opened local port "externalIP for default\/busybox" \(192\.168\.0\.11:8888\/tcp\)$/);
  t.ok((lines[2]?.at ?? 0) - (lines[0]?.at ?? 0) < 75_000);
});

t.test("A: kubelet's lease and status requests time out", async (t) => {
  const lab = report(NODE);
  lab.run(60 * SECOND);
  const log = lab.log('k8s-node-1', 'kubelet', 0).join('\n');
  t.match(
    log,
    /controller\.go:187\] failed to update lease, error: Put "https:\/\/192\.168\.0\.10:6443\/apis\/coordination\.k8s\.io\/v1\/namespaces\/kube-node-lease\/leases\/k8s-node-1\?timeout=10s": .*(context deadline exceeded|Client\.Timeout exceeded while awaiting headers)/,
  );
  t.match(
    log,
    /Error updating node status, will retry: error getting node "k8s-node-1": Get "https:\/\/192\.168\.0\.10:6443\/api\/v1\/nodes\/k8s-node-1\?resourceVersion=0&timeout=10s": /,
  );
});

t.test('A: kubelet closes its connection at the second failure, before the ping would find it dead', async (t) => {
  const lab = report(NODE);
  const transport = lab.kubernetes.kubelets.get('k8s-node-1')?.client.transport;
  lab.run(9 * SECOND);
  t.equal(transport?.connected, true);
  lab.run(22 * SECOND);
  t.equal(transport?.connected, false);
});

t.test('B: the node is refused, up to the ensure-lease back-off of 7 s', async (t) => {
  const lab = report(MASTER);
  lab.run(60 * SECOND);
  const log = lab.log('k8s-node-1', 'kubelet', 0).join('\n');
  t.match(log, /dial tcp 192\.168\.0\.10:6443: connect: connection refused/);
  t.match(log, /controller\.go:144\] failed to ensure lease exists, will retry in 7s, error: Get/);
  t.equal(lab.ready('k8s-node-1'), 'Unknown');
  t.equal(lab.ready('k8s-master-1'), 'True');
});

t.test('with a harmless address both nodes hold all Service addresses and serve the pod', async (t) => {
  const lab = report('192.168.0.15');
  lab.run(20 * SECOND);
  const clusterIP = lab.kubernetes.list<Service>('Service', 'default')[0]?.spec.clusterIP;
  const podIP = lab.pods('default')[0]?.status?.podIP ?? '';
  for (const node of ['k8s-master-1', 'k8s-node-1']) {
    const held = lab
      .host(node)
      .addresses()
      .filter(({ device }) => device === 'kube-ipvs0');
    t.same(
      held.map(({ prefix }) => `${formatIpv4(prefix.address)}/${prefix.length}`).sort(),
      ['10.0.0.1/32', '10.0.0.10/32', '192.168.0.15/32', `${clusterIP}/32`].sort(),
      node,
    );
    const server = lab
      .host(node)
      .ipvs.servers()
      .find(({ ip, port }) => ip === ipv4('192.168.0.15') && port === 8888);
    t.same(
      server?.destinations.map(({ ip, port }) => `${formatIpv4(ip)}:${port}`),
      [`${podIP}:80`],
    );
    const api = lab
      .host(node)
      .ipvs.servers()
      .find(({ ip }) => ip === ipv4('10.0.0.1'));
    t.same(
      api?.destinations.map(({ ip, port }) => `${formatIpv4(ip)}:${port}`),
      ['192.168.0.10:6443'],
    );
  }
  t.same(ready(lab, 'busybox'), ['True']);
});
