/** An expectation as one line for people: `probe api-from-victim is ok for 5s`. */
import type { ExpectationKind } from '../scenario/v1.js';
import { isMapping } from './merge.js';

/** Lists under these words mean any of them; elsewhere each of them. */
const ANY_OF: ReadonlySet<string> = new Set(['is', 'state', 'type', 'phase', 'cause']);

export function expectationText(kind: ExpectationKind, value: Readonly<Record<string, unknown>>): string {
  const { [kind]: first, within, for: held, ...rest } = value;
  const words = [`${kind} ${valueText(first, kind)}`];
  for (const [key, item] of Object.entries(rest)) words.push(`${key} ${valueText(item, key)}`);
  if (within !== undefined) words.push(`within ${within}`);
  if (held !== undefined) words.push(`for ${held}`);
  return words.join(' ');
}

function valueText(value: unknown, key: string): string {
  if (Array.isArray(value)) return value.map(String).join(ANY_OF.has(key) ? ' or ' : ', ');
  if (!isMapping(value)) return String(value);
  const between = key === 'route' || key === 'neighbour' || key === 'connection' || key === 'log' ? ' ' : '=';
  return Object.entries(value)
    .map(([name, item]) => `${name}${between}${valueText(item, name)}`)
    .join(between === ' ' ? ' ' : ',');
}
