/** `{cause: ID, names: [...]}`: the diagnosis from evidence names that cause and mentions all of `names`. */
import { SECOND } from '../../base/instant.js';
import type { Cause } from '../verdict.js';
import type { ExpectationOf, Observation, StateKind } from './kind.js';

/** Pure, so that the stored evidence gives the same answer again. */
export function judgeCause({ cause: wanted, names }: ExpectationOf<'cause'>, causes: readonly Cause[]): Observation {
  const holds = causes.some(
    ({ id, names: named }) => wanted.includes(id) && names.every((name) => named.includes(name)),
  );
  const told = causes.map(({ id, names: named }) => (named.length > 0 ? `${id} (${named.join(', ')})` : id));
  return { holds, seen: `diagnosis: ${told.join('; ')}` };
}

export const cause: StateKind<'cause'> = {
  compared: false,
  // Each look is a snapshot of every host.
  every: 5 * SECOND,
  async observe(expectation, view) {
    return judgeCause(expectation, await view.causes());
  },
};
