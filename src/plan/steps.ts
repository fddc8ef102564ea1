/** Steps of the file to those of an arm: conditions decided, references replaced, times scaled. */

import type { Expectation, StepSpec } from '../scenario/model.js';
import { ACTION_KINDS, type ActionKind } from '../scenario/v1.js';
import { type ActionContext, actionSpec } from './actions.js';
import { expectationSpec } from './expectations.js';
import { type Condition, matches, type Point } from './match.js';
import { isMapping } from './merge.js';
import type { Site } from './site.js';

export interface StepContext extends ActionContext {
  readonly point: Point;
}

/** `site` is the list's. A step that does not run here is listed without its contents. */
export function stepSpecs(list: unknown, context: StepContext, site: Site): readonly StepSpec[] {
  if (!Array.isArray(list)) return [];
  return list.map((step: unknown, index) => stepSpec(isMapping(step) ? step : {}, index, context, site.below(index)));
}

function stepSpec(raw: Readonly<Record<string, unknown>>, index: number, context: StepContext, site: Site): StepSpec {
  const runs = matches((raw.when ?? {}) as Condition, context.point);
  const kind = ACTION_KINDS.find((word) => Object.hasOwn(raw, word));
  const frame = {
    index,
    name: nameOf(raw, kind, index, context, site),
    treatment: raw.treatment === true,
    runs,
    place: site.place,
  };
  // What its contents refer to may not exist on this point.
  if (!runs) return { ...frame, expect: [] };
  const refused = typeof raw.refused === 'string' ? textOf(raw.refused, 'refused', context, site) : undefined;
  const action = kind && actionSpec(kind, raw[kind], refused, context, site);
  const timeout = timeoutOf(raw, kind, context, site);
  return {
    ...frame,
    ...(timeout === undefined ? {} : { timeout }),
    ...(action === undefined ? {} : { action }),
    expect: expectOf(raw.expect, context, site.below('expect')),
  };
}

/** A step without a name is called by its action. */
function nameOf(
  raw: Readonly<Record<string, unknown>>,
  kind: ActionKind | undefined,
  index: number,
  context: StepContext,
  site: Site,
): string {
  if (typeof raw.name === 'string') return textOf(raw.name, 'name', context, site);
  return `step ${index + 1}: ${kind ?? 'expect'}`;
}

function textOf(text: string, key: string, context: StepContext, site: Site): string {
  return String(site.resolve(context.scope, text, 'scenario', key) ?? text);
}

/** The step's own, or the one inside `bind` and `unbind`. */
function timeoutOf(
  raw: Readonly<Record<string, unknown>>,
  kind: ActionKind | undefined,
  context: StepContext,
  site: Site,
): number | undefined {
  const body = kind === undefined ? undefined : raw[kind];
  const inner = isMapping(body) ? body.timeout : undefined;
  const [value, ...path] = raw.timeout === undefined ? [inner, kind ?? '', 'timeout'] : [raw.timeout, 'timeout'];
  if (value === undefined) return undefined;
  const resolved = site.resolve(context.scope, value, 'scenario', ...(path as string[]));
  if (resolved === undefined) return undefined;
  return context.pace.deadline(site.duration(String(resolved), ...(path as string[])));
}

function expectOf(list: unknown, context: StepContext, site: Site): readonly Expectation[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((raw: unknown, index) => {
    const here = site.below(index);
    const resolved = here.resolve(context.scope, raw, 'scenario');
    return (resolved === undefined ? undefined : expectationSpec(resolved, context, here)) ?? [];
  });
}
