/** What a plan becomes where mode ipvs is emulated: as it was, but for what asks for IPVS's own tables. */
import t from 'tap';
import type { ArmSpec, CaseSpec, Plan } from '../../src/plan/plan.js';
import type { ClusterSpec, Expectation, StepSpec } from '../../src/scenario/model.js';
import { emulatedPlan, withoutIpvs } from './emulated-plan.js';
import { TWO_NODES } from './stand-in.js';

const expect = (kind: string, text: string) => ({ kind, text }) as Expectation;
const SERVER = expect('virtualServer', 'TCP 172.30.0.3:80 on cp');
const PROBE = expect('probe', 'probe a is refused');

const step = (name: string, ...expect: readonly Expectation[]) => ({ name, expect }) as unknown as StepSpec;

function arm(name: string, mode: ClusterSpec['kubeProxy']['mode']): ArmSpec {
  const cluster = { ...TWO_NODES, kubeProxy: { ...TWO_NODES.kubeProxy, mode } };
  return {
    ...{ name, omitTreatment: false, expect: 'first', cluster, probes: [] },
    steps: [step('the fault', SERVER, PROBE), step('after', PROBE)],
    catch: [step('caught', expect('virtualServer', 'none on w1'))],
    finally: [step('last', SERVER)],
  };
}

const plan = (...arms: readonly ArmSpec[]) => ({
  cases: [{ id: 'a', notes: ['before'], arms } as unknown as CaseSpec],
  seed: '1',
});

const expected = ({ steps, catch: caught, finally: last }: ArmSpec) =>
  [...steps, ...caught, ...last].map(({ name, expect }) => [name, ...expect.map(({ text }) => text)]);

t.test("expectations about IPVS's own tables are left out, and every one of them is told", async (t) => {
  const [spec] = emulatedPlan(plan(arm('treatment', 'ipvs'), arm('control', 'ipvs'))).cases;
  for (const one of spec?.arms ?? [])
    t.same(expected(one), [['the fault', PROBE.text], ['after', PROBE.text], ['caught'], ['last']]);
  t.same(spec?.notes, [
    'before',
    'emulated: what kube-proxy in mode ipvs binds is bound by hand',
    'emulated, so not expected: TCP 172.30.0.3:80 on cp',
    'emulated, so not expected: none on w1',
  ]);
  t.equal(spec?.arms[0]?.cluster.kubeProxy.mode, 'ipvs', 'the scenario still means ipvs');
});

t.test('a case in another mode stays as it is; of two arms only that in mode ipvs changes', async (t) => {
  const other: Plan = plan(arm('treatment', 'iptables'));
  t.strictSame(emulatedPlan(other), other);
  const [spec] = emulatedPlan(plan(arm('treatment', 'ipvs'), arm('control', 'nftables'))).cases;
  t.same(
    spec?.arms.map((one) => expected(one)[0]),
    [
      ['the fault', PROBE.text],
      ['the fault', SERVER.text, PROBE.text],
    ],
  );
});

t.test('the cluster that is made has no word of IPVS', async (t) => {
  const kubeProxy = { mode: 'ipvs', strictARP: true, excludeCIDRs: ['10.0.0.0/8'], featureGates: { A: true } } as const;
  const made = withoutIpvs({ ...TWO_NODES, kubeProxy });
  t.strictSame(made.kubeProxy, { mode: 'iptables', strictARP: false, excludeCIDRs: [], featureGates: { A: true } });
  const nftables = { ...TWO_NODES, kubeProxy: { ...TWO_NODES.kubeProxy, mode: 'nftables' } } as const;
  t.equal(withoutIpvs(nftables), nftables);
});
