/** This node's addresses as kube-proxy tells them apart: those on its own dummy device, and all others. */
import type { Ipv4 } from '../../base/ip.js';
import { contains, prefix } from '../../base/ip.js';
import type { HostKernel } from '../../net/sockets.js';
import type { Traits } from '../versions.js';

export const DUMMY = 'kube-ipvs0';
const LOOPBACK = prefix('127.0.0.0/8');

export interface NodeAddresses {
  readonly bound: ReadonlySet<Ipv4>;
  readonly others: ReadonlySet<Ipv4>;
}

export function addressesOf(host: HostKernel): NodeAddresses {
  const bound = new Set<Ipv4>();
  const others = new Set<Ipv4>();
  for (const { device, prefix: held } of host.addresses()) (device === DUMMY ? bound : others).add(held.address);
  return { bound, others };
}

/** Where node ports are served. */
export function nodePortAddresses({ bound, others }: NodeAddresses, traits: Traits): Ipv4[] {
  return [...others].filter((ip) => {
    return !contains(LOOPBACK, ip) && !(traits.nodePortAddresses === 'minus-bound' && bound.has(ip));
  });
}
