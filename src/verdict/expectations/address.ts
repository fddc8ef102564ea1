/** `{address: IP, on: [N], device: D, present: true}`: whether a host has an address, on a device where one is named. */
import { each, type StateKind } from './kind.js';

export const address: StateKind<'address'> = {
  compared: false,
  async observe({ address: ip, on, device, present }, view) {
    const observations = on.map(async (host) => {
      const rows = await view.addresses(host);
      const holders = rows
        .filter((row) => device === undefined || row.device === device)
        .filter((row) => row.addresses.some(({ prefix }) => prefix.split('/')[0] === ip))
        .map((row) => row.device);
      const has = holders.length > 0;
      const where = has ? `on ${holders.join(', ')}` : `not on ${device ?? 'any device'}`;
      return { holds: has === present, seen: `${host}: ${ip} ${where}` };
    });
    return each(await Promise.all(observations));
  },
};
