/**
 * The iptables and nftables proxiers' sync on one node: the shared rules, and node ports on the node's own addresses. They bind no address.
 * Source: pkg/proxy/iptables/proxier.go, pkg/proxy/nftables/proxier.go.
 */
import type { HostKernel, ServiceRules } from '../../net/sockets.js';
import { serviceKey } from '../../net/sockets.js';
import type { Desired } from './desired.js';
import { DUMMY_DEVICE } from './ipvs.js';

export function prepareNat(host: HostKernel, mode: 'iptables' | 'nftables'): void {
  if (mode === 'iptables') host.setSysctl('net.ipv4.conf.all.route_localnet', '1');
  host.setSysctl('net.ipv4.ip_forward', '1');
}

export function syncNat(host: HostKernel, desired: Desired): void {
  host.setServiceRules(desired.nodePorts.length === 0 ? desired.rules : withNodePorts(host, desired));
}

function withNodePorts(host: HostKernel, desired: Desired): ServiceRules {
  const dnat = new Map(desired.rules.dnat);
  const own = host.addresses().filter(({ device }) => device !== 'lo' && device !== DUMMY_DEVICE);
  for (const { protocol, nodePort = 0, endpoints } of desired.nodePorts) {
    if (endpoints.length === 0) continue;
    for (const { prefix } of own)
      dnat.set(serviceKey(protocol, prefix.address, nodePort), { endpoints, local: 'any', masquerade: true });
  }
  return { ...desired.rules, dnat };
}
