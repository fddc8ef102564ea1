import t from 'tap';
import { casesOf, codesOf } from './plan-fixture.js';

const TREATED = 'steps: [{sleep: 1s}, {sleep: 2s, treatment: true}]\n';
const armsOf = (body: string, extra = {}) =>
  casesOf(body, extra).map((spec) =>
    spec.arms.map((arm) => `${arm.name} ${arm.expect}${arm.omitTreatment ? ' without' : ''}`),
  );

t.test('treatment marks what the control arm leaves out', async (t) => {
  t.same(armsOf(TREATED), [['treatment first', 'control differs without']]);
  const [spec] = casesOf(TREATED);
  t.same(
    spec?.arms.map((arm) => arm.steps.map((step) => [step.index, step.treatment])),
    [
      [
        [0, false],
        [1, true],
      ],
      [
        [0, false],
        [1, true],
      ],
    ],
    'steps keep their number on every arm',
  );
  t.same(spec?.notes, []);
});

t.test('without any treatment there is no control arm, and a note says so', async (t) => {
  t.same(armsOf(''), [['main first']]);
  t.match(casesOf('')[0]?.notes, ['no treatment, so no control arm']);
});

t.test('a treatment that does not run on a point is none there', async (t) => {
  const body = 'matrix: {mode: [ipvs, iptables]}\nsteps: [{sleep: 1s, treatment: true, when: {mode: ipvs}}]\n';
  t.same(armsOf(body), [['treatment first', 'control differs without'], ['main first']]);
});

t.test('where control.sameWhen matches, the control arm must end the same', async (t) => {
  const body = `matrix: {mode: [ipvs, iptables, nftables]}\ncontrol: {sameWhen: {mode: [iptables, nftables]}}\n${TREATED}`;
  t.same(
    armsOf(body).map((arms) => arms[1]),
    ['control differs without', 'control same without', 'control same without'],
  );
  t.same(armsOf(`control: {sameWhen: {}}\n${TREATED}`)[0]?.[1], 'control same without', '{} matches always');
});

t.test('control.arms name further arms by what they change, and keep the treatment', async (t) => {
  const body = `variables: {hot: "\${nodes.worker-1}"}
probes: {p: {from: "\${hot}", ping: 10.0.0.1}}
${TREATED}control:
  arms:
    - {name: iptables, cluster: {kubeProxy: {mode: iptables}}}
    - {name: moved, variables: {hot: "\${nodes.worker-2}"}, expect: same}
`;
  t.same(armsOf(body), [['treatment first', 'control differs without', 'iptables differs', 'moved same']]);
  const arms = casesOf(body)[0]?.arms ?? [];
  t.same(
    arms.map((arm) => arm.cluster.kubeProxy.mode),
    ['ipvs', 'ipvs', 'iptables', 'ipvs'],
  );
  t.same(
    arms.map((arm) => arm.probes[0]?.from),
    ['worker-1', 'worker-1', 'worker-1', 'worker-2'].map((node) => ({ kind: 'node', node })),
  );
  t.equal(arms[0]?.cluster, arms[3]?.cluster, 'clusters that are alike are one object');
});

t.test('an arm merges schedulers by name, so that a plugin is switched off and keeps its arguments', async (t) => {
  const body = `cluster: {from: c.yaml, with: {addons: {prometheus: {}}, schedulers: [{name: b, plugins: {network_traffic: {weight: 5}}}]}}
control: {arms: [{name: off, cluster: {schedulers: [{name: b, plugins: {network_traffic: {enabled: false}}}]}}]}
${TREATED}`;
  const off = casesOf(body)[0]?.arms[2];
  t.same(off?.cluster.schedulers, [{ name: 'b', plugins: { network_traffic: { weight: 5, enabled: false } } }]);
});

t.test('arms are checked: names, variables that exist', async (t) => {
  t.same(codesOf('control: {arms: [{name: control}]}\n'), ['WT0313']);
  t.same(codesOf('control: {arms: [{name: a}, {name: a}]}\n'), ['WT0309']);
  t.same(codesOf('variables: {x: 1}\ncontrol: {arms: [{name: a, variables: {y: 1}}]}\n'), ['WT0315']);
});

