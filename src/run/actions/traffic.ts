/** `traffic`: a flow that goes on beside the steps that follow. It is started when the testbed has seen it run as asked. */
import type { FlowSpec } from '../../scenario/model.js';
import type { ActionOutcome } from '../actions.js';
import type { RunContext } from '../run-context.js';

export async function startFlow({ testbed }: RunContext, flow: FlowSpec): Promise<ActionOutcome> {
  if (!testbed.traffic) return { error: `the backend ${testbed.backend} generates no traffic` };
  const answer = await testbed.traffic.start(flow);
  return answer.ok ? { done: answer.text } : { error: answer.error };
}
