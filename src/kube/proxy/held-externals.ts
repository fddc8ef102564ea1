/** The external addresses that a proxier before 1.24 leaves out, because somebody on this node has the port. */
import { serviceKey } from '../../net/sockets.js';
import type { Desired } from './desired.js';
import type { NodeAddresses } from './node-addresses.js';
import type { ProxierOptions } from './proxier.js';

export function heldExternals(
  desired: Desired,
  { bound, others }: NodeAddresses,
  { traits, held, log }: ProxierOptions,
): ReadonlySet<string> {
  const skipped = new Set<string>();
  if (!traits.holdsPorts) return skipped;
  for (const { name, protocol, port, externalIPs, nodePort } of desired.ports) {
    for (const ip of externalIPs) {
      if (!bound.has(ip) && !others.has(ip)) continue;
      const local = { description: `externalIP for ${name}`, ip, port, protocol };
      if (held.hold(local)) continue;
      log.cannotOpen(local);
      skipped.add(serviceKey(protocol, ip, port));
    }
    if (nodePort !== 0) held.hold({ description: `nodePort for ${name}`, ip: null, port: nodePort, protocol });
  }
  return skipped;
}
