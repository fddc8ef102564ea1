/** Actions of the file, references replaced, to those that the program runs. */
import type { z } from 'zod';
import { FLOW_START_MAX } from '../scenario/defaults.js';
import type { Action } from '../scenario/model.js';
import { ACTION_NODES } from '../scenario/node-fields.js';
import { type ActionKind, actions } from '../scenario/v1.js';
import { arrivalSpec, flowSpec } from './flows.js';
import { isAddressOrNode, nameNodes, reportStrayNodes } from './node-names.js';
import { patchProblems } from './object-problems.js';
import { appliedObjects, deletedObjects, type ObjectContext, objectRef, reportProblems } from './objects.js';
import type { Pace } from './pace.js';
import type { Site } from './site.js';
import { vantageOf } from './vantage.js';

type V1<K extends ActionKind> = z.infer<(typeof actions)[K]>;

export interface ActionContext extends ObjectContext {
  readonly nodes: ReadonlySet<string>;
  readonly pace: Pace;
}

/** `site` is the step's; `body` what stands under the action's word, as the file has it. Undefined where something was reported. */
export function actionSpec(
  kind: ActionKind,
  body: unknown,
  refused: string | undefined,
  context: ActionContext,
  site: Site,
): Action | undefined {
  const here = site.below(kind);
  if (kind === 'apply' && Array.isArray(body)) {
    const silent: ActionContext = refused === undefined ? context : { ...context, validate: () => [] };
    const objects = appliedObjects(body, silent, here);
    return { kind, objects, ...(refused === undefined ? {} : { refused }) };
  }
  if (kind === 'delete' && Array.isArray(body)) {
    return { kind, objects: deletedObjects(body, { ...context, validate: () => [] }, here) };
  }
  const setting = kind === 'patch' || kind === 'schedule' ? 'manifest' : 'scenario';
  const resolved = here.resolve(context.scope, body, setting);
  if (resolved === undefined) return undefined;
  const named = nameNodes({ [kind]: resolved }, ACTION_NODES, context.nodes, site) as Readonly<Record<string, unknown>>;
  const parsed = here.parse(actions[kind] as unknown as z.ZodType<unknown>, named[kind]);
  if (parsed === undefined) return undefined;
  reportStrayNodes(parsed, [], here);
  return simpleAction(kind, parsed, context, here);
}

function simpleAction(
  kind: ActionKind,
  parsed: unknown,
  { pace, validate }: ActionContext,
  site: Site,
): Action | undefined {
  switch (kind) {
    case 'bind':
    case 'unbind':
      return bindAction(kind, parsed as V1<'bind'>, pace, site);
    case 'patch':
      return patchAction(parsed as V1<'patch'>, site);
    case 'capture':
      return captureAction(parsed as V1<'capture'>, pace, site);
    case 'schedule':
      return { kind, arrivals: arrivalSpec(parsed as V1<'schedule'>, validate, site) };
    case 'sleep':
      // Not in the list of what `timing.scale` scales: a pause says how long people wait.
      return { kind, for: site.duration(parsed as V1<'sleep'>) };
    case 'traffic':
      return { kind, flow: flowSpec(parsed as V1<'traffic'>, site), within: pace.stretched(FLOW_START_MAX) };
    case 'upgrade':
      return { kind, body: parsed as Readonly<Record<string, unknown>> };
    default:
      return undefined;
  }
}

function bindAction(kind: 'bind' | 'unbind', value: V1<'bind'>, pace: Pace, site: Site): Action {
  if (!isAddressOrNode(value.address)) site.parseFailure('@address', value.address, ['address']);
  const { every, until } = value;
  return {
    kind,
    address: value.address,
    on: Array.isArray(value.on) ? value.on : [value.on],
    device: value.device,
    ...(every === undefined ? {} : { every: pace.scaled(site.duration(every, 'every')) }),
    ...(until === undefined
      ? {}
      : { until: { route: until.route, for: pace.scaled(site.duration(until.for, 'until', 'for')) } }),
  };
}

function patchAction(value: V1<'patch'>, site: Site): Action | undefined {
  const target = objectRef(value, site);
  if (target === undefined) return undefined;
  reportProblems(patchProblems(target.kind, value.merge), site.below('merge'));
  return {
    kind: 'patch',
    target,
    ...(value.merge === undefined ? {} : { merge: value.merge }),
    ...(value.json === undefined ? {} : { json: value.json }),
  };
}

function captureAction(value: V1<'capture'>, pace: Pace, site: Site): Action {
  const on = (Array.isArray(value.on) ? value.on : [value.on]).map(vantageOf);
  return {
    kind: 'capture',
    on,
    filter: value.filter ?? '',
    for: pace.scaled(site.duration(value.for, 'for')),
    as: value.as,
    ...(value.device === undefined ? {} : { device: value.device }),
  };
}
