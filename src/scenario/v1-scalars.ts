/**
 * The scalars of the language as zod schemas. Each says in `SCALARS` how a wrong value is explained; the schema's own error
 * message is only the key into that table, `@duration`. A scalar may be or hold references, `${wait}`: what comes of them is
 * checked again, by the same schema, once it is known.
 */
import { z } from 'zod';
import type { ScalarKind } from './explain.js';

/** Somewhere in the text, and not to a node: what a node has is no number, duration or fixed word. */
export const REFERENCE = '\\$\\{(?!nodes\\.)\\{?[^{}]{1,200}\\}';
const NUMBER = '-?\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?';
const DURATION = '\\d+(?:\\.\\d+)?(?:us|ms|s|m|h)';
const NAME = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const COMPARISON = `(?:==|!=|>=|<=|>|<)?\\s*${NUMBER}|${NUMBER}\\.\\.${NUMBER}|(?:>=|<=|>|<)\\s*[a-z][a-z0-9-]*`;

/** A string of one form, or one with references, whose form is checked when they are known. */
function text(kind: ScalarKind, form: string) {
  const error = `@${kind}`;
  return z.string({ error }).regex(new RegExp(`^(?:${form})$|${REFERENCE}`), { error });
}

/** Aborts, so that of `5 or a reference` what is told is about the 5. */
const reference = (error: string) => z.string({ error }).regex(new RegExp(REFERENCE), { error, abort: true });

export const duration = text('duration', DURATION).meta({
  id: 'duration',
  title: 'duration',
  examples: ['500ms', '5s', '2m', '1h'],
});
export const rate = text('rate', '\\d+(?:\\.\\d+)?(?:bps|Kbps|Mbps|Gbps)').meta({
  id: 'rate',
  title: 'rate',
  examples: ['900Mbps', '10Gbps'],
});
export const arrivalRate = text('arrivalRate', '\\d+(?:\\.\\d+)?/(?:s|m|h)').meta({
  title: 'rate of arrivals',
  examples: ['10/s'],
});
export const size = text('size', '\\d+(?:\\.\\d+)?(?:KB|MB|GB|TB)').meta({
  id: 'size',
  title: 'size',
  examples: ['40TB'],
});
export const version = text('version', '\\d+\\.\\d+\\.\\d+(?:-[0-9A-Za-z.-]+)?').meta({
  id: 'version',
  title: 'version',
  examples: ['1.34.2'],
});
export const kernelVersion = text('kernelVersion', '\\d+\\.\\d+(?:\\.\\d+)?').meta({
  title: 'kernel version',
  examples: ['6.1'],
});
/** A name that the file gives: a scenario, a probe, a node. */
export const name = z
  .string({ error: '@name' })
  .regex(new RegExp(`^${NAME}$`), { error: '@name' })
  .meta({ id: 'name', title: 'name' });

/** `5`, `">=10"`, `855e6..945e6`, `"<a"`. */
export const comparison = z
  .union([z.number({ error: '@comparison' }), text('comparison', COMPARISON)], { error: '@comparison' })
  .meta({ id: 'comparison', title: 'comparison', examples: [5, '>=10', '855e6..945e6', '<a'] });
/** `">30s"`, `10s..20s`. */
export const durationComparison = text(
  'durationComparison',
  `(?:==|!=|>=|<=|>|<)?\\s*${DURATION}|${DURATION}\\.\\.${DURATION}`,
).meta({ id: 'durationComparison', title: 'comparison of durations', examples: ['>30s', '10s..20s'] });

/** Checked for its form when it is known what it stands for: an address, a node's address, or a reference. */
export const address = z
  .string({ error: '@address' })
  .min(1, { error: '@address' })
  .meta({ id: 'address', title: 'address', examples: ['192.168.0.15', '${victim.ip}'] });
/** `172.30.0.0/24`. */
export const subnet = z
  .string({ error: '@subnet' })
  .min(1, { error: '@subnet' })
  .meta({ id: 'subnet', title: 'subnet', examples: ['172.30.0.0/24'] });
/** A node by its name in the scenario, or a reference to one. */
export const node = z
  .string({ error: '@node' })
  .min(1, { error: '@node' })
  .meta({ id: 'nodeName', title: 'node', examples: ['worker-1', '${victim}'] });

/** A whole number from `low` on, or a reference. */
export function integer(low: number, high?: number) {
  const error = '@integer';
  const whole = z.int({ error }).min(low);
  return z.union([high === undefined ? whole : whole.max(high), reference(error)], { error });
}

export const port = integer(1, 65535).meta({ title: 'port', examples: [6443] });
export const flag = z.union([z.boolean({ error: '@flag' }), reference('@flag')], { error: '@flag' });

/** One of fixed words, or a reference. */
export function choice<const T extends readonly [string, ...string[]]>(...words: T) {
  return z.union([z.enum(words), reference('@choice')], { error: '@choice' });
}

/** One, or a list that has at least one. */
export function oneOrMore<T extends z.ZodType>(schema: T) {
  return z.union([schema, z.array(schema).min(1)]);
}
