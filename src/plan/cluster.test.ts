import * as fc from 'fast-check';
import t from 'tap';
import { contains, ipv4, prefix } from '../base/ip.js';
import { assignAddresses } from './addresses.js';
import { armOf, codesOf, planOf, problems } from './plan-fixture.js';

const clusterOf = (spec: string, scenario = '') =>
  armOf(scenario, {
    files: { 'c.yaml': `apiVersion: windtunnel/v1alpha1\nkind: Cluster\nmetadata: {name: c}\nspec: ${spec}\n` },
  }).cluster;
const codes = (spec: string, scenario = '') =>
  codesOf(scenario, {
    files: { 'c.yaml': `apiVersion: windtunnel/v1alpha1\nkind: Cluster\nmetadata: {name: c}\nspec: ${spec}\n` },
  });
const NODES = 'nodes: [{name: cp, role: control-plane}, {name: w}]';

t.test('what a cluster file leaves out has its default', async (t) => {
  t.match(clusterOf(`{kubernetes: "1.34.2", ${NODES}}`), {
    name: 'c',
    kubernetes: '1.34.2',
    nodes: [
      {
        name: 'cp',
        role: 'control-plane',
        ip: '172.30.0.2',
        device: 'eth0',
        devices: [],
        sysctls: {},
        linkRateBps: 1e9,
      },
      { name: 'w', role: 'worker', ip: '172.30.0.3' },
    ],
    subnet: '172.30.0.0/24',
    podSubnet: '10.244.0.0/16',
    serviceSubnet: '10.96.0.0/16',
    kubeProxy: { mode: 'iptables', strictARP: false, excludeCIDRs: [], featureGates: {} },
    apiServer: { admissionPlugins: [], endpoint: 'node' },
    kernel: '6.1',
    cni: { name: 'kindnet', encapsulation: 'none' },
    timing: { scale: 1 },
  });
});

t.test('every word of a cluster arrives with its unit', async (t) => {
  const cluster = clusterOf(`
  kubernetes: "1.26.7"
  nodes:
    - {name: cp, role: control-plane, sysctls: {net.ipv4.conf.all.rp_filter: 2}, counters: {received: 40TB, transmitted: 1GB}}
    - {name: w, link: {rate: 10Gbps}, device: ens33, devices: [{name: ens36, up: false, addresses: [192.168.0.11/32]}]}
  network: {subnet: 192.168.0.0/24, linkRate: 100Mbps}
  kubeProxy: {mode: ipvs, strictARP: true, excludeCIDRs: [192.168.0.0/24], featureGates: {A: true}}
  apiServer: {admissionPlugins: [DenyServiceExternalIPs], endpoint: vip, vip: 192.168.0.100}
  sysctls: {net.ipv4.conf.all.rp_filter: 1, net.ipv4.ip_forward: "1"}
  kernel: "5.10"
  cni: {name: calico}
  timing: {scale: 0.1, leaseDurationSeconds: 40, nodeStatusUpdateFrequency: 10s, nodeMonitorGracePeriod: 50s, nodeMonitorPeriod: 5s}`);
  t.match(cluster.nodes, [
    {
      sysctls: { 'net.ipv4.conf.all.rp_filter': '2', 'net.ipv4.ip_forward': '1' },
      counters: { receivedBytes: 40e12, transmittedBytes: 1e9 },
      linkRateBps: 1e8,
    },
    { device: 'ens33', devices: [{ name: 'ens36', up: false, addresses: ['192.168.0.11/32'] }], linkRateBps: 1e10 },
  ]);
  t.match(cluster.cni, { name: 'calico', encapsulation: 'ipip' });
  t.match(cluster.apiServer, { endpoint: 'vip', vip: '192.168.0.100' });
  t.same(cluster.timing, {
    scale: 0.1,
    leaseDuration: 40e6,
    nodeStatusUpdateFrequency: 10e6,
    nodeMonitorGracePeriod: 50e6,
    nodeMonitorPeriod: 5e6,
  });
});

t.test('without kubernetes the cluster is bare hosts: no API, no kube-proxy, no control plane', async (t) => {
  const cluster = clusterOf('{nodes: [{name: a}]}');
  t.equal(cluster.kubernetes, undefined);
  t.equal(cluster.kubeProxy.mode, 'none');
  t.same(codes('{nodes: [{name: a}]}', 'steps: [{delete: [{kind: Service, name: x}]}]\n'), ['WT0314']);
  t.same(codes('{nodes: [{name: a}], kubeProxy: {mode: ipvs}, cni: {name: calico}}'), ['WT0314', 'WT0314']);
  t.same(codes('{nodes: [{name: a}]}', 'probes: {p: {from: a, tcp: apiserver}}\n'), ['WT0314']);
});

t.test('an address is given, or the first free one from .2 on; .1 is the gateway', async (t) => {
  const given = fc.array(fc.option(fc.integer({ min: 2, max: 254 }), { nil: undefined }), { maxLength: 40 });
  const holds = fc.property(given, (hosts) => {
    const unique = hosts.map((host, at) =>
      hosts.indexOf(host) === at && host !== undefined ? `10.1.2.${host}` : undefined,
    );
    const { addresses, problems: found } = assignAddresses(prefix('10.1.2.0/24'), unique);
    const inside = addresses.every((text) => contains(prefix('10.1.2.0/24'), ipv4(text)) && !/\.(0|1|255)$/.test(text));
    return (
      found.length === 0 &&
      inside &&
      new Set(addresses).size === hosts.length &&
      unique.every((ip, at) => !ip || addresses[at] === ip)
    );
  });
  await fc.assert(holds);
  t.same(assignAddresses(prefix('10.0.0.0/24'), ['10.0.0.3', undefined, undefined]).addresses, [
    '10.0.0.3',
    '10.0.0.2',
    '10.0.0.4',
  ]);
});

