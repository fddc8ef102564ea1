/**
 * What a program on a modelled host can do with its kernel: timers, TCP, listeners, pings, devices and addresses.
 * The programs (API server, kubelet, kube-proxy, BIRD, probes) know this file alone of the network.
 */
import type { Micros } from '../base/instant.js';
import type { Ipv4, Prefix } from '../base/ip.js';
import type { RandomStream } from '../base/random.js';

/** Linux errno names as a connecting or connected program sees them. */
export type Errno = 'ECONNREFUSED' | 'ECONNRESET' | 'EHOSTUNREACH' | 'ENETUNREACH' | 'ETIMEDOUT' | 'EADDRINUSE';

export interface Timer {
  cancel(): void;
}

/** One TCP connection. Messages arrive whole and in order; `bytes` is what they weigh on the wire. */
export interface TcpSocket {
  readonly local: { readonly ip: Ipv4; readonly port: number };
  readonly remote: { readonly ip: Ipv4; readonly port: number };
  /** Replaceable at any time; set right after connect() or in the accept callback. */
  handlers: TcpHandlers;
  send(message: unknown, bytes: number): void;
  /** Sends FIN after what is queued; the peer sees `closed('eof')`. */
  close(): void;
  /** Forgets the connection and sends RST, as a process that dies with unread data or a transport that closes hard. */
  abort(): void;
  /** Bytes sent and not acknowledged (ss: Send-Q). */
  unacknowledged(): number;
}

export interface TcpHandlers {
  established?(): void;
  message?(message: unknown): void;
  /** Called once, also for a connect that failed. Never called after close() or abort() of this side. */
  closed?(why: Errno | 'eof'): void;
}

/** TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT. */
export interface KeepAliveTimes {
  readonly idle: Micros;
  readonly interval: Micros;
  readonly probes: number;
}

export interface ConnectOptions {
  /** Who opens it, for `ss -tnp`: `kubelet`. */
  readonly process: string;
  /** SO_KEEPALIVE with these times; absent: off. client-go's dialer has 30 s, 30 s, 9 probes. */
  readonly keepAlive?: KeepAliveTimes;
}

export interface ListenOptions {
  /** Set on every connection that is accepted. */
  readonly keepAlive?: KeepAliveTimes;
}

/** Takes a connection that the kernel has established. */
export type Accept = (socket: TcpSocket) => void;

export interface Listener {
  close(): void;
}

export interface PingReply {
  readonly outcome: 'ok' | 'host-unreachable' | 'port-unreachable' | 'net-unreachable' | 'timeout';
  /** Round trip, and whether the kernel took the target for its own address (source equals destination). */
  readonly roundTrip: Micros;
  readonly self: boolean;
}

/** A host's kernel as its programs see it. */
export interface HostKernel {
  readonly name: string;
  now(): Micros;
  /** Runs `callback` after `delay`; ordered by (time, kind, host, sequence) among all events. */
  after(delay: Micros, callback: () => void): Timer;
  /** The host's own named stream of random draws, `kubelet` gives the stream `HOST/kubelet`. Starts anew at each call. */
  random(name: string): RandomStream;

  /** Never throws: a route that does not exist is reported to `closed`. Time-outs are the caller's. */
  connect(ip: Ipv4, port: number, options: ConnectOptions): TcpSocket;
  /**
   * `ip` null listens on all addresses. Undefined: EADDRINUSE. A program that never calls accept(2) gives null: the kernel establishes
   * connections for it as far as the backlog goes (net.core.somaxconn), and resets them when the listener is closed.
   */
  listen(
    ip: Ipv4 | null,
    port: number,
    process: string,
    accept: Accept | null,
    options?: ListenOptions,
  ): Listener | undefined;
  /** One echo request; the answer, or `timeout` after `timeout`. */
  ping(ip: Ipv4, timeout: Micros, done: (reply: PingReply) => void): void;

