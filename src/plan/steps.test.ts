import t from 'tap';
import { actions, EXPECTATION_KINDS, expectations } from '../scenario/v1.js';
import { armOf, backend, casesOf, codesOf, planOf } from './plan-fixture.js';

const actionOf = (text: string) => armOf(`steps: [{${text}}]\n`).steps[0]?.action;

t.test('a step has a name, when, treatment, timeout, an action, expect', async (t) => {
  const arm = armOf(`matrix: {a: [x]}
steps:
  - {name: "first of \${matrix.a}", treatment: true, timeout: 2m, sleep: 1s, expect: [{cause: none}]}
  - {when: {a: x}, sleep: 1s}
catch: [{sleep: 2s}]
finally: [{sleep: 3s}]
`);
  t.match(arm.steps, [
    {
      index: 0,
      name: 'first of x',
      treatment: true,
      runs: true,
      timeout: 120e6,
      action: { kind: 'sleep' },
      expect: [{ kind: 'cause' }],
    },
    { index: 1, name: 'step 2: sleep', treatment: false, runs: true },
  ]);
  t.match([arm.catch[0]?.action, arm.finally[0]?.action], [{ for: 2e6 }, { for: 3e6 }]);
  t.match(arm.steps[0]?.place, { file: 's.yaml', line: 7, column: 5 });
});

t.test('a step that when leaves out is listed, not run, and its contents may not exist on this point', async (t) => {
  const body = 'matrix: {a: [x, y], include: [{a: x, wait: 5s}]}\nsteps: [{when: {a: x}, sleep: "${matrix.wait}"}]\n';
  const runs = casesOf(body).map((spec) => spec.arms[0]?.steps[0]);
  t.match(runs, [
    { runs: true, action: { for: 5e6 } },
    { runs: false, expect: [] },
  ]);
  t.equal(runs[1]?.action, undefined);
});

t.test('one action a step, and something in it', async (t) => {
  t.same(codesOf('steps: [{sleep: 1s, bind: {address: 10.0.0.1, on: worker-1, device: d}}]\n'), ['WT0303']);
  t.same(codesOf('steps: [{name: x}]\n'), ['WT0304']);
  t.same(codesOf('steps: [{sleep: 1s, refused: x}]\n'), ['WT0311']);
  t.same(codesOf('steps: []\n'), ['WT0116']);
});

t.test('every action arrives as the program runs it', async (t) => {
  t.match(actionOf('bind: {address: 10.0.0.1, on: [worker-1, outside], device: dummy0}'), {
    kind: 'bind',
    address: '10.0.0.1',
    on: ['worker-1', 'outside'],
    device: 'dummy0',
  });
  t.match(actionOf('capture: {on: [worker-1, gateway, {pod: x}], filter: arp, for: 5s, as: seen}'), {
    on: [{ kind: 'node', node: 'worker-1' }, { kind: 'gateway' }, { kind: 'pod', pod: 'x', namespace: 'default' }],
    filter: 'arp',
    for: 5e6,
    as: 'seen',
  });
  t.match(actionOf('patch: {kind: Deployment, name: x, namespace: n, json: [{op: remove, path: /spec}]}'), {
    target: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x', namespace: 'n' },
    json: [{ op: 'remove', path: '/spec' }],
  });
  t.match(actionOf('delete: [{kind: Service, name: x}]'), {
    objects: [{ apiVersion: 'v1', kind: 'Service', name: 'x' }],
  });
  t.match(actionOf('upgrade: {what: kube-proxy, to: "1.34.2"}'), { kind: 'upgrade', body: { what: 'kube-proxy' } });
  t.match(actionOf('traffic: {name: f, from: outside, to: {node: worker-1}, rate: 1Mbps}'), {
    flow: {
      name: 'f',
      from: { kind: 'outside' },
      to: { kind: 'node', node: 'worker-1' },
      protocol: 'tcp',
      rateBps: 1e6,
    },
  });
  t.match(actionOf('traffic: {name: f, from: {pod: a}, to: gateway, protocol: udp, size: 2GB, duration: 5s}'), {
    flow: { from: { pod: 'a', namespace: 'default' }, protocol: 'udp', sizeBytes: 2e9, duration: 5e6 },
  });
  const template = 'template: {spec: {containers: [{name: web, image: busybox}]}}';
  t.match(actionOf(`schedule: {pods: 5, rate: 10/s, arrivals: poisson, ${template}}`), {
    arrivals: { pods: 5, spacing: 100_000, spread: 'poisson', template: { spec: { containers: [{ name: 'web' }] } } },
  });
  t.match(actionOf(`schedule: {pods: 20, over: 2s, sends: {to: outside, rate: 5Mbps}, ${template}}`), {
    arrivals: { spacing: 100_000, spread: 'even', sends: { to: { kind: 'outside' }, rateBps: 5e6 } },
  });
  t.equal(Object.keys(actions).length, 10);
});

