/** The simulator behind its ports: clusters of every shape come up, and what scenarios do to them never breaks it. */
import t from 'tap';
import { SECOND } from '../base/instant.js';
import { CLUSTER_PARTS } from '../plan/cluster-fixture.js';
import type { ArmSpec } from '../plan/plan.js';
import type { Testbed } from '../ports/testbed.js';
import type { ClusterSpec, KubeObject, ProbeSpec, ProbeTarget, Vantage } from '../scenario/model.js';
import { faultyService, SERVICE_REF } from './kube-lab.js';
import { bringUpSim } from './testbed.js';

const W1 = '172.30.0.3';

function cluster(change: Partial<ClusterSpec> = {}, workers = 2): ClusterSpec {
  const names = ['control-plane', ...Array.from({ length: workers }, (_, i) => `worker-${i + 1}`)];
  const nodes = names.map((name, i) => ({
    name,
    role: i === 0 ? ('control-plane' as const) : ('worker' as const),
    ip: `172.30.0.${i + 2}`,
    device: 'eth0',
    devices: [],
    sysctls: {},
    linkRateBps: 1e9,
  }));
  return {
    name: 'test',
    kubernetes: '1.34.2',
    nodes,
    ...CLUSTER_PARTS,
    ...change,
  };
}

const bringUp = (spec: ClusterSpec, caseId = 'case', seed = '1') =>
  bringUpSim({ cluster: spec } as unknown as ArmSpec, { seed, caseId });

const run = (testbed: Testbed, seconds: number) => testbed.clock.sleepUntil(testbed.clock.now() + seconds * SECOND);

function pod(name: string, nodeName: string, spec: object = {}): KubeObject {
  const containers = [{ name: 'web', image: 'registry.k8s.io/web', ports: [{ containerPort: 80 }] }];
  const metadata = { name, namespace: 'default', labels: { app: name } };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { nodeName, containers, ...spec } };
}

const podRef = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', name, namespace: 'default' });

const veths = async (testbed: Testbed, node: string): Promise<number> =>
  (await testbed.network.addresses(node)).filter(({ device }) => device.startsWith('veth')).length;

async function probe(testbed: Testbed, name: string, from: Vantage, target: ProbeTarget): Promise<void> {
  const place = { file: 'x.yaml', line: 1, column: 1 };
  const times = { every: SECOND, timeout: 2 * SECOND, mode: 'continuous' as const };
  await testbed.probes.start({ name, from, target, ...times, place } satisfies ProbeSpec);
}

const last = async (testbed: Testbed, name: string) => (await testbed.probes.samples(name, 0)).at(-1)?.outcome;
const inPod = (name: string): Vantage => ({ kind: 'pod', pod: name, namespace: 'default' });

for (const [what, spec, bound] of [
  ['one node', cluster({}, 0), []],
  ['no kube-proxy', cluster({ kubeProxy: { ...cluster().kubeProxy, mode: 'none' } }), []],
  ['calico with IPIP', cluster({ cni: { name: 'calico', encapsulation: 'ipip' } }), ['control-plane', 'worker-2']],
  ['a tenth of all times', cluster({ timing: { scale: 0.1 } }), ['control-plane', 'worker-2']],
  ['the oldest version', cluster({ kubernetes: '1.20.0' }), ['control-plane', 'worker-1', 'worker-2']],
  ['the newest version', cluster({ kubernetes: '1.37.0' }), ['control-plane', 'worker-2']],
  ['a small subnet', cluster({ subnet: '172.30.0.0/29' }), ['control-plane', 'worker-2']],
] as const)
  t.test(`a cluster with ${what} comes up, and binds what its version binds`, async (t) => {
    const testbed = await bringUp(spec);
    t.ok((await testbed.controlPlane?.apply(faultyService(W1)))?.ok);
    await probe(testbed, 'outside', { kind: 'outside' }, { kind: 'apiserver' });
    await run(testbed, 5);
    const owners: string[] = [];
    for (const { name } of spec.nodes) {
      const rows = await testbed.network.addresses(name);
      const dummy = rows.find(({ device }) => device === 'kube-ipvs0');
      if (dummy?.addresses.some(({ prefix }) => prefix === `${W1}/32`)) owners.push(name);
    }
    t.same(owners, spec.nodes.length === 1 ? ['control-plane'] : bound);
    t.equal(await last(testbed, 'outside'), 'ok');
  });

t.test('bare hosts have no control plane', async (t) => {
  const { kubernetes: _, ...bare } = cluster();
  const testbed = await bringUp(bare);
  t.equal(testbed.controlPlane, undefined);
  await probe(testbed, 'ping', { kind: 'node', node: 'worker-1' }, { kind: 'ping', to: 'worker-2' });
  await run(testbed, 2);
  t.equal(await last(testbed, 'ping'), 'ok');
});

