/** What kind is told of a cluster: whole files by Kubernetes version, and what each word of a cluster file adds. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { MILLISECOND, SECOND } from '../../src/base/instant.js';
import { CLUSTER_PARTS } from '../../src/plan/cluster-fixture.js';
import type { ClusterSpec, NodeSpec } from '../../src/scenario/model.js';
import { packageRoot } from '../package.js';
import { type KindConfigOptions, kindConfig, kindConfigText } from './kind-config.js';

const node = (name: string, role: NodeSpec['role'], index: number): NodeSpec => ({
  name,
  role,
  ip: `172.30.0.${index + 2}`,
  device: 'eth0',
  devices: [],
  sysctls: {},
  linkRateBps: 1e9,
});

/** `+name` is a control plane. */
function cluster(kubernetes: string, names: readonly string[], parts: Partial<ClusterSpec> = {}): ClusterSpec {
  const nodes = names.map((name, index) =>
    name.startsWith('+') ? node(name.slice(1), 'control-plane', index) : node(name, 'worker', index),
  );
  return { ...CLUSTER_PARTS, name: 'under-test', kubernetes, nodes, ...parts };
}

const proxy = (parts: Partial<ClusterSpec['kubeProxy']>) => ({ ...CLUSTER_PARTS.kubeProxy, ...parts });
const admission = (...admissionPlugins: string[]) => ({ apiServer: { ...CLUSTER_PARTS.apiServer, admissionPlugins } });

const options: KindConfigOptions = { name: 'wt-0123456789abc', nodeImage: 'kindest/node:v1.34.2' };

/** The parts of the config that patches are for, as objects. */
function patchesOf(spec: ClusterSpec, kubeadmConfigPatches: readonly string[] = []): readonly unknown[] {
  const config = kindConfig(spec, { ...options, kubeadmConfigPatches });
  return (config.kubeadmConfigPatches ?? []).map((text) => parse(text));
}

const SLOW = 'kind: ClusterConfiguration\ncontrollerManager:\n  extraArgs:\n    leader-elect: "false"\n';

/** By the name of the file in golden/. */
const GOLDEN: Readonly<Record<string, { readonly spec: ClusterSpec; readonly options?: Partial<KindConfigOptions> }>> =
  {
    '1.20.10-ipvs-exclude-cidrs': {
      spec: cluster('1.20.10', ['+k8s-master-1', 'k8s-node-1'], {
        podSubnet: '10.70.0.0/16',
        serviceSubnet: '10.0.0.0/16',
        cni: { name: 'calico', encapsulation: 'ipip' },
        kubeProxy: proxy({ excludeCIDRs: ['192.168.0.10/32', '203.0.113.0/24'] }),
      }),
      options: { nodeImage: 'kindest/node:v1.20.10' },
    },
    '1.34.2-ipvs-strict-arp-scaled': {
      spec: cluster('1.34.2', ['+control-plane', 'worker-1', 'worker-2'], {
        kubeProxy: proxy({ strictARP: true }),
        ...admission('DenyServiceExternalIPs'),
        timing: { scale: 0.1 },
      }),
      options: { apiServerAddress: '127.0.0.1', apiServerPort: 36443, kubeadmConfigPatches: [SLOW] },
    },
    '1.36.1-nftables-admission': {
      spec: cluster('1.36.1', ['+control-plane', 'worker-1'], {
        kubeProxy: proxy({ mode: 'nftables', featureGates: { AllowServiceExternalIPs: true } }),
        ...admission('DenyServiceExternalIPs', 'AlwaysPullImages'),
        timing: { scale: 1, nodeMonitorGracePeriod: 20 * SECOND },
      }),
      options: { nodeImage: 'kindest/node:v1.36.1' },
    },
    '1.34.2-three-control-planes': {
      spec: cluster('1.34.2', ['+cp-1', '+cp-2', '+cp-3', 'worker-1'], { kubeProxy: proxy({ mode: 'iptables' }) }),
    },
  };

for (const [file, golden] of Object.entries(GOLDEN)) {
  t.test(`the config of ${file}`, async (t) => {
    const text = kindConfigText(kindConfig(golden.spec, { ...options, ...golden.options }));
    t.equal(text, readFileSync(join(packageRoot, 'harness/kind/golden', `${file}.yaml`), 'utf8'));
  });
}

t.test(
  'nodes stand in the order of the cluster file, by which kind names them, under the name that was given',
  async (t) => {
    const spec = cluster('1.34.2', ['a', '+b', 'c', '+d']);
    const config = kindConfig(spec, { ...options, name: 'mine', nodeImage: 'example/node:1' });
    t.equal(config.name, 'mine');
    t.same(
      config.nodes,
      ['worker', 'control-plane', 'worker', 'control-plane'].map((role) => ({ role, image: 'example/node:1' })),
    );
  },
);

t.test("the user's patches come last, as they were written", async (t) => {
  const own = ['kind: KubeletConfiguration\nnodeLeaseDurationSeconds: 7\n', '# nothing\nkind: JoinConfiguration\n'];
  const spec = cluster('1.34.2', ['+a'], { timing: { scale: 0.5 }, ...admission('DenyServiceExternalIPs') });
  const { kubeadmConfigPatches } = kindConfig(spec, { ...options, kubeadmConfigPatches: own });
  t.same(kubeadmConfigPatches?.slice(-2), own);
  t.ok(kubeadmConfigPatches?.length, 'ours before them');
});

