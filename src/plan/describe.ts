/** A plan as lines for people, for `windtunnel plan`. */
import { formatDuration } from '../base/instant.js';
import type { ArmSpec, CaseSpec, Plan } from './plan.js';

/** Scenario by scenario: its cases, their arms and steps, what is skipped and why. No control characters of files are taken out here. */
export function describePlan(plan: Plan): readonly string[] {
  const lines: string[] = [];
  const byScenario = new Map<string, CaseSpec[]>();
  for (const spec of plan.cases) {
    const known = byScenario.get(spec.scenario.name);
    if (known) known.push(spec);
    else byScenario.set(spec.scenario.name, [spec]);
  }
  for (const [name, cases] of byScenario) lines.push(...scenarioLines(name, cases), '');
  const skipped = plan.cases.filter((spec) => spec.skip !== undefined).length;
  const arms = plan.cases.reduce((sum, spec) => sum + (spec.skip === undefined ? spec.arms.length : 0), 0);
  const left = skipped === 0 ? '' : `, ${counted(skipped, 'case')} skipped`;
  lines.push(`${counted(plan.cases.length, 'case')}${left}, ${counted(arms, 'arm')} to run, seed ${plan.seed}`);
  return lines;
}

function scenarioLines(name: string, cases: readonly CaseSpec[]): readonly string[] {
  const [first] = cases;
  if (first === undefined) return [];
  const { description, file, tags } = first.scenario;
  const lines = [`${name}  ${file}${tags.length > 0 ? `  [${tags.join(', ')}]` : ''}`];
  if (description !== '') lines.push(`  ${description}`);
  for (const spec of cases) {
    lines.push(`  ${spec.id}  on ${spec.backend}`);
    if (spec.skip !== undefined) lines.push(`    skipped: ${spec.skip}`);
    else for (const arm of spec.arms) lines.push(`    ${armLine(arm)}`);
    for (const note of spec.notes) lines.push(`    note: ${note}`);
  }
  return [...lines, ...stepLines(cases)];
}

function armLine(arm: ArmSpec): string {
  const { cluster } = arm;
  const steps = arm.steps.filter((step) => step.runs && !(arm.omitTreatment && step.treatment)).length;
  const what =
    cluster.kubernetes === undefined ? 'bare hosts' : `Kubernetes ${cluster.kubernetes}, ${cluster.kubeProxy.mode}`;
  const expected = arm.expect === 'first' ? '' : `, must end ${arm.expect === 'same' ? 'the same' : 'differently'}`;
  return `${arm.name}: ${counted(cluster.nodes.length, 'node')}, ${what}, ${counted(steps, 'step')}${expected}`;
}

/** The steps of the first arm; all arms of all cases have the same list. */
function stepLines(cases: readonly CaseSpec[]): readonly string[] {
  const arms = cases.flatMap((spec) => spec.arms);
  const [arm] = arms;
  if (arm === undefined) return [];
  const probes = arm.probes.map(
    (probe) => `    ${probe.name}: ${probe.target.kind} every ${formatDuration(probe.every)}`,
  );
  const everywhere = (index: number) => arms.every((other) => other.steps[index]?.runs === true);
  const steps = arm.steps.map((step) => {
    const marks = [step.treatment ? 'treatment' : '', everywhere(step.index) ? '' : 'not on every point'].filter(
      (mark) => mark !== '',
    );
    return `    ${step.index + 1}. ${step.name}${marks.length > 0 ? ` (${marks.join(', ')})` : ''}`;
  });
  return [...(probes.length > 0 ? ['  probes', ...probes] : []), '  steps', ...steps];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
