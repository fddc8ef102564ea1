/** No rule fits. Where a Service does name a node's address, the chain tells that it had no effect when it was last looked. */
import type { Cause } from '../verdict.js';
import { type Evidence, link, routeTo, seconds, serviceName } from './evidence.js';

export function none(evidence: Evidence): Cause {
  for (const { service, ip, snapshot } of evidence.claims('externalIPs')) {
    const owner = evidence.nodeWithAddress(snapshot, ip);
    const last = evidence.snapshots.findLast(({ api }) =>
      api?.services.some(({ externalIPs }) => externalIPs.includes(ip)),
    );
    const peer = last?.hosts.find((host) => routeTo(host, ip)?.type === 'unicast');
    if (!owner || !last || !peer) continue;
    const mode = last.api?.proxyMode ?? '';
    return {
      id: 'none',
      names: [serviceName(service), `Node ${owner.name}`, ip],
      chain: [
        link(`${serviceName(service)} has externalIP ${ip}`, evidence.api(snapshot, 'kubectl get services -A')),
        link(`${ip} is the InternalIP of Node ${owner.name}`, evidence.api(snapshot, 'kubectl get nodes -o wide')),
        link(
          `kube-proxy (${mode}) has not bound it at ${seconds(last.at)}: ip route get ${ip} on ${peer.host} says unicast, dev ${routeTo(peer, ip)?.device}`,
          evidence.onHost(last, peer, `ip route get ${ip}`),
          evidence.api(last, 'proxy mode'),
        ),
      ],
    };
  }
  return { id: 'none', names: [], chain: [] };
}