  /** A dummy device, down and NOARP as netlink makes it for kube-proxy; no effect where the name exists. */
  addDummy(name: string): void;
  deleteDevice(name: string): void;
  /** False for EEXIST or where the device does not exist. */
  addAddress(device: string, prefix: Prefix): boolean;
  deleteAddress(device: string, address: Ipv4): boolean;
  /** All addresses of this host, device by device in order of creation. */
  addresses(): readonly { readonly device: string; readonly prefix: Prefix }[];
  setSysctl(key: string, value: string): void;
  addRoute(route: {
    readonly to: Prefix;
    readonly via?: Ipv4;
    readonly device: string;
    readonly onlink?: boolean;
  }): void;
  deleteRoute(to: Prefix): void;

  /** The kernel's IPVS table. */
  readonly ipvs: IpvsTable;
  /** Replaces this host's service rules at once, as iptables-restore and `nft -f` do; one owner, kube-proxy. */
  setServiceRules(rules: ServiceRules): void;
}

/** ip_vs by protocol TCP or UDP, address and port; schedulers other than rr are not modelled. */
export interface IpvsTable {
  addServer(server: { readonly protocol: 'TCP' | 'UDP'; readonly ip: Ipv4; readonly port: number }): void;
  deleteServer(protocol: 'TCP' | 'UDP', ip: Ipv4, port: number): void;
  setDestinations(protocol: 'TCP' | 'UDP', ip: Ipv4, port: number, destinations: readonly Endpoint[]): void;
  servers(): readonly {
    readonly protocol: 'TCP' | 'UDP';
    readonly ip: Ipv4;
    readonly port: number;
    readonly destinations: readonly Endpoint[];
  }[];
  clear(): void;
}

export interface Endpoint {
  readonly ip: Ipv4;
  readonly port: number;
}

/** Whether packets get this host's source: all, none, or those whose source is not in this network (`! -s CIDR`). */
export type Masquerade = boolean | Prefix;

/**
 * What kube-proxy puts into netfilter, as data shared between nodes with the same rules. Keys are `tcp/IP/PORT` with the address
 * as an integer: {@link serviceKey}.
 */
export interface ServiceRules {
  /**
   * nat, PREROUTING and OUTPUT: DNAT to one of the endpoints, at random. `local: 'any'` also for packets made on this host,
   * `'to-local'` for those only where the destination is an address of this host (KUBE-SERVICES before 1.21).
   */
  readonly dnat: ReadonlyMap<
    string,
    { readonly endpoints: readonly Endpoint[]; readonly local: 'any' | 'to-local'; readonly masquerade: Masquerade }
  >;
  /** filter: REJECT with icmp-port-unreachable for new packets to a service port without endpoints, at these hooks. */
  readonly rejects: ReadonlyMap<
    string,
    { readonly input: boolean; readonly forward: boolean; readonly output: boolean }
  >;
  /** KUBE-IPVS-FILTER on INPUT (1.26 and later, ipvs mode): sets of allowed service ports, then REJECT of new packets to bound addresses. */
  readonly ipvsFilter?: { readonly allowed: ReadonlySet<string>; readonly bound: ReadonlySet<Ipv4> };
  /** ipvs mode: packets to these service ports are masqueraded (KUBE-MARK-MASQ over ipset). */
  readonly masquerade: ReadonlyMap<string, Masquerade>;
  /** ipvs mode: who is sent to itself is masqueraded (KUBE-LOOP-BACK); with `dnat` that is always so. */
  readonly hairpin?: boolean;
  /** The rules as their tool prints them, chain by chain, for evidence; made when it is asked for. */
  readonly text: readonly { readonly chain: string; readonly text: string }[];
}

/** `tcp/3232235531/8888`. */
export function serviceKey(protocol: 'TCP' | 'UDP', ip: Ipv4, port: number): string {
  return `${protocol === 'TCP' ? 'tcp' : 'udp'}/${ip}/${port}`;
}
