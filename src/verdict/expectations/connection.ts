/** `{connection: {from, to, port}, is: reset}`: what becomes of one byte on a connection that was opened before the first step. */
import { SECOND } from '../../base/instant.js';
import type { StateKind } from './kind.js';

/** A reset comes back within a round trip; nothing in this time is silence. */
const WAIT = 3 * SECOND;

export const connection: StateKind<'connection'> = {
  compared: false,
  every: 5 * SECOND,
  async observe({ from, to, port, is }, view) {
    const outcome = await view.judgeConnection(from, to, port, WAIT);
    const name = `${from} to ${to}:${port}`;
    if (outcome === undefined) return { holds: null, seen: `${name}: no connection was opened` };
    return { holds: is.includes(outcome), seen: `${name}: ${outcome}` };
  },
};
