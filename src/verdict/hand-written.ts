/** Evidence written by hand, for tests of the cause rules: three nodes, the Services of every cluster, and what a test puts on top. */
import type {
  AddressRow,
  FilterRow,
  HostSnapshot,
  NeighbourRow,
  NodeRow,
  ServiceRow,
  Snapshot,
  VirtualServerRow,
} from '../evidence/rows.js';
import { DUMMY } from './causes/evidence.js';

export const IPS = { 'control-plane': '172.30.0.2', 'worker-1': '172.30.0.3', 'worker-2': '172.30.0.4' } as const;
export const GATEWAY = '172.30.0.1';
export type NodeName = keyof typeof IPS;
export const NAMES: readonly NodeName[] = ['control-plane', 'worker-1', 'worker-2'];

export type NeighbourState = NeighbourRow['state'];

export interface Hand {
  readonly at: number;
  readonly mode?: 'ipvs' | 'iptables' | 'nftables';
  readonly services?: readonly ServiceRow[];
  /** Addresses on kube-ipvs0, by host. */
  readonly bound?: Partial<Record<NodeName, readonly string[]>>;
  readonly martians?: Partial<Record<NodeName, number>>;
  readonly failedNeighbours?: Partial<Record<NodeName, readonly string[]>>;
  /** Of those neighbours; `FAILED` unless given. */
  readonly neighbourState?: NeighbourState;
  readonly notReady?: Partial<Record<NodeName, number>>;
  readonly renewedAt?: Partial<Record<NodeName, number>>;
  readonly filters?: readonly string[];
  /** Virtual servers besides that of the API's Service: `TCP 172.30.0.2:6443`. */
  readonly virtualServers?: readonly string[];
  readonly sockets?: Partial<
    Record<NodeName, readonly { readonly local: string; readonly process: string; readonly state?: string }[]>
  >;
  /** Hosts on which kube-proxy has put nothing. */
  readonly withoutRules?: readonly NodeName[];
}

const KUBERNETES: ServiceRow = {
  ...{ namespace: 'default', name: 'kubernetes', type: 'ClusterIP', clusterIP: '10.96.0.1' },
  ...{ externalIPs: [], loadBalancerIPs: [], readyEndpoints: 1 },
  ports: [{ port: 443, protocol: 'TCP', targetPort: '6443' }],
};

export function service(
  name: string,
  parts: { externalIPs?: string[]; loadBalancerIPs?: string[]; port?: number; protocol?: string },
): ServiceRow {
  const { externalIPs = [], loadBalancerIPs = [], port = 8888, protocol = 'TCP' } = parts;
  return {
    ...{ namespace: 'default', name, type: 'ClusterIP', clusterIP: '10.96.0.9', externalIPs, loadBalancerIPs },
    ...{ ports: [{ port, protocol, targetPort: '80' }], readyEndpoints: 0 },
  };
}

function virtualServer(text: string): VirtualServerRow {
  const [protocol, endpoint = ''] = text.split(' ');
  const [address = '', port] = endpoint.split(':');
  return {
    protocol: protocol === 'UDP' ? 'UDP' : 'TCP',
    address,
    port: Number(port),
    scheduler: 'rr',
    realServers: [],
  };
}

function host(name: NodeName, hand: Hand): HostSnapshot {
  const bound = hand.bound?.[name] ?? [];
  const isBare = hand.withoutRules?.includes(name) ?? false;
  const device = (index: number, label: string, prefixes: readonly string[]): AddressRow => ({
    ...{ index, device: label, flags: [], mtu: 1500, qdisc: 'noop', state: 'DOWN', link: 'ether', mac: '' },
    addresses: prefixes.map((prefix) => ({ prefix, scope: 'global' })),
  });
  const isLocal = (to: string) => to === IPS[name] || bound.includes(to);
  const filters: FilterRow[] = (hand.filters ?? []).map((text) => ({ chain: 'KUBE-SERVICES', text }));
  return {
    host: name,
    addresses: [
      device(2, 'eth0', [`${IPS[name]}/24`]),
      device(
        3,
        DUMMY,
        bound.map((ip) => `${ip}/32`),
      ),
    ],
    localTable: [],
    routes: [...Object.values(IPS), GATEWAY].map((to) => ({
      to,
      answer: { type: isLocal(to) ? 'local' : 'unicast', to, device: isLocal(to) ? 'lo' : 'eth0' },
    })),
    neighbours: (hand.failedNeighbours?.[name] ?? []).map((ip) => ({
      ip,
      device: 'eth0',
      state: hand.neighbourState ?? 'FAILED',
    })),
    virtualServers:
      isBare || (hand.mode ?? 'ipvs') !== 'ipvs'
        ? []
        : ['TCP 10.96.0.1:443', ...(hand.virtualServers ?? [])].map(virtualServer),
    filters: isBare ? [] : filters,
    sockets: (hand.sockets?.[name] ?? []).map((socket) => ({
      ...{ state: 'ESTAB', recvQ: 0, sendQ: 0, peer: '172.30.0.9:40000' },
      ...socket,
    })),
    counters: { in_martian_src: hand.martians?.[name] ?? 0 },
  };
}

function nodeRow(name: NodeName, hand: Hand): NodeRow {
  const lost = hand.notReady?.[name];
  return {
    name,
    role: name === 'control-plane' ? 'control-plane' : 'worker',
    internalIP: IPS[name],
    conditions: {
      Ready:
        lost === undefined
          ? { status: 'True', reason: 'KubeletReady', since: -1e6 }
          : { status: 'Unknown', reason: 'NodeStatusUnknown', since: lost },
    },
    taints: [],
    leaseRenewedAt: hand.renewedAt?.[name] ?? hand.at - 3e6,
    kubeletVersion: 'v1.34.2',
  };
}

export function snapshot(id: string, hand: Hand): Snapshot {
  const { at, mode = 'ipvs', services = [] } = hand;
  return {
    ...{ id, label: `label of ${id}`, at, gateway: GATEWAY },
    api: {
      services: [KUBERNETES, ...services],
      nodes: NAMES.map((name) => nodeRow(name, hand)),
      pods: [],
      proxyMode: mode,
      version: '1.34.2',
    },
    hosts: NAMES.map((name) => host(name, hand)),
  };
}