t.test('addresses that cannot be are refused', async (t) => {
  t.same(codes('{nodes: [{name: a, ip: 10.0.0.1}]}'), ['WT0502']);
  t.same(codes('{nodes: [{name: a, ip: 172.30.0.1}]}'), ['WT0503']);
  t.same(codes('{nodes: [{name: a, ip: 172.30.0.9}, {name: b, ip: 172.30.0.9}]}'), ['WT0503']);
  t.same(codes('{nodes: [{name: a, ip: 172.30.0.300}]}'), ['WT0113']);
  t.same(codes('{nodes: [{name: a, count: 300}]}'), ['WT0504']);
  t.same(codes('{nodes: [{name: a}], network: {subnet: 172.30.0.0}}'), ['WT0114']);
});

t.test('nodes in bulk: {name: worker, count: 4999} makes worker-1 to worker-4999', async (t) => {
  const cluster = clusterOf(
    '{kubernetes: "1.34.2", nodes: [{name: cp, role: control-plane}, {name: worker, count: 4999}], network: {subnet: 172.16.0.0/16}}',
  );
  t.equal(cluster.nodes.length, 5000);
  t.match(cluster.nodes[1], { name: 'worker-1', ip: '172.16.0.3' });
  t.match(cluster.nodes[4999], { name: 'worker-4999', ip: '172.16.19.137' });
  t.same(codes('{nodes: [{name: a, count: 1000000}]}'), ['WT0505']);
});

t.test('cluster.with is merged over the file, nodes by name, bulk before single nodes', async (t) => {
  const spec =
    '{kubernetes: "1.34.2", nodes: [{name: cp, role: control-plane, ip: 172.30.0.9}, {name: w, count: 3, device: ens33}], kubeProxy: {mode: ipvs, strictARP: true}}';
  const over = `cluster:
  from: c.yaml
  with:
    kubernetes: "1.20.10"
    nodes: [{name: w, count: 4}, {name: w-2, link: {rate: 10Gbps}}, {name: extra}]
    kubeProxy: {mode: iptables}
`;
  const cluster = clusterOf(spec, over);
  t.same(
    cluster.nodes.map((node) => node.name),
    ['cp', 'w-1', 'w-2', 'w-3', 'w-4', 'extra'],
  );
  t.match(cluster, {
    kubernetes: '1.20.10',
    kubeProxy: { mode: 'iptables', strictARP: true },
    nodes: [{ ip: '172.30.0.9' }],
  });
  t.same(
    cluster.nodes.map((node) => node.linkRateBps / 1e9),
    [1, 1, 10, 1, 1, 1],
  );
  t.same(
    cluster.nodes.map((node) => node.device),
    ['eth0', 'ens33', 'ens33', 'ens33', 'ens33', 'eth0'],
  );
});

t.test('the count of nodes may come from the matrix', async (t) => {
  const result = planOf(
    'matrix: {n: [2, 3]}\ncluster: {from: c.yaml, with: {nodes: [{name: w, count: "${matrix.n}"}]}}\nprobes: {p: {from: w-2, ping: w-1}}\n',
  );
  t.same(
    result.plan?.cases.map((spec) => spec.arms[0]?.cluster.nodes.length),
    [5, 6],
  );
});

t.test('an address of a node in the cluster itself is the planned one', async (t) => {
  const arm = armOf(
    'variables: {v: "${nodes.worker-1}"}\ncluster: {from: c.yaml, with: {kubeProxy: {excludeCIDRs: ["${v.ip}/32"]}}}\n',
  );
  t.same(arm.cluster.kubeProxy.excludeCIDRs, ['172.30.0.3/32']);
});

t.test('what no cluster can be is refused, at the place that says so', async (t) => {
  t.same(codes('{kubernetes: "1.34.2", nodes: [{name: a}]}'), ['WT0501']);
  t.same(codes(`{kubernetes: "1.28.0", ${NODES}, kubeProxy: {mode: nftables}}`), ['WT0506']);
  t.same(codes(`{kubernetes: "1.30.0", ${NODES}, kubeProxy: {mode: nftables}}`), ['WT0506']);
  t.same(
    codes(`{kubernetes: "1.30.0", ${NODES}, kubeProxy: {mode: nftables, featureGates: {NFTablesProxyMode: true}}}`),
    [],
  );
  t.same(codes(`{kubernetes: "1.34.2", ${NODES}, podSubnet: 172.30.0.0/16}`), ['WT0507']);
  t.same(codes(`{kubernetes: "1.34.2", ${NODES}, cni: {name: kindnet, encapsulation: ipip}}`), ['WT0508']);
  t.same(codes(`{kubernetes: "1.34.2", ${NODES}, apiServer: {endpoint: vip}}`), ['WT0509']);
  t.same(codes(`{kubernetes: "1.34", ${NODES}}`), ['WT0111']);
  t.same(codes('{nodes: [{name: outside}]}'), ['WT0313']);
  t.same(codes('{nodes: [{name: a}, {name: a}]}'), ['WT0309']);
  const over = 'cluster: {from: c.yaml, with: {kubernetes: "1.28.0", kubeProxy: {mode: nftables}}}\n';
  const [problem] = planOf(over).diagnostics;
  t.match(problem, { file: 's.yaml', line: 5, column: 72 }, 'in the part that was laid over');
  t.match(problems(planOf(over)), [/exclude: \[\{kubernetes/]);
});
