/** `traffic`: a flow that goes on beside the steps that follow. It is started when the testbed has seen it run as asked. */
import type { Micros } from '../../base/instant.js';
import type { Action } from '../../scenario/model.js';
import type { ActionOutcome } from '../actions.js';
import { CaseTimeout, type RunContext } from '../run-context.js';

type TrafficAction = Extract<Action, { kind: 'traffic' }>;

export async function startFlow(
  context: RunContext,
  { flow, within }: TrafficAction,
  deadline: Micros,
): Promise<ActionOutcome> {
  const { testbed } = context;
  if (!testbed.traffic) return { error: `the backend ${testbed.backend} generates no traffic` };
  const now = context.now();
  const until = deadline === Number.MAX_SAFE_INTEGER ? now + within : deadline;
  const answer = await testbed.traffic.start(flow, Math.max(0, Math.min(until, context.deadline) - now));
  if (answer.ok) return { done: answer.text };
  if (context.now() >= context.deadline) throw new CaseTimeout();
  return { error: answer.error };
}
