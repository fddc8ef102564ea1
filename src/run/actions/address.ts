/**
 * `bind` and `unbind`: an address on a host's device, once, repeated until a route has its type for good, or repeated beside the steps
 * that follow. Where it is repeated, the route is looked at before the address is touched: what counts is what others did meanwhile.
 */
import { formatDuration, formatSeconds, type Micros, SECOND } from '../../base/instant.js';
import { formatRoute } from '../../evidence/ip-route.js';
import type { Action } from '../../scenario/model.js';
import { StateWindow } from '../../verdict/window.js';
import type { ActionOutcome } from '../actions.js';
import { CaseTimeout, type RunContext } from '../run-context.js';

type AddressAction = Extract<Action, { kind: 'bind' | 'unbind' }>;

/** True where it changed something: the address was not there, or was. */
async function act({ testbed }: RunContext, action: AddressAction, host: string): Promise<boolean> {
  const { kind, address, device } = action;
  return kind === 'bind' ? testbed.network.bind(host, address, device) : testbed.network.unbind(host, address, device);
}

async function once(context: RunContext, action: AddressAction): Promise<ActionOutcome> {
  const { kind, address, device, on } = action;
  for (const host of on) {
    if (await act(context, action, host)) continue;
    const why =
      kind === 'bind' ? 'RTNETLINK answers: File exists' : 'RTNETLINK answers: Cannot assign requested address';
    return { error: `${host}: ip addr ${kind === 'bind' ? 'add' : 'del'} ${address}/32 dev ${device}: ${why}` };
  }
  return { done: `${kind === 'bind' ? 'bound' : 'unbound'} ${address} on ${on.join(', ')}` };
}

async function actEverywhere(context: RunContext, action: AddressAction): Promise<boolean> {
  let changed = false;
  for (const host of action.on) if (await act(context, action, host)) changed = true;
  return changed;
}

/** The routes as they are now, and the hosts where they are not yet as wanted. */
async function wrongRoutes(context: RunContext, { address, on }: AddressAction, wanted: string): Promise<string[]> {
  const answers = await Promise.all(
    on.map(async (host) => ({ host, answer: await context.testbed.network.routeGet(host, address) })),
  );
  return answers.flatMap(({ host, answer }) => (answer.type === wanted ? [] : [`${host}: ${formatRoute(answer)}`]));
}

async function repeatUntil(context: RunContext, action: AddressAction, deadline: Micros): Promise<ActionOutcome> {
  const { kind, address, on, until, every = SECOND } = action;
  if (!until) return { error: 'nothing to wait for' };
  const startedAt = context.now();
  let times = 0;
  let lastSeen = '';
  let window = new StateWindow({ from: startedAt, within: Number.MAX_SAFE_INTEGER / 4, for: until.for });
  for (;;) {
    const now = context.now();
    const wrong = await wrongRoutes(context, action, until.route);
    if (wrong.length > 0) lastSeen = wrong.join('; ');
    window.observe(now, wrong.length === 0);
    if (window.settle(now)) break;
    if (await actEverywhere(context, action)) {
      times++;
      // Others had undone it since the last look, even where the route did not show it.
      window = new StateWindow({ from: now, within: Number.MAX_SAFE_INTEGER / 4, for: until.for });
    }
    if (now >= context.deadline) throw new CaseTimeout();
    if (now >= deadline) {
      const wanted = `${until.route} for ${formatDuration(until.for)}`;
      return {
        error: `the step's time was over before the route to ${address} was ${wanted}; last wrong: ${lastSeen}`,
      };
    }
    context.progress(() => ({
      step: `${kind} ${address}`,
      awaited: [{ text: `route ${until.route} for ${formatDuration(until.for)}`, seen: lastSeen }],
    }));
    await context.sleepUntil(Math.min(now + every, deadline));
  }
  const took = `${formatSeconds(context.now() - startedAt)} s`;
  return { done: `${kind === 'bind' ? 'bound' : 'unbound'} ${address} on ${on.join(', ')} ${times} times in ${took}` };
}

async function changeAddress(context: RunContext, action: AddressAction, deadline: Micros): Promise<ActionOutcome> {
  const { every, until } = action;
  if (until) return repeatUntil(context, action, deadline);
  if (every === undefined) return once(context, action);
  await actEverywhere(context, action);
  context.inBackground(context.now() + every, async () => {
    await actEverywhere(context, action);
    return context.now() + every;
  });
  return {
    done: `${action.kind}s ${action.address} on ${action.on.join(', ')} every ${formatDuration(every)} from now on`,
  };
}

export async function bind(context: RunContext, action: AddressAction, deadline: Micros): Promise<ActionOutcome> {
  return changeAddress(context, action, deadline);
}

export async function unbind(context: RunContext, action: AddressAction, deadline: Micros): Promise<ActionOutcome> {
  return changeAddress(context, action, deadline);
}
