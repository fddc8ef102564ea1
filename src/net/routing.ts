/**
 * Routing decisions of one host: output with source selection, input with source validation. Pure over the tables; counts and logs martians
 * through the callbacks it is given. Source: net/ipv4/route.c (ip_route_output_key_hash_rcu, ip_route_input_slow),
 * fib_frontend.c (fib_validate_source, __fib_validate_source).
 */
import type { Ipv4 } from '../base/ip.js';
import { formatIpv4 } from '../base/ip.js';
import type { Device } from './device.js';
import type { Route } from './fib.js';
import type { Interfaces } from './interfaces.js';

export interface OutputRoute {
  readonly type: 'local' | 'unicast' | 'broadcast';
  readonly device: Device;
  /** The address to resolve: the gateway, or the destination itself. */
  readonly nextHop: Ipv4;
  readonly source: Ipv4;
  readonly route: Route;
  readonly generation: number;
}

export type InputVerdict =
  | { readonly kind: 'local' }
  | { readonly kind: 'forward'; readonly route: Route; readonly nextHop: Ipv4 }
  | { readonly kind: 'drop'; readonly reason: DropReason };

/** Why a packet was dropped, in the words of enum skb_drop_reason where it has one. */
export type DropReason =
  | 'IP_LOCAL_SOURCE'
  | 'IP_RPFILTER'
  | 'IP_INVALID_SOURCE'
  | 'IP_LOCALNET'
  | 'IP_INVALID_DEST'
  | 'IP_OUTNOROUTES'
  | 'FORWARDING_OFF';

const LOOPBACK_NET = 127;

export class Routing {
  /** /proc/net/stat/rt_cache in_martian_src; Linux keeps it for the machine, here it is per host. */
  martianSources = 0;

  constructor(
    readonly interfaces: Interfaces,
    readonly kernelLog: (line: string) => void,
  ) {}

  /** Undefined: ENETUNREACH. A local destination goes over lo whatever device holds it, with itself as the source unless one is given. */
  output(destination: Ipv4, source?: Ipv4): OutputRoute | undefined {
    const found = this.interfaces.lookup(destination);
    if (!found) return undefined;
    const { route } = found;
    const generation = this.interfaces.generation;
    if (route.type === 'local') {
      const lo = this.interfaces.loopback();
      const chosen = source ?? route.source ?? destination;
      return { type: 'local', device: lo, nextHop: destination, source: chosen, route, generation };
    }
    const nextHop = route.via ?? destination;
    const chosen = source ?? route.source ?? this.interfaces.select(route.device, nextHop);
    if (chosen === undefined) return undefined;
    return { type: route.type, device: route.device, nextHop, source: chosen, route, generation };
  }

  /** For a packet that came in by `device`; the loopback device is not asked, its packets keep their output route. */
  input(destination: Ipv4, source: Ipv4, device: Device): InputVerdict {
    const sysctl = this.interfaces.sysctl;
    const localnet = sysctl.effective('route_localnet', device.name) > 0;
    if (!localnet && source >>> 24 === LOOPBACK_NET) return this.#martian(destination, source, device, 'IP_LOCALNET');
    if (!localnet && destination >>> 24 === LOOPBACK_NET) return { kind: 'drop', reason: 'IP_LOCALNET' };
    if (source === 0 || source >>> 28 >= 14) return this.#martian(destination, source, device, 'IP_INVALID_SOURCE');
    const found = this.interfaces.lookup(destination);
    if (!found) return { kind: 'drop', reason: 'IP_OUTNOROUTES' };
    const { route } = found;
    const refusal = this.#validateSource(source, device);
    if (refusal) return this.#martian(destination, source, device, refusal);
    if (route.type !== 'unicast') return { kind: 'local' };
    if (sysctl.get('net.ipv4.ip_forward') === 0) return { kind: 'drop', reason: 'FORWARDING_OFF' };
    return { kind: 'forward', route, nextHop: route.via ?? destination };
  }

  /** fib_validate_source; undefined where the source is accepted. */
  #validateSource(source: Ipv4, device: Device): DropReason | undefined {
    const { interfaces } = this;
    const rpFilter = interfaces.sysctl.effective('rp_filter', device.name);
    const acceptLocal = interfaces.sysctl.effective('accept_local', device.name) > 0;
    if (rpFilter === 0) {
      if (acceptLocal) return undefined;
      if (!interfaces.customLocalRoutes) return interfaces.owns(source) ? 'IP_LOCAL_SOURCE' : undefined;
    }
    const found = interfaces.lookup(source);
    if (!found) return rpFilter > 0 ? 'IP_RPFILTER' : undefined;
    const { route } = found;
    if (route.type === 'broadcast') return 'IP_INVALID_SOURCE';
    if (route.type === 'local' && !acceptLocal) return 'IP_LOCAL_SOURCE';
    if (route.device === device) return undefined;
    if (rpFilter === 1) return 'IP_RPFILTER';
    return undefined;
  }

  #martian(destination: Ipv4, source: Ipv4, device: Device, reason: DropReason): InputVerdict {
    this.martianSources++;
    if (this.interfaces.sysctl.effective('log_martians', device.name) > 0)
      this.kernelLog(
        `IPv4: martian source ${formatIpv4(destination)} from ${formatIpv4(source)}, on dev ${device.name}`,
      );
    return { kind: 'drop', reason };
  }
}
