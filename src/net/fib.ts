/**
 * One host's routing tables `local` and `main`: routes by longest prefix, in the order of insertion among equals.
 * Source: net/ipv4/fib_trie.c, fib_frontend.c. Left out: metrics, TOS, multipath, further rules and tables.
 */
import type { Ipv4, Prefix } from '../base/ip.js';
import { maskOf, networkOf } from '../base/ip.js';
import type { Device } from './device.js';

export interface Route {
  readonly type: 'local' | 'unicast' | 'broadcast';
  readonly to: Prefix;
  readonly via?: Ipv4;
  readonly device: Device;
  /** RTA_PREFSRC. */
  readonly source?: Ipv4;
  /** The gateway is taken to be on the device's link without a check. */
  readonly onlink?: boolean;
  readonly protocol: 'kernel' | 'static';
}

export class RoutingTable {
  readonly #byLength = new Map<number, Map<Ipv4, Route[]>>();
  /** The lengths in use, longest first. */
  #lengths: number[] = [];

  insert(route: Route): void {
    const length = route.to.length;
    let networks = this.#byLength.get(length);
    if (!networks) {
      networks = new Map();
      this.#byLength.set(length, networks);
      this.#lengths = [...this.#byLength.keys()].sort((a, b) => b - a);
    }
    const network = networkOf(route.to);
    const routes = networks.get(network);
    if (routes) routes.push(route);
    else networks.set(network, [route]);
  }

  /** Removes the first route that matches; true where there was one. */
  remove(to: Prefix, matches: (route: Route) => boolean): boolean {
    const networks = this.#byLength.get(to.length);
    const routes = networks?.get(networkOf(to));
    const at = routes?.findIndex(matches) ?? -1;
    if (!networks || !routes || at < 0) return false;
    routes.splice(at, 1);
    if (routes.length === 0) networks.delete(networkOf(to));
    return true;
  }

  /** `outDevice` restricts to routes over that device (flowi4_oif). */
  lookup(destination: Ipv4, outDevice?: Device): Route | undefined {
    for (const length of this.#lengths) {
      const routes = this.#byLength.get(length)?.get((destination & maskOf(length)) >>> 0);
      if (!routes) continue;
      const route = routes.find((r) => usable(r) && (outDevice === undefined || r.device === outDevice));
      if (route) return route;
    }
    return undefined;
  }

  /** By network and then length, as `ip route show table` lists them. */
  all(): Route[] {
    const routes: Route[] = [];
    for (const networks of this.#byLength.values()) for (const list of networks.values()) routes.push(...list);
    return routes.sort((a, b) => networkOf(a.to) - networkOf(b.to) || a.to.length - b.to.length);
  }

  removeDevice(device: Device): void {
    for (const networks of this.#byLength.values())
      for (const [network, routes] of networks) {
        const kept = routes.filter((r) => r.device !== device);
        if (kept.length > 0) networks.set(network, kept);
        else networks.delete(network);
      }
  }
}

/** A local route works whatever its device's state (fib_add_ifaddr adds it before the IFF_UP test); others need a device that is up. */
function usable(route: Route): boolean {
  return route.type === 'local' || route.device.up;
}
