/** `{captured: NAME, count}`: how many packets a capture holds, over all places where it stands; judged when it has ended. */
import { compare } from '../compare.js';
import type { StateKind } from './kind.js';

export const captured: StateKind<'captured'> = {
  compared: false,
  async observe({ capture, count }, view) {
    const found = view.captured(capture);
    if (!found) return { holds: null, seen: `no capture ${capture} was started` };
    return { holds: compare(count, found.packets), seen: `capture ${capture}: ${found.packets} packets` };
  },
  notBefore({ capture }, view) {
    return view.captured(capture)?.endsAt;
  },
};
