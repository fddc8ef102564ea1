/** A plan for a kernel without IPVS: what asks for IPVS's own tables cannot be expected there, and every case says that it is emulated. */
import type { ArmSpec, CaseSpec, Plan } from '../../src/plan/plan.js';
import type { ClusterSpec, StepSpec } from '../../src/scenario/model.js';

const isIpvs = ({ cluster }: ArmSpec) => cluster.kubeProxy.mode === 'ipvs';

function withoutTables(step: StepSpec): StepSpec {
  const expect = step.expect.filter(({ kind }) => kind !== 'virtualServer');
  return expect.length === step.expect.length ? step : { ...step, expect };
}

function emulatedArm(arm: ArmSpec): ArmSpec {
  if (!isIpvs(arm)) return arm;
  const of = (steps: readonly StepSpec[]) => steps.map(withoutTables);
  return { ...arm, steps: of(arm.steps), catch: of(arm.catch), finally: of(arm.finally) };
}

function leftOut({ arms }: CaseSpec): readonly string[] {
  const steps = arms.filter(isIpvs).flatMap((arm) => [...arm.steps, ...arm.catch, ...arm.finally]);
  const texts = steps.flatMap(({ expect }) => expect.filter(({ kind }) => kind === 'virtualServer'));
  return [...new Set(texts.map(({ text }) => text))];
}

/** Cases whose kube-proxy is in another mode stay as they are. */
export function emulatedPlan(plan: Plan): Plan {
  const cases = plan.cases.map((spec): CaseSpec => {
    if (!spec.arms.some(isIpvs)) return spec;
    const skipped = leftOut(spec).map((text) => `emulated, so not expected: ${text}`);
    const notes = [...spec.notes, 'emulated: what kube-proxy in mode ipvs binds is bound by hand', ...skipped];
    return { ...spec, arms: spec.arms.map(emulatedArm), notes };
  });
  return { ...plan, cases };
}

/** The cluster that is really made. */
export function withoutIpvs(cluster: ClusterSpec): ClusterSpec {
  if (cluster.kubeProxy.mode !== 'ipvs') return cluster;
  return { ...cluster, kubeProxy: { ...cluster.kubeProxy, mode: 'iptables', strictARP: false, excludeCIDRs: [] } };
}
