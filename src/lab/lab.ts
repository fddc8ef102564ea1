/**
 * A laboratory of hosts on one wire, modelled or real: what the experiments and the random topologies of the conformance run need of
 * either. Setting up goes through the face that programs see (HostKernel); what they only look at is here. Knows no backend.
 */
import type { Micros } from '../base/instant.js';
import { MILLISECOND, SECOND } from '../base/instant.js';
import type { Ipv4 } from '../base/ip.js';
import { formatIpv4, ipv4 } from '../base/ip.js';
import type { HostKernel, ServiceRules, TcpSocket } from '../net/sockets.js';

export interface LabHost {
  readonly name: string;
  /** On eth0, in a network of 24 bits. */
  readonly address: Ipv4;
  readonly kernel: HostKernel;
  /** State of the neighbour entry on eth0, as `ip neigh` names it; `none` where there is no entry. */
  neighbour(ip: Ipv4): Promise<string>;
  /** `TYPE dev DEVICE src SOURCE` as `ip route get` answers, or its errno. */
  route(ip: Ipv4): Promise<string>;
  setPermanentNeighbour(ip: Ipv4, of: LabHost): Promise<void>;
  /** All entries but the permanent ones. */
  flushNeighbours(): Promise<void>;
  /** Takes the route of an address out of the table `local`, and leaves the address. */
  deleteLocalRoute(ip: Ipv4, device: string): Promise<void>;
  /** How many hosts answer an ARP request for it, sent from eth0. */
  arpAnswers(ip: Ipv4): Promise<number>;
}

/** A host to make. */
export interface HostPlan {
  readonly name: string;
  readonly address: Ipv4;
}

/** A namespace behind a host, with an address that the host routes to over a pair of devices without ARP; eth0 inside. */
export interface PodPlan extends HostPlan {
  readonly on: string;
}

export interface Lab {
  host(name: string): LabHost;
  now(): Micros;
  sleep(duration: Micros): Promise<void>;
  /** Starts `work`, and waits until it answers; undefined where it has not within `timeout`. */
  wait<T>(work: (answer: (value: T) => void) => void, timeout: Micros): Promise<T | undefined>;
  /** All that was set up so far is in force. */
  settled(): Promise<void>;
  /** Packets and ARP requests dropped for a martian source, of all hosts together. */
  martians(): Promise<number>;
  close(): Promise<void>;
}

/** Makes laboratories of one kind: modelled, or on a kernel. */
export interface LabMaker {
  /** For tables: `model`, `Linux 6.1.176`. */
  readonly name: string;
  make(hosts: readonly HostPlan[], pods?: readonly PodPlan[]): Promise<Lab>;
}

/** The device of kube-proxy. */
export const DUMMY = 'kube-ipvs0';

export const OUTER = ipv4('10.9.0.1');
export const CP = ipv4('10.9.0.2');
export const W1 = ipv4('10.9.0.3');
export const W2 = ipv4('10.9.0.4');

/** Rules with nothing in them, to spread over. */
export const NO_RULES: ServiceRules = { dnat: new Map(), rejects: new Map(), masquerade: new Map(), text: [] };

export interface StandardLab extends Lab {
  readonly outer: LabHost;
  readonly cp: LabHost;
  readonly w1: LabHost;
  readonly w2: LabHost;
}

/** The one of externalip-outage.md §6: three nodes and the outer host, forwarding on, rp_filter 1, a dummy on each node. */
export async function standardLab(maker: LabMaker, pods: readonly PodPlan[] = []): Promise<StandardLab> {
  const plans = { outer: OUTER, cp: CP, w1: W1, w2: W2 };
  const lab = await maker.make(
    Object.entries(plans).map(([name, address]) => ({ name, address })),
    pods,
  );
  for (const name of Object.keys(plans)) {
    const { kernel } = lab.host(name);
    kernel.setSysctl('net.ipv4.ip_forward', '1');
    kernel.setSysctl('net.ipv4.conf.all.rp_filter', '1');
    if (name !== 'outer') kernel.addDummy(DUMMY);
  }
  await lab.settled();
  const [outer, cp, w1, w2] = ['outer', 'cp', 'w1', 'w2'].map((name) => lab.host(name));
  return Object.assign(lab, { outer, cp, w1, w2 }) as StandardLab;
}

export async function bind(lab: Lab, host: LabHost, address: Ipv4, device = DUMMY): Promise<void> {
  host.kernel.addAddress(device, { address, length: 32 });
  await lab.settled();
}

export async function unbind(lab: Lab, host: LabHost, address: Ipv4, device = DUMMY): Promise<void> {
  host.kernel.deleteAddress(device, address);
  await lab.settled();
}

/** A server on all addresses that keeps accepting, says who it is at once, and echoes. */
export async function serve(lab: Lab, host: LabHost, port: number): Promise<void> {
  host.kernel.listen(null, port, 'server', (socket) => {
    socket.send(host.name, 64);
    socket.handlers = { message: (m) => socket.send(m, 64) };
  });
  await lab.settled();
}

export interface Connected {
  /** `ok BANNER`, an errno, or `timeout`. */
  readonly outcome: string;
  readonly took: Micros;
}

/** Connects, waits for the banner, gives up after `timeout`. */
export async function connect(
  lab: Lab,
  from: LabHost,
  ip: Ipv4,
  port: number,
  timeout: Micros = 2 * SECOND,
): Promise<Connected> {
  const startedAt = lab.now();
  let socket: TcpSocket | undefined;
  const outcome = await lab.wait<string>((answer) => {
    socket = from.kernel.connect(ip, port, { process: 'nc' });
    socket.handlers = { message: (m) => answer(`ok ${m}`), closed: (why) => answer(why) };
  }, timeout);
  const took = lab.now() - startedAt;
  // No farewell: what goes on after the answer would teach neighbours something.
  socket?.abort();
  return { outcome: outcome ?? 'timeout', took };
}

/** `ok`, `ok, by itself` where the kernel took the target for its own, or what the reply says. */
export async function ping(lab: Lab, from: LabHost, ip: Ipv4): Promise<string> {
  const reply = await lab.wait<{ outcome: string; self: boolean }>(
    (answer) => from.kernel.ping(ip, SECOND, answer),
    SECOND + 500 * MILLISECOND,
  );
  if (reply === undefined) return 'timeout';
  return reply.self ? `${reply.outcome}, by itself` : reply.outcome;
}

/** A connection that stands, and what ended it. */
export interface Held {
  readonly socket: TcpSocket;
  /** An errno, `eof`, or `standing`. */
  ended(): string;
}

/** Undefined where it does not come about within two seconds. */
export async function hold(lab: Lab, from: LabHost, ip: Ipv4, port: number): Promise<Held | undefined> {
  let ended = 'standing';
  let socket: TcpSocket | undefined;
  const up = await lab.wait<true>((answer) => {
    socket = from.kernel.connect(ip, port, { process: 'nc' });
    socket.handlers = {
      established: () => answer(true),
      closed: (why) => {
        ended = why;
      },
    };
  }, 2 * SECOND);
  return up && socket ? { socket, ended: () => ended } : undefined;
}

/** As {@link LabHost.route} words it. */
export function describeRoute(type: string, device: string, source: Ipv4): string {
  return `${type} dev ${device} src ${formatIpv4(source)}`;
}
