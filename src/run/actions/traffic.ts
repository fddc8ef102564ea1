/** `traffic`: a flow that goes on beside the steps that follow. It is started when the testbed has seen it run as asked. */
import { type Micros, SECOND } from '../../base/instant.js';
import type { FlowSpec } from '../../scenario/model.js';
import type { ActionOutcome } from '../actions.js';
import { CaseTimeout, type RunContext } from '../run-context.js';

/** Where the step has no timeout of its own. */
const START_MAX: Micros = 40 * SECOND;

export async function startFlow(context: RunContext, flow: FlowSpec, deadline: Micros): Promise<ActionOutcome> {
  const { testbed } = context;
  if (!testbed.traffic) return { error: `the backend ${testbed.backend} generates no traffic` };
  const now = context.now();
  const until = deadline === Number.MAX_SAFE_INTEGER ? now + START_MAX : deadline;
  const answer = await testbed.traffic.start(flow, Math.max(0, Math.min(until, context.deadline) - now));
  if (answer.ok) return { done: answer.text };
  if (context.now() >= context.deadline) throw new CaseTimeout();
  return { error: answer.error };
}
