/** `{neighbour: {on, of}, state}`: an entry of a host's neighbour table; no entry is no state. */
import { each, type StateKind } from './kind.js';

export const neighbour: StateKind<'neighbour'> = {
  compared: false,
  async observe({ on, of, state }, view) {
    const observations = on.map(async (host) => {
      const row = (await view.neighbours(host)).find(({ ip }) => ip === of);
      if (!row) return { holds: false, seen: `${host}: no neighbour ${of}` };
      const mac = row.mac ? ` lladdr ${row.mac}` : '';
      return {
        holds: (state as readonly string[]).includes(row.state),
        seen: `${host}: ${of} dev ${row.device}${mac} ${row.state}`,
      };
    });
    return each(await Promise.all(observations));
  },
};