t.test('actions are checked', async (t) => {
  const wrong = (text: string) => codesOf(`steps: [{${text}}]\n`);
  t.same(wrong('bind: {address: nowhere, on: worker-1, device: d}'), ['WT0113']);
  t.same(wrong('bind: {address: 10.0.0.1, on: worker-9, device: d}'), ['WT0302']);
  t.same(wrong('patch: {kind: Service, name: x, merge: {}, json: []}'), ['WT0312']);
  t.same(wrong('patch: {kind: Foo, name: x, merge: {}}'), ['WT0403']);
  t.same(wrong('schedule: {pods: 5, template: {}}'), ['WT0312']);
  t.same(wrong('schedule: {pods: 5, over: 1s, template: {spec: {containers: []}}}'), ['WT0402']);
  t.same(wrong('schedule: {pods: 5, rate: 0/s, template: {spec: {containers: [{name: a, image: b}]}}}'), ['WT0108']);
  t.same(wrong('traffic: {name: f, from: outside, to: gateway}'), ['WT0312']);
  t.same(wrong('delete: [{kind: Service}]'), ['WT0401']);
});

const WITH_PROMETHEUS = 'cluster: {from: c.yaml, with: {addons: {prometheus: {}}}}\n';

/** One of each, with what it must become. */
const EXPECTED: Readonly<Record<string, readonly [text: string, becomes: object]>> = {
  probe: ['{probe: p, is: [ok, http-503], for: 5s}', { is: ['ok', 'http-503'], for: 5e6, text: 'probe p is ok or http-503 for 5s' }],
  node: ['{node: worker-1, condition: Ready, is: "True", within: 70s}', { nodes: ['worker-1'], is: ['True'], within: 70e6 }],
  lease: ['{lease: [worker-1, worker-2], age: 10s..20s}', { nodes: ['worker-1', 'worker-2'], age: { op: 'range', low: 10e6, high: 20e6 } }],
  address: ['{address: 10.0.0.1, on: worker-1}', { address: '10.0.0.1', on: ['worker-1'], present: true }],
  route: ['{route: {from: outside, to: worker-1}, type: [local, unicast], device: lo}', { from: ['outside'], to: '${nodes.worker-1.ip}', type: ['local', 'unicast'] }],
  virtualServer: ['{virtualServer: "10.0.0.1:80", on: worker-1, realServers: ">=1", present: false}', { virtualServer: '10.0.0.1:80', realServers: { op: '>=', value: 1 }, present: false }],
  neighbour: ['{neighbour: {on: worker-1, of: gateway}, state: FAILED}', { on: ['worker-1'], of: 'gateway', state: ['FAILED'] }],
  arpOwners: ['{arpOwners: 10.0.0.1, nodes: [worker-1]}', { ip: '10.0.0.1', nodes: ['worker-1'] }],
  connection: ['{connection: {from: worker-1, to: control-plane, port: 6443}, is: reset}', { from: 'worker-1', to: '${nodes.control-plane.ip}', port: 6443, is: ['reset'] }],
  pods: ['{pods: {app: x}, phase: Pending, ready: false, evicted: false, count: 1}', { labels: { app: 'x' }, namespace: 'default', phase: ['Pending'], ready: false, count: { op: '==', value: 1 } }],
  log: ['{log: {of: kubelet, on: worker-1}, matches: "failed to update lease"}', { of: 'kubelet', on: 'worker-1' }],
  captured: ['{captured: c, count: ">0"}', { capture: 'c', count: { op: '>', value: 0 } }],
  cause: ['{cause: [port-hijack, none], names: [x]}', { cause: ['port-hijack', 'none'], names: ['x'] }],
  promql: ['{promql: up, value: 855e6..945e6}', { query: 'up', value: { op: 'range', low: 855e6, high: 945e6 } }],
  placement: ['{placement: {app: x}, on: worker-1, count: 0, plugin: p, ran: true, margin: ">=10", over: worker-2}', { on: ['worker-1'], ran: true, margin: { op: '>=', value: 10 }, over: 'worker-2' }],
  moved: ['{moved: {app: x}, count: ">0", explained: all}', { labels: { app: 'x' }, explained: 'all' }],
  linkUtilisation: ['{linkUtilisation: max, value: "<0.5"}', { of: 'max', value: { op: '<', value: 0.5 } }],
}; // biome-ignore format: a table