t.test('a probe from a pod samples while the pod is there, before and after it nothing', async (t) => {
  const testbed = await bringUp(cluster());
  await probe(testbed, 'ping', inPod('client'), { kind: 'ping', to: W1 });
  await run(testbed, 5);
  t.same(await testbed.probes.samples('ping', 0), []);
  await testbed.controlPlane?.apply(pod('client', 'worker-2'));
  await run(testbed, 10);
  t.equal(await last(testbed, 'ping'), 'ok');
  await testbed.controlPlane?.delete(podRef('client'));
  await run(testbed, 5);
  const gone = testbed.clock.now();
  await run(testbed, 30);
  t.same(await testbed.probes.samples('ping', gone), []);
});

t.test('a pod that was made anew elsewhere while its node was cut off runs there, and ends here later', async (t) => {
  const testbed = await bringUp(cluster());
  const { controlPlane } = testbed;
  const before = [await veths(testbed, 'worker-1'), await veths(testbed, 'worker-2')] as const;
  await controlPlane?.apply(pod('web', 'worker-1', { terminationGracePeriodSeconds: 0 }));
  await run(testbed, 10);
  await controlPlane?.apply(faultyService(W1));
  await run(testbed, 20);
  await controlPlane?.delete(podRef('web'));
  t.ok((await controlPlane?.apply(pod('web', 'worker-2')))?.ok);
  await run(testbed, 10);
  t.match(await controlPlane?.get(podRef('web')), { spec: { nodeName: 'worker-2' }, status: { phase: 'Running' } });
  const both = async () => [await veths(testbed, 'worker-1'), await veths(testbed, 'worker-2')];
  t.same(await both(), [before[0] + 1, before[1] + 1]);
  await controlPlane?.delete(SERVICE_REF);
  await run(testbed, 120);
  t.same(await both(), [before[0], before[1] + 1]);
});

t.test('a pod that was made anew on its node while that was cut off replaces the old one', async (t) => {
  const testbed = await bringUp(cluster());
  const { controlPlane } = testbed;
  const before = await veths(testbed, 'worker-1');
  await controlPlane?.apply(pod('web', 'worker-1', { terminationGracePeriodSeconds: 0 }));
  await run(testbed, 10);
  await controlPlane?.apply(faultyService(W1));
  await run(testbed, 80);
  await controlPlane?.delete(podRef('web'));
  await controlPlane?.apply(pod('web', 'worker-1', { terminationGracePeriodSeconds: 0 }));
  await controlPlane?.delete(SERVICE_REF);
  await run(testbed, 120);
  t.equal(await veths(testbed, 'worker-1'), before + 1, 'the old one’s network is gone');
});

for (const mode of ['ipvs', 'iptables', 'nftables'] as const)
  t.test(
    `${mode}: a Service is reached from everywhere, also by its own pod; pods are seen as themselves`,
    async (t) => {
      const testbed = await bringUp(cluster({ kubeProxy: { ...cluster().kubeProxy, mode } }));
      for (const [name, node] of [
        ['web', 'worker-1'],
        ['client', 'worker-2'],
      ] as const)
        await testbed.controlPlane?.apply(pod(name, node));
      const spec = { clusterIP: '10.96.9.9', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 80 }] };
      const metadata = { name: 'web', namespace: 'default' };
      await testbed.controlPlane?.apply({ apiVersion: 'v1', kind: 'Service', metadata, spec });
      await run(testbed, 10);
      const target = { kind: 'http' as const, url: 'http://10.96.9.9/' };
      const capture = await testbed.network.startCapture(inPod('web'), 'tcp port 80');
      await probe(testbed, 'client', inPod('client'), target);
      await run(testbed, 2);
      const client = (await testbed.controlPlane?.get(podRef('client')))?.status as { podIP: string };
      t.ok(capture.packets()[0]?.text.startsWith(`IP ${client.podIP}.`), 'the pod’s own address');
      await probe(testbed, 'itself', inPod('web'), target);
      await probe(testbed, 'node', { kind: 'node', node: 'control-plane' }, target);
      await run(testbed, 3);
      for (const name of ['client', 'itself', 'node']) t.equal(await last(testbed, name), 'ok', name);
    },
  );

t.test('one seed and case give the same bytes, another case others', async (t) => {
  const told = async (caseId: string) => {
    const testbed = await bringUp(cluster(), caseId);
    await testbed.controlPlane?.apply(faultyService(W1));
    await run(testbed, 70);
    return JSON.stringify(await testbed.events(Number.NEGATIVE_INFINITY));
  };
  const first = await told('a');
  t.equal(await told('a'), first);
  t.not(await told('b'), first);
});