t.test('--no-control leaves the first arm alone, with a note', async (t) => {
  t.same(armsOf(TREATED, { noControl: true }), [['treatment first']]);
  t.match(casesOf(TREATED, { noControl: true })[0]?.notes, [/--no-control/]);
});

t.test('compare runs the case once per side; side and "<a" name one of them', async (t) => {
  const body = `compare: {a: {schedulers: [{name: s, version: minimally-fixed}]}, b: {schedulers: [{name: s, version: fixed}]}}
steps: [{expect: [{linkUtilisation: max, side: b, value: "<a"}]}]
`;
  const [spec] = casesOf(body);
  t.same(
    spec?.arms.map((arm) => [arm.name, arm.side, arm.cluster.schedulers[0]?.version]),
    [
      ['a', 'a', 'minimally-fixed'],
      ['b', 'b', 'fixed'],
    ],
  );
  t.match(spec?.arms[1]?.steps[0]?.expect, [{ side: 'b', value: { op: '<', side: 'a' } }]);
  t.match(spec?.skip, 'sim cannot run compare yet');
  t.same(codesOf('steps: [{expect: [{promql: up, side: c, value: "<d"}]}]\n'), ['WT0310', 'WT0310']);
});

t.test('compare needs two sides, and no control beside it', async (t) => {
  t.same(codesOf('compare: {a: {}}\n'), ['WT0116']);
  t.same(codesOf('compare: {a: {}, b: {}}\ncontrol: {arms: []}\n'), ['WT0317']);
});

t.test('--deadline-factor stretches every within and timeout, and nothing else', async (t) => {
  const body = `probes: {p: {from: worker-1, ping: 10.0.0.1, every: 2s, timeout: 1s}}
steps:
  - {unbind: {address: 10.0.0.1, on: worker-1, device: d, every: 1s, until: {route: local, for: 5s}, timeout: 5m}}
  - {timeout: 1m, sleep: 3s, expect: [{probe: p, is: ok, within: 10s, for: 4s}, {lease: worker-1, age: ">30s"}]}
  - {traffic: {name: f, from: outside, to: {node: worker-1}, rate: 1Mbps}}
`;
  const [spec] = casesOf(body, { deadlineFactor: 3 });
  const arm = spec?.arms[0];
  t.match(arm?.probes[0], { every: 2e6, timeout: 3e6 });
  t.match(arm?.steps[0], { timeout: 900e6, action: { every: 1e6, until: { route: 'local', for: 5e6 } } });
  t.match(arm?.steps[1], {
    timeout: 180e6,
    action: { for: 3e6 },
    expect: [{ within: 30e6, for: 4e6 }, { age: { value: 30e6 } }],
  });
  t.match(arm?.steps[2], { action: { kind: 'traffic', within: 120e6 } });
});

t.test(
  'timing.scale runs within, for, age, every and timeout at its factor; the cluster keeps its own times',
  async (t) => {
    const body = `cluster: {from: c.yaml, with: {timing: {scale: 0.1, nodeMonitorGracePeriod: 40s}}}
probes: {p: {from: worker-1, ping: 10.0.0.1, every: 2s, timeout: 1s}}
steps:
  - {timeout: 1m, sleep: 3s, expect: [{probe: p, is: ok, within: 10s, for: 4s}, {lease: worker-1, age: ">30s"}]}
  - {traffic: {name: f, from: outside, to: {node: worker-1}, rate: 1Mbps}}
`;
    const arm = casesOf(body)[0]?.arms[0];
    t.match(arm?.probes[0], { every: 2e5, timeout: 1e5 });
    t.match(arm?.steps[0], {
      timeout: 6e6,
      action: { for: 3e6 },
      expect: [{ within: 1e6, for: 4e5 }, { age: { value: 3e6 } }],
    });
    t.match(arm?.steps[1], { action: { within: 40e6 } }, 'no timer of the cluster carries traffic');
    t.match(arm?.cluster.timing, { scale: 0.1, nodeMonitorGracePeriod: 40e6 });
  },
);