t.test('a cluster file that asks for nothing patches nothing', async (t) => {
  const config = kindConfig(cluster('1.34.2', ['+a']), options);
  t.strictSame(Object.keys(config), ['kind', 'apiVersion', 'name', 'networking', 'nodes']);
  t.notOk('disableDefaultCNI' in config.networking);
  t.same(patchesOf(cluster('1.34.2', ['+a'], admission('NodeRestriction'))), [], 'which is on anyway');
});

t.test('arguments are a map up to 1.35, and from 1.36 on a map for v1beta3 and a list for v1beta4', async (t) => {
  const value = 'NodeRestriction,DenyServiceExternalIPs';
  const kind = 'ClusterConfiguration';
  const map = { apiServer: { extraArgs: { 'enable-admission-plugins': value } } };
  const list = { apiServer: { extraArgs: [{ name: 'enable-admission-plugins', value }] } };
  const patches = (version: string) => patchesOf(cluster(version, ['+a'], admission('DenyServiceExternalIPs')));
  for (const version of ['1.22.17', '1.23.0', '1.35.9']) t.same(patches(version), [{ kind, ...map }], version);
  for (const version of ['1.36.0-rc.1', '1.36.1', '1.37.0']) {
    const of3 = { kind, apiVersion: 'kubeadm.k8s.io/v1beta3', ...map };
    const of4 = { kind, apiVersion: 'kubeadm.k8s.io/v1beta4', ...list };
    t.same(patches(version), [of3, of4], version);
  }
});

t.test('a time that is given is set, and no other', async (t) => {
  const timed = (timing: Partial<ClusterSpec['timing']>) =>
    patchesOf(cluster('1.34.2', ['+a'], { timing: { scale: 1, ...timing } }));
  t.same(timed({ leaseDuration: 12 * SECOND }), [{ kind: 'KubeletConfiguration', nodeLeaseDurationSeconds: 12 }]);
  t.same(
    timed({ nodeStatusUpdateFrequency: 1500 * MILLISECOND }),
    [{ kind: 'KubeletConfiguration', nodeStatusUpdateFrequency: '1500ms', nodeStatusReportFrequency: '5m' }],
    'and the report period stays what it was',
  );
  t.same(timed({ nodeMonitorPeriod: 2 * SECOND }), [
    { kind: 'ClusterConfiguration', controllerManager: { extraArgs: { 'node-monitor-period': '2s' } } },
  ]);
});

t.test("a scale multiplies the version's defaults, and what is given", async (t) => {
  const monitor = (version: string, timing: ClusterSpec['timing']) =>
    patchesOf(cluster(version, ['+a'], { kubeProxy: proxy({ mode: 'none' }), timing }));
  t.match(monitor('1.31.0', { scale: 0.5 })[0], {
    controllerManager: { extraArgs: { 'node-monitor-grace-period': '20s' } },
  });
  t.match(monitor('1.32.0', { scale: 0.5 })[0], {
    controllerManager: { extraArgs: { 'node-monitor-grace-period': '25s' } },
  });
  t.same(monitor('1.34.2', { scale: 0.1, leaseDuration: 20 * SECOND })[1], {
    kind: 'KubeletConfiguration',
    nodeLeaseDurationSeconds: 2,
    nodeStatusUpdateFrequency: '1s',
    nodeStatusReportFrequency: '30s',
  });
  t.match(monitor('1.34.2', { scale: 0.01 })[1], { nodeLeaseDurationSeconds: 1 }, 'whole seconds, at least one');
});

t.test('kube-proxy is told in the words of its mode, and not at all where there is none', async (t) => {
  const told = (mode: ClusterSpec['kubeProxy']['mode']) => {
    const kubeProxy = { mode, strictARP: true, excludeCIDRs: ['10.1.0.0/16'], featureGates: { KubeProxyIPVS: true } };
    const spec = cluster('1.37.0', ['+a'], { kubeProxy, timing: { scale: 0.1 } });
    return patchesOf(spec).find((patch) => (patch as { kind: string }).kind === 'KubeProxyConfiguration');
  };
  const kind = 'KubeProxyConfiguration';
  const featureGates = { KubeProxyIPVS: true };
  t.same(told('ipvs'), {
    kind,
    ipvs: { strictARP: true, excludeCIDRs: ['10.1.0.0/16'], syncPeriod: '3s' },
    featureGates,
  });
  t.same(told('iptables'), { kind, iptables: { syncPeriod: '3s', minSyncPeriod: '100ms' }, featureGates });
  t.same(told('nftables'), { kind, nftables: { syncPeriod: '3s', minSyncPeriod: '100ms' }, featureGates });
  t.equal(told('none'), undefined);
});

t.test('bare hosts are not for kind', async (t) => {
  const { kubernetes: _, ...bare } = cluster('1.34.2', ['+a']);
  t.throws(() => kindConfig(bare, options), { message: 'kind makes no bare hosts' });
});
