/** Expectations of the file, references replaced, to those that the program judges. */

import type { z } from 'zod';
import type { Expectation } from '../scenario/model.js';
import { EXPECTATION_NODES } from '../scenario/node-fields.js';
import { EXPECTATION_KINDS, type ExpectationKind, expectations } from '../scenario/v1.js';
import { expectationText } from './expectation-text.js';
import { isMapping } from './merge.js';
import { isAddressOrNode, nameNodes, reportStrayNodes } from './node-names.js';
import type { Pace } from './pace.js';
import { promqlError } from './promql.js';
import { parseComparison, parseDurationComparison } from './quantities.js';
import type { Site } from './site.js';

type V1<K extends ExpectationKind> = z.infer<(typeof expectations)[K]>;
type Body<K extends Expectation['kind']> = Omit<
  Extract<Expectation, { kind: K }>,
  'within' | 'for' | 'side' | 'place' | 'text'
>;
type Comparison = NonNullable<Extract<Expectation, { kind: 'captured' }>['count']>;

export interface ExpectationContext {
  readonly nodes: ReadonlySet<string>;
  readonly pace: Pace;
}

/** Undefined where something was reported. */
export function expectationSpec(raw: unknown, context: ExpectationContext, site: Site): Expectation | undefined {
  if (!isMapping(raw)) return undefined;
  const kind = EXPECTATION_KINDS.find((word) => Object.hasOwn(raw, word));
  if (kind === undefined) return undefined;
  const named = nameNodes(raw, EXPECTATION_NODES[kind], context.nodes, site);
  const parsed = site.parse<V1<ExpectationKind>>(
    expectations[kind] as unknown as z.ZodType<V1<ExpectationKind>>,
    named,
  );
  if (parsed === undefined) return undefined;
  reportStrayNodes(named, [], site);
  const body = bodyOf(kind, parsed, new Reader(site, context.pace));
  const { pace } = context;
  return {
    ...body,
    ...(parsed.within === undefined ? {} : { within: pace.deadline(site.duration(parsed.within, 'within')) }),
    ...(parsed.for === undefined ? {} : { for: pace.scaled(site.duration(parsed.for, 'for')) }),
    ...(parsed.side === undefined ? {} : { side: parsed.side }),
    place: site.place,
    text: expectationText(kind, named as Readonly<Record<string, unknown>>),
  } as Expectation;
}

/** A list of one where one stands. */
function list<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };
}

function port(value: number | string): number {
  return Number(value);
}

/** The parts of expectations that have a form of their own; what has not is reported. */
class Reader {
  readonly #site: Site;
  readonly #pace: Pace;

  constructor(site: Site, pace: Pace) {
    this.#site = site;
    this.#pace = pace;
  }

  comparison(value: string | number, key: string): Comparison {
    const comparison = parseComparison(value);
    if (comparison) return comparison;
    this.#site.parseFailure('@comparison', value, [key]);
    return { op: '==', value: 0 };
  }

  count(value: string | number | undefined, key: string): Comparison | undefined {
    return value === undefined ? undefined : this.comparison(value, key);
  }

