/** `list`: the scenarios with their tags, or every case of them. */
import type { CaseSpec } from '../../src/plan/plan.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { count } from '../reporters/wording.js';
import { escapeLine } from '../terminal/escape.js';
import type { Context } from './context.js';
import type { ListOptions } from './options.js';
import { planScenarios } from './planning.js';
import { settled } from './settings.js';

/** Cases of one scenario, in the order of the plan. */
function byScenario(cases: readonly CaseSpec[]): ReadonlyMap<string, readonly CaseSpec[]> {
  const groups = new Map<string, CaseSpec[]>();
  for (const spec of cases) {
    const group = groups.get(spec.scenario.name);
    if (group) group.push(spec);
    else groups.set(spec.scenario.name, [spec]);
  }
  return groups;
}

export async function listCommand(
  context: Context,
  paths: readonly string[],
  given: ListOptions,
  names: ReadonlySet<string>,
): Promise<number> {
  const options = settled(context, given, names)?.options;
  const planned = options && planScenarios(context, paths, options);
  if (!planned) return ExitCode.usage;
  const { out } = context.streams;
  const { cases } = planned.plan;
  const { bold, dim, cyan } = out.colours;
  if (options.json) {
    const rows = cases.map(({ id, scenario, matrix, backend, skip }) => ({
      id,
      scenario,
      matrix,
      backend,
      skip: skip ?? null,
    }));
    out.write(`${JSON.stringify(rows, null, 2)}\n`);
  } else if (options.cases) {
    for (const { id } of cases) out.write(`${escapeLine(id)}\n`);
  } else {
    for (const group of byScenario(cases).values()) {
      const [{ scenario }] = group as [CaseSpec];
      const tags = scenario.tags.map((tag) => cyan(escapeLine(tag))).join(' ');
      out.write(`${bold(escapeLine(scenario.name))}  ${tags}  ${dim(count(group.length, 'case'))}\n`);
      if (scenario.description) out.write(`  ${escapeLine(scenario.description)}\n`);
      out.write(`  ${dim(escapeLine(scenario.file))}\n`);
    }
  }
  return ExitCode.passed;
}
