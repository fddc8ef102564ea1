/** What tests of plans share: a scenario from a few lines, planned on a cluster of three nodes. */
import { memoryFiles } from '../scenario/source.js';
import { type Capabilities, SIM } from './capabilities.js';
import { makePlan, type PlanRequest, type PlanResult } from './make-plan.js';
import type { ArmSpec, CaseSpec } from './plan.js';

export const CLUSTER = `apiVersion: windtunnel/v1alpha1
kind: Cluster
metadata: {name: three-nodes}
spec:
  kubernetes: "1.34.2"
  nodes:
    - {name: control-plane, role: control-plane}
    - {name: worker-1}
    - {name: worker-2}
  kubeProxy: {mode: ipvs}
`;

const STEP = 'steps: [{sleep: 1s}]\n';

/** The heads that `body` leaves out: apiVersion, kind, metadata, cluster, steps. */
export function scenarioText(body: string): string {
  const head = [
    'apiVersion: windtunnel/v1alpha1\n',
    'kind: Scenario\n',
    'metadata: {name: s}\n',
    'cluster: {from: c.yaml}\n',
    STEP,
  ];
  return head.filter((line) => !new RegExp(`^${line.slice(0, line.indexOf(':'))}:`, 'm').test(body)).join('') + body;
}

export interface Extra extends Partial<PlanRequest> {
  readonly files?: Readonly<Record<string, string>>;
}

export function planOf(body: string, extra: Extra = {}): PlanResult {
  const { files, ...request } = extra;
  const known = memoryFiles({ 's.yaml': scenarioText(body), 'c.yaml': CLUSTER, ...files });
  return makePlan({ scenarios: ['s.yaml'], backends: [SIM], seed: '1', ...request }, known);
}

/** The cases of a plan that must be sound; what is wrong otherwise is the error. */
export function casesOf(body: string, extra: Extra = {}): readonly CaseSpec[] {
  const result = planOf(body, extra);
  if (result.plan === undefined) throw new Error(problems(result).join('\n'));
  return result.plan.cases;
}

/** The first arm of the only case. */
export function armOf(body: string, extra: Extra = {}): ArmSpec {
  const [spec, ...others] = casesOf(body, extra);
  const arm = spec?.arms[0];
  if (arm === undefined || others.length > 0) throw new Error(`expected one case with arms, not ${others.length + 1}`);
  return arm;
}

/** `WT0123 message | hint`, in order. */
export function problems(result: PlanResult): readonly string[] {
  return result.diagnostics.map(
    ({ code, message, hint }) => `${code} ${message}${hint === undefined ? '' : ` | ${hint}`}`,
  );
}

/** The codes alone. */
export function codesOf(body: string, extra: Extra = {}): readonly string[] {
  return planOf(body, extra).diagnostics.map(({ code }) => code);
}

export function backend(changes: Partial<Capabilities>): Capabilities {
  return { ...SIM, ...changes };
}
