/** `{arpOwners: IP, nodes: [...]}`: exactly these hosts answer a broadcast ARP request for the address. */
import { SECOND } from '../../base/instant.js';
import type { StateKind } from './kind.js';

export const arpOwners: StateKind<'arpOwners'> = {
  compared: false,
  // Asking takes a second, and teaches whoever hears it the asker's address.
  every: 5 * SECOND,
  async observe({ ip, nodes }, view) {
    const owners = await view.arpOwners(ip);
    const holds = owners.length === nodes.length && nodes.every((node) => owners.includes(node));
    const who = owners.length === 0 ? 'nobody answers' : `answered by ${owners.join(', ')}`;
    return { holds, seen: `who has ${ip}: ${who}` };
  },
};
