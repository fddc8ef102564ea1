/** `capture`: starts at every place it names, goes on beside the steps that follow, and hands its packets over when its time is over. */
import { formatDuration } from '../../base/instant.js';
import type { Capture } from '../../ports/testbed.js';
import type { Action, Vantage } from '../../scenario/model.js';
import type { ActionOutcome } from '../actions.js';
import type { RunContext } from '../run-context.js';

export function nameOfVantage(vantage: Vantage): string {
  if (vantage.kind === 'node') return vantage.node;
  return vantage.kind === 'pod' ? `${vantage.namespace}/${vantage.pod}` : vantage.kind;
}

/** Stops a capture and hands its packets over; the counts stay there to be asked for. */
function finish(context: RunContext, name: string): void {
  const running = context.captures.get(name);
  if (!running || running.ended) return;
  running.ended = true;
  for (const { on, capture } of running.places) {
    capture.stop();
    context.recorder.capture(name, on, capture.packets());
  }
}

export async function startCapture(
  context: RunContext,
  action: Extract<Action, { kind: 'capture' }>,
): Promise<ActionOutcome> {
  const { as: name, on, filter, device, for: duration } = action;
  if (context.captures.has(name)) return { error: `there is a capture ${name} already` };
  const places: { on: string; capture: Capture }[] = [];
  for (const vantage of on) {
    const capture = await context.testbed.network.startCapture(vantage, filter, device);
    places.push({ on: nameOfVantage(vantage), capture });
  }
  const endsAt = context.now() + duration;
  context.captures.set(name, { endsAt, places, ended: false });
  context.inBackground(endsAt, async () => {
    finish(context, name);
    return undefined;
  });
  return {
    done: `capturing ${filter} on ${places.map((place) => place.on).join(', ')} for ${formatDuration(duration)}`,
  };
}

/** Captures that the case outlived are ended where it ends. */
export function finishCaptures(context: RunContext): void {
  for (const name of context.captures.keys()) finish(context, name);
}
