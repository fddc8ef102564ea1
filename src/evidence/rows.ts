/**
 * Evidence as data: what the kernel or the API said, row by row, in the words of the tool that prints it.
 * Renderings for people stand beside this file; adapters of real tools parse into these types.
 */
import type { Micros } from '../base/instant.js';

/** A device as `ip -d addr` shows it. `flags` in the kernel's order: `BROADCAST`, `NOARP`, `UP`, `LOWER_UP`. */
export interface AddressRow {
  readonly index: number;
  readonly device: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly qdisc: string;
  readonly state: 'UP' | 'DOWN' | 'UNKNOWN';
  /** `loopback`, `ether`, `ipip`. */
  readonly link: string;
  readonly mac: string;
  /** `192.168.0.15/32`, with the scope that `ip addr` prints. */
  readonly addresses: readonly {
    readonly prefix: string;
    readonly scope: 'global' | 'host' | 'link';
    readonly broadcast?: string;
  }[];
}

/** A route, or the answer of `ip route get`. `unreachable` carries the errno's word in `error`. */
export interface RouteAnswer {
  readonly type: 'local' | 'unicast' | 'broadcast' | 'unreachable';
  readonly to: string;
  readonly via?: string;
  readonly device?: string;
  readonly source?: string;
  readonly table?: 'local' | 'main';
  readonly error?: string;
}

export interface NeighbourRow {
  readonly ip: string;
  readonly device: string;
  readonly mac?: string;
  readonly state: 'INCOMPLETE' | 'REACHABLE' | 'STALE' | 'DELAY' | 'PROBE' | 'FAILED' | 'PERMANENT' | 'NOARP';
}

export interface VirtualServerRow {
  readonly protocol: 'TCP' | 'UDP';
  readonly address: string;
  readonly port: number;
  readonly scheduler: string;
  readonly realServers: readonly {
    readonly address: string;
    readonly port: number;
    readonly forward: 'Masq';
    readonly weight: number;
    readonly activeConnections: number;
    readonly inactiveConnections: number;
  }[];
}

/** A rule on a service's path through netfilter. `text` is the rule as `iptables -S` or `nft list` would print it. */
export interface FilterRow {
  readonly chain: string;
  readonly text: string;
}

/** A TCP socket as `ss -tn` shows it. */
export interface SocketRow {
  readonly state: string;
  readonly recvQ: number;
  readonly sendQ: number;
  readonly local: string;
  readonly peer: string;
  readonly process: string;
}

/** A captured packet; `text` is tcpdump's line without its time stamp. */
export interface PacketRow {
  readonly at: Micros;
  readonly device: string;
  readonly direction: 'in' | 'out';
  readonly text: string;
}

/** All of a host at an instant. */
export interface HostSnapshot {
  readonly host: string;
  readonly addresses: readonly AddressRow[];
  readonly localTable: readonly RouteAnswer[];
  /** `ip route get` to every node's address, to the gateway, and to every Service address that is one of them. */
  readonly routes: readonly { readonly to: string; readonly answer: RouteAnswer }[];
  readonly neighbours: readonly NeighbourRow[];
  readonly virtualServers: readonly VirtualServerRow[];
  readonly filters: readonly FilterRow[];
  readonly sockets: readonly SocketRow[];
  readonly counters: Readonly<Record<string, number>>;
}

/** A Service, Node, Lease or Pod as far as verdicts need it. */
export interface ServiceRow {
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly clusterIP: string;
  readonly externalIPs: readonly string[];
  readonly loadBalancerIPs: readonly string[];
  readonly ports: readonly { readonly port: number; readonly protocol: string; readonly targetPort: string }[];
  readonly readyEndpoints: number;
  /** Labels of its pods; absent where it has none. */
  readonly selector?: Readonly<Record<string, string>>;
  /** Instant of its creationTimestamp, for AGE. */
  readonly createdAt?: Micros;
}

export interface NodeRow {
  readonly name: string;
  readonly role: 'control-plane' | 'worker';
  readonly internalIP: string;
  readonly conditions: Readonly<
    Record<string, { readonly status: string; readonly reason: string; readonly since: Micros }>
  >;
  readonly taints: readonly string[];
  /** Instant of the lease's renewTime; absent where there is no lease. */
  readonly leaseRenewedAt?: Micros;
  readonly kubeletVersion: string;
  readonly kernelVersion?: string;
  /** Instant of its creationTimestamp, for AGE. */
  readonly createdAt?: Micros;
}

export interface PodRow {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly ip: string;
  readonly phase: string;
  readonly ready: boolean;
  readonly terminating: boolean;
  readonly reason: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Instant of its creationTimestamp, for AGE. */
  readonly createdAt?: Micros;
  /** Ready containers and all containers, as READY shows them; absent: one container, ready or not. */
  readonly containers?: { readonly ready: number; readonly all: number };
  readonly restarts?: number;
}

/** What the API and every host said at one instant. `label` names the moment; `id` is its folder in the bundle. */
export interface Snapshot {
  readonly id: string;
  readonly label: string;
  readonly at: Micros;
  /** Absent on bare hosts. */
  readonly api?: {
    readonly services: readonly ServiceRow[];
    readonly nodes: readonly NodeRow[];
    readonly pods: readonly PodRow[];
    readonly proxyMode: string;
    readonly version: string;
  };
  readonly gateway: string;
  readonly hosts: readonly HostSnapshot[];
}