t.test('every expectation arrives as the program judges it', async (t) => {
  t.same(Object.keys(EXPECTED), EXPECTATION_KINDS);
  t.same(EXPECTATION_KINDS, Object.keys(expectations));
  const head = `probes: {p: {from: worker-1, tcp: apiserver}}\n${WITH_PROMETHEUS}`;
  for (const [kind, [text, becomes]] of Object.entries(EXPECTED)) {
    const capture =
      kind === 'captured' ? 'steps: [{capture: {on: worker-1, for: 1s, as: c}}, {expect: [' : 'steps: [{expect: [';
    const arm = casesOf(`${head}${capture}${text}]}]\n`)[0]?.arms[0];
    t.match(arm?.steps.at(-1)?.expect[0], { kind, ...becomes }, kind);
  }
});

t.test('what steps need of their cluster is there, or is told', async (t) => {
  const query = (text: string) => `steps: [{expect: [{promql: '${text}', value: 1}]}]\n`;
  t.same(codesOf(query('up')), ['WT0510']);
  t.same(codesOf(`${WITH_PROMETHEUS}${query('up')}`), []);
  t.same(codesOf(`${WITH_PROMETHEUS}${query('rate(x[1h0m0ss])')}`), ['WT0119']);
  t.same(codesOf(`${WITH_PROMETHEUS}${query('sum(up')}`), ['WT0119']);
  t.same(codesOf(`${WITH_PROMETHEUS}${query('up{node="${nodes.worker-1.name}"}')}`), []);
  const pods = (scheduler: string) =>
    `steps: [{schedule: {pods: 1, over: 1s, template: {spec: {schedulerName: ${scheduler}, containers: [{name: a, image: b}]}}}}]\n`;
  t.same(codesOf(pods('default-scheduler')), []);
  for (const name of ['bandwidth-schedular', '5', '[]', '{a: b}']) t.same(codesOf(pods(name)), ['WT0511'], name);
  t.same(codesOf(pods('null')), [], 'the default');
  t.same(codesOf(`cluster: {from: c.yaml, with: {schedulers: [{name: bandwidth}]}}\n${pods('bandwidth')}`), []);
});

t.test('expectations are checked', async (t) => {
  const wrong = (text: string) => codesOf(`steps: [{expect: [${text}]}]\n`);
  t.same(wrong('{probe: p, is: ok}'), ['WT0301']);
  t.same(wrong('{captured: c, count: 1}'), ['WT0308']);
  t.same(wrong('{node: outside, condition: Ready, is: "True"}'), ['WT0302'], 'outside is no node');
  t.same(wrong('{address: worker-1, on: worker-1}'), ['WT0113']);
  t.same(wrong('{virtualServer: "10.0.0.1:99999", on: worker-1}'), ['WT0113']);
  t.same(wrong('{log: {of: kubelet, on: worker-1}, matches: "("}'), ['WT0118']);
  t.same(wrong('{lease: worker-1, age: 20s..10s}'), ['WT0110']);
  t.same(wrong('{node: worker-1, condition: Ready, is: True}'), ['WT0104']);
  t.same(
    codesOf('steps: [{expect: [{captured: c, count: 1}]}, {capture: {on: worker-1, for: 1s, as: c}}]\n'),
    ['WT0308'],
    'a later capture',
  );
});

