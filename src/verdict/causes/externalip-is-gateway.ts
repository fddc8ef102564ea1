/** A Service's externalIP is the router of the nodes' subnet: the nodes take its address, and whatever comes from it is dropped. */
import type { Cause } from '../verdict.js';
import { addressTakenLinks } from './address-taken.js';
import { type Evidence, link, serviceName } from './evidence.js';

export function externalIpIsGateway(evidence: Evidence): Cause[] {
  return evidence.claims('externalIPs').flatMap((claim) => {
    const { service, ip, snapshot } = claim;
    if (ip !== snapshot.gateway || evidence.nodeWithAddress(snapshot, ip)) return [];
    const taken = addressTakenLinks(evidence, claim, undefined);
    if (taken.length === 0) return [];
    return [
      {
        id: 'externalip-is-gateway',
        names: [serviceName(service), 'gateway', ip],
        chain: [
          link(`${serviceName(service)} has externalIP ${ip}`, evidence.api(snapshot, 'kubectl get services -A')),
          link(`${ip} is the gateway of the nodes' subnet`, evidence.api(snapshot, 'gateway')),
          ...taken,
        ],
      },
    ];
  });
}
