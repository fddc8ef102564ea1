/** A Service's externalIP is a Node's own address, and kube-proxy bound it on other nodes. */
import type { Cause } from '../verdict.js';
import { addressTakenLinks } from './address-taken.js';
import { type Evidence, link, serviceName } from './evidence.js';

export function externalIpIsNodeAddress(evidence: Evidence): Cause[] {
  return evidence.claims('externalIPs').flatMap((claim) => {
    const { service, ip, snapshot } = claim;
    const owner = evidence.nodeWithAddress(snapshot, ip);
    const taken = owner ? addressTakenLinks(evidence, claim, owner) : [];
    if (!owner || taken.length === 0) return [];
    return [
      {
        id: 'externalip-is-node-address',
        names: [serviceName(service), `Node ${owner.name}`, ip],
        chain: [
          link(`${serviceName(service)} has externalIP ${ip}`, evidence.api(snapshot, 'kubectl get services -A')),
          link(`${ip} is the InternalIP of Node ${owner.name}`, evidence.api(snapshot, 'kubectl get nodes -o wide')),
          ...taken,
        ],
      },
    ];
  });
}