t.test('probes have a target, a source and their defaults', async (t) => {
  const probe = (text: string) => armOf(`probes: {p: {${text}}}\n`).probes[0];
  t.match(probe('from: worker-1, tcp: apiserver'), {
    target: { kind: 'apiserver' },
    every: 1e6,
    timeout: 3e6,
    mode: 'continuous',
  });
  t.match(probe('from: {pod: x, namespace: n}, ping: worker-2, mode: edge'), {
    from: { kind: 'pod', pod: 'x', namespace: 'n' },
    mode: 'edge',
  });
  t.match(probe('from: outside, arp: 172.30.0.2'), {
    from: { kind: 'outside' },
    target: { kind: 'arp', ip: '172.30.0.2' },
  });
  t.match(probe('from: gateway, http: "http://x.default.svc/"'), {
    from: { kind: 'gateway' },
    target: { url: 'http://x.default.svc/' },
  });
  t.same(codesOf('probes: {p: {from: worker-1}}\n'), ['WT0305']);
  t.same(codesOf('probes: {p: {from: worker-1, ping: 10.0.0.1, arp: 10.0.0.1}}\n'), ['WT0305']);
  t.same(codesOf('probes: {p: {from: worker-1, http: "ftp://x"}}\n'), ['WT0316']);
  t.same(codesOf('probes: {p: {from: worker-1, ping: nobody}}\n'), ['WT0302']);
});

t.test('what a backend cannot run is skipped with the reason, and what it requires is checked', async (t) => {
  const skip = (body: string, changes = {}) => casesOf(body, { backends: [backend(changes)] })[0]?.skip;
  t.equal(skip('steps: [{upgrade: {what: scheduler, to: x}}]\n'), 'sim cannot run upgrade yet');
  t.equal(skip(`${WITH_PROMETHEUS}steps: [{expect: [{promql: up, value: 1}]}]\n`), 'sim cannot judge promql yet');
  const ens3 = 'cluster: {from: c.yaml, with: {nodes: [{name: worker-1, device: ens3}]}}\n';
  t.equal(skip(ens3), undefined);
  t.equal(skip(ens3, { nodeDevice: 'eth0' }), 'sim has no node whose card is ens3');
  t.equal(skip('requires: {backends: [kind, envtest]}\n'), 'requires the backend kind or envtest, not sim');
  t.equal(skip('requires: {kubernetes: ">=1.35"}\n'), 'requires Kubernetes >=1.35; this is 1.34.2');
  t.equal(
    skip('requires: {kernelModules: [ip_vs]}\n', { kernelModules: ['bridge'] }),
    'requires the kernel module ip_vs',
  );
  t.equal(skip('requires: {kernelModules: [ip_vs], kubernetes: ">=1.20", backends: [sim]}\n'), undefined);
  t.equal(skip('', { kubernetes: '<1.30' }), 'sim runs Kubernetes <1.30, not 1.34.2');
  t.equal(skip('', { proxyModes: ['iptables'] }), 'sim has no kube-proxy mode ipvs');
  t.equal(skip('probes: {p: {from: outside, arp: 10.0.0.1}}\n', { probes: ['tcp'] }), 'sim cannot probe arp yet');
  t.same(codesOf('requires: {kubernetes: "one"}\n'), ['WT0112']);
});

t.test('the simulator skips what its model has no mechanism for', async (t) => {
  const skip = (spec: string) => casesOf(`cluster: {from: c.yaml, with: {${spec}}}\n`)[0]?.skip;
  t.equal(skip('cni: {name: flannel}'), 'sim has no encapsulation vxlan');
  t.equal(skip('cni: {name: flannel, encapsulation: none}'), undefined);
  t.equal(skip('apiServer: {endpoint: vip, vip: 172.30.0.100}'), 'sim has no API endpoint vip');
});

t.test('IPv6 is skipped with the reason that the model is IPv4 only', async (t) => {
  const reason = (body: string) => planOf(body).plan?.cases[0]?.skip;
  const found = [
    'cluster: {from: c.yaml, with: {podSubnet: "10.244.0.0/16,fd00:10::/56"}}\n',
    'cluster: {from: c.yaml, with: {network: {subnet: "fc00:f853::/64"}}}\n',
    'probes: {p: {from: worker-1, http: "https://[fd00::1]:6443/"}}\n',
    'steps: [{apply: [{apiVersion: v1, kind: Service, metadata: {name: x}, spec: {externalIPs: ["fd00::1"]}}]}]\n',
    'steps: [{apply: [{apiVersion: v1, kind: Service, metadata: {name: x}, spec: {ipFamilies: [IPv6]}}]}]\n',
  ];
  for (const body of found) t.match(reason(body), /^the model is IPv4 only, and this holds/, body);
  t.equal(reason('steps: [{expect: [{log: {of: kubelet, on: worker-1}, matches: "::1"}]}]\n'), undefined);
});
