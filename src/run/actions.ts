/** What a step does: dispatch to its kind. An action that fails is a value with the words of the API or the kernel. */
import { unreachable } from '../base/assert.js';
import { formatDuration, type Micros } from '../base/instant.js';
import type { Action } from '../scenario/model.js';
import { bind, unbind } from './actions/address.js';
import { startCapture } from './actions/capture.js';
import { apply, deleteObjects, patch } from './actions/objects.js';
import { schedule } from './actions/schedule.js';
import { startFlow } from './actions/traffic.js';
import { CaseTimeout, type RunContext } from './run-context.js';

export type ActionOutcome = { readonly done: string } | { readonly error: string };

async function sleep(context: RunContext, duration: Micros, deadline: Micros): Promise<ActionOutcome> {
  const until = context.now() + duration;
  await context.sleepUntil(Math.min(until, deadline));
  if (context.now() >= context.deadline && context.now() < until) throw new CaseTimeout();
  if (context.now() < until)
    return { error: `the step's time was over before its sleep of ${formatDuration(duration)}` };
  return { done: `slept ${formatDuration(duration)}` };
}

/** `deadline` is the step's; the case's own ends in {@link CaseTimeout}. */
export async function perform(context: RunContext, action: Action, deadline: Micros): Promise<ActionOutcome> {
  switch (action.kind) {
    case 'apply':
      return apply(context, action);
    case 'delete':
      return deleteObjects(context, action);
    case 'patch':
      return patch(context, action);
    case 'bind':
      return bind(context, action, deadline);
    case 'unbind':
      return unbind(context, action, deadline);
    case 'capture':
      return startCapture(context, action);
    case 'sleep':
      return sleep(context, action.for, deadline);
    case 'traffic':
      return startFlow(context, action, deadline);
    case 'schedule':
      return schedule(context, action.arrivals, deadline);
    case 'upgrade':
      throw new Error(`backend ${context.testbed.backend} cannot run the action ${action.kind} yet`);
    default:
      return unreachable(action);
  }
}