  age(text: string): Comparison {
    const comparison = parseDurationComparison(text, this.#pace.scaled);
    if (comparison) return comparison;
    this.#site.parseFailure('@durationComparison', text, ['age']);
    return { op: '==', value: 0 };
  }

  address(text: string, key: string): string {
    if (!isAddressOrNode(text)) this.#site.parseFailure('@address', text, [key]);
    return text;
  }

  query(text: string): string {
    const at = promqlError(text);
    if (at !== undefined) {
      const rest = text.slice(at, at + 20);
      const message = `not PromQL ${rest === '' ? 'at its end' : `from ${JSON.stringify(rest)} on`}`;
      this.#site.report(['promql'], 'WT0119', message, 'promtool promql format QUERY says more');
    }
    return text;
  }

  addressAndPort(text: string): string {
    const colon = text.lastIndexOf(':');
    const number = Number(text.slice(colon + 1));
    const valid = isAddressOrNode(text.slice(0, colon)) && number >= 1 && number <= 65535;
    if (!valid) this.#site.parseFailure('@virtualServer', text, ['virtualServer']);
    return text;
  }
}

const BODIES = {
  probe: (v: V1<'probe'>): Body<'probe'> => ({ kind: 'probe', probe: v.probe, is: list(v.is) }),

  node: (v: V1<'node'>): Body<'node'> => ({
    kind: 'node',
    nodes: list(v.node),
    condition: v.condition,
    is: list(v.is),
  }),

  lease: (v: V1<'lease'>, read: Reader): Body<'lease'> => ({
    kind: 'lease',
    nodes: list(v.lease),
    age: read.age(v.age),
  }),

  address: (v: V1<'address'>, read: Reader): Body<'address'> => ({
    kind: 'address',
    address: read.address(v.address, 'address'),
    on: list(v.on),
    ...optional('device', v.device),
    present: v.present !== false,
  }),

  route: (v: V1<'route'>): Body<'route'> => ({
    kind: 'route',
    from: list(v.route.from),
    to: v.route.to,
    ...optional('type', v.type === undefined ? undefined : list(v.type)),
    ...optional('device', v.device),
  }),

  virtualServer: (v: V1<'virtualServer'>, read: Reader): Body<'virtualServer'> => ({
    kind: 'virtualServer',
    virtualServer: read.addressAndPort(v.virtualServer),
    on: list(v.on),
    ...optional('realServers', read.count(v.realServers, 'realServers')),
    present: v.present !== false,
  }),

  neighbour: (v: V1<'neighbour'>): Body<'neighbour'> => ({
    kind: 'neighbour',
    on: list(v.neighbour.on),
    of: v.neighbour.of,
    state: list(v.state),
  }),

  arpOwners: (v: V1<'arpOwners'>, read: Reader): Body<'arpOwners'> => ({
    kind: 'arpOwners',
    ip: read.address(v.arpOwners, 'arpOwners'),
    nodes: v.nodes,
  }),

  connection: (v: V1<'connection'>): Body<'connection'> => ({
    kind: 'connection',
    from: v.connection.from,
    to: v.connection.to,
    port: port(v.connection.port),
    is: list(v.is) as Body<'connection'>['is'],
  }),

  pods: (v: V1<'pods'>, read: Reader): Body<'pods'> => ({
    kind: 'pods',
    labels: v.pods,
    namespace: v.namespace ?? 'default',
    ...optional('phase', v.phase === undefined ? undefined : list(v.phase)),
    ...optional('ready', v.ready === undefined ? undefined : v.ready === true),
    ...optional('evicted', v.evicted === undefined ? undefined : v.evicted === true),
    ...optional('count', read.count(v.count, 'count')),
  }),

  log: (v: V1<'log'>): Body<'log'> => ({ kind: 'log', of: v.log.of, on: v.log.on, matches: v.matches }),

  captured: (v: V1<'captured'>, read: Reader): Body<'captured'> => ({
    kind: 'captured',
    capture: v.captured,
    count: read.comparison(v.count, 'count'),
  }),

  cause: (v: V1<'cause'>): Body<'cause'> => ({ kind: 'cause', cause: list(v.cause), names: v.names ?? [] }),

  promql: (v: V1<'promql'>, read: Reader): Body<'promql'> => ({
    kind: 'promql',
    query: read.query(v.promql),
    value: read.comparison(v.value, 'value'),
  }),

  placement: (v: V1<'placement'>, read: Reader): Body<'placement'> => ({
    kind: 'placement',
    labels: v.placement,
    ...optional('on', v.on === undefined ? undefined : list(v.on)),
    ...optional('count', read.count(v.count, 'count')),
    ...optional('scheduled', v.scheduled === undefined ? undefined : Number(v.scheduled)),
    ...optional('plugin', v.plugin),
    ...optional('ran', v.ran === undefined ? undefined : v.ran === true),
    ...optional('margin', read.count(v.margin, 'margin')),
    ...optional('over', v.over),
  }),

  moved: (v: V1<'moved'>, read: Reader): Body<'moved'> => ({
    kind: 'moved',
    labels: v.moved,
    ...optional('count', read.count(v.count, 'count')),
    ...optional('explained', v.explained),
  }),

  linkUtilisation: (v: V1<'linkUtilisation'>, read: Reader): Body<'linkUtilisation'> => ({
    kind: 'linkUtilisation',
    of: v.linkUtilisation,
    value: read.comparison(v.value, 'value'),
  }),
} as const satisfies { readonly [K in ExpectationKind]: (value: V1<K>, read: Reader) => Body<K> };

function bodyOf(kind: ExpectationKind, value: V1<ExpectationKind>, read: Reader): Body<Expectation['kind']> {
  const make = BODIES[kind] as (value: V1<ExpectationKind>, read: Reader) => Body<Expectation['kind']>;
  return make(value, read);
}
