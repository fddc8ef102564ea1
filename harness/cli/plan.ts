/** `plan`: every case that a run would start, as a table or as the plan itself. Starts nothing. */
import { ExitCode } from '../../src/verdict/merge.js';
import { count } from '../reporters/wording.js';
import { escapeLine } from '../terminal/escape.js';
import type { Context } from './context.js';
import type { PlanOptions } from './options.js';
import { planScenarios } from './planning.js';
import { kindRun, settled } from './settings.js';

export async function planCommand(
  context: Context,
  paths: readonly string[],
  given: PlanOptions,
  names: ReadonlySet<string>,
): Promise<number> {
  const under = settled(context, given, names);
  if (!under) return ExitCode.usage;
  const { options, settings } = under;
  const { emulateIPVS } = kindRun(options, settings);
  const planned = planScenarios(context, paths, { ...options, emulateIPVS });
  if (!planned) return ExitCode.usage;
  const { plan } = planned;
  const { out } = context.streams;
  if (options.json) {
    out.write(`${JSON.stringify(plan, null, 2)}\n`);
    return ExitCode.passed;
  }
  const { bold, dim, yellow } = out.colours;
  let file = '';
  for (const { id, scenario, arms, skip, notes } of plan.cases) {
    if (scenario.file !== file) out.write(`${bold(escapeLine(scenario.file))}\n`);
    file = scenario.file;
    const nodes = arms[0]?.cluster.nodes.length ?? 0;
    const detail = `${arms.map(({ name }) => name).join(', ')}; ${count(arms[0]?.steps.length ?? 0, 'step')} on ${count(nodes, 'node')}`;
    out.write(`  ${escapeLine(id)}  ${dim(escapeLine(detail))}\n`);
    if (skip !== undefined) out.write(`    ${yellow('skipped')}: ${escapeLine(skip)}\n`);
    for (const note of notes) out.write(`    ${dim(`note: ${escapeLine(note)}`)}\n`);
  }
  const arms = plan.cases.reduce((sum, spec) => sum + (spec.skip === undefined ? spec.arms.length : 0), 0);
  out.write(
    `${count(plan.cases.length, 'case')}, ${count(arms, 'arm')}, seed ${escapeLine(plan.seed)}, on ${options.backend}\n`,
  );
  return ExitCode.passed;
}
