/** `{route: {from, to}, type, device}`: what `ip route get` answers on a host. */
import { formatRoute } from '../../evidence/ip-route.js';
import { each, type StateKind } from './kind.js';

export const route: StateKind<'route'> = {
  compared: false,
  async observe({ from, to, type, device }, view) {
    const observations = from.map(async (host) => {
      const answer = await view.routeGet(host, to);
      const typeHolds = type === undefined || type.includes(answer.type);
      const deviceHolds = device === undefined || answer.device === device;
      return { holds: typeHolds && deviceHolds, seen: `${host}: ${formatRoute(answer)}` };
    });
    return each(await Promise.all(observations));
  },
};
