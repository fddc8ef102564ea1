/** `{virtualServer: IP:PORT, on, realServers}`: a row of a host's IPVS table, TCP or UDP. */
import { compare } from '../compare.js';
import { each, type StateKind } from './kind.js';

export const virtualServer: StateKind<'virtualServer'> = {
  compared: false,
  async observe({ virtualServer: wanted, on, realServers, present }, view) {
    const observations = on.map(async (host) => {
      const rows = await view.virtualServers(host);
      const row = rows.find(({ address, port }) => `${address}:${port}` === wanted);
      if (!row) return { holds: !present, seen: `${host}: no virtual server ${wanted}` };
      const count = row.realServers.length;
      const counts = realServers === undefined ? true : compare(realServers, count);
      return {
        holds: present ? counts : false,
        seen: `${host}: ${row.protocol} ${wanted} ${row.scheduler}, ${count} real server${count === 1 ? '' : 's'}`,
      };
    });
    return each(await Promise.all(observations));
  },
};
