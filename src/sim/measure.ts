/**
 * One measurement of a probe on a modelled host, from its first packet to its outcome. Who answered is known from the server's hello and
 * from the source address that the kernel chose; who should have answered, from the cluster file alone.
 */
import type { Micros } from '../base/instant.js';
import { formatDuration, SECOND } from '../base/instant.js';
import type { Ipv4 } from '../base/ip.js';
import { formatIpv4, ipv4, parseIpv4 } from '../base/ip.js';
import type { Identity, ServerFrame } from '../kube/api/wire.js';
import { isFrame, SIZES } from '../kube/api/wire.js';
import type { Tap } from '../net/device.js';
import type { Host } from '../net/host.js';
import { formatMac } from '../net/packet.js';
import type { Errno, HostKernel, TcpSocket } from '../net/sockets.js';
import type { ClusterSpec, ProbeOutcome, ProbeSpec } from '../scenario/model.js';

export interface Measured {
  readonly outcome: ProbeOutcome;
  readonly detail: string;
}

export type Done = (result: Measured) => void;

/** Who owns an address by the cluster file: the name of a node, `gateway` or `outside`. */
export type OwnerOf = (ip: Ipv4) => string | undefined;

const PROCESS = 'probe';
const API_PORT = 6443;
const API_SERVER = 'kube-apiserver';
const AUTHORITY = 'kubernetes';
/** A server that keeps silent that long after the handshake is taken at its word. */
const HELLO_WAIT: Micros = SECOND;
export const ARP_WAIT: Micros = SECOND;

/** What a connection that does not come about, or ends, is called. */
export const CONNECT_ERRORS: Readonly<Record<Errno | 'eof', Measured>> = {
  ECONNREFUSED: { outcome: 'refused', detail: 'connect: connection refused' },
  ECONNRESET: { outcome: 'reset', detail: 'read: connection reset by peer' },
  EHOSTUNREACH: { outcome: 'host-unreachable', detail: 'connect: no route to host' },
  ENETUNREACH: { outcome: 'net-unreachable', detail: 'connect: network is unreachable' },
  ETIMEDOUT: { outcome: 'timeout', detail: 'connect: connection timed out' },
  EADDRINUSE: { outcome: 'net-unreachable', detail: 'connect: address already in use' },
  eof: { outcome: 'reset', detail: 'EOF' },
};

/** Opens a connection and hands its events on until `settle` is called or the time is over. */
interface Attempt {
  readonly socket: TcpSocket;
  settle(result: Measured): void;
}

/** `late` tells what the end of the time means. */
function attempt(
  host: HostKernel,
  ip: Ipv4,
  port: number,
  timeout: Micros,
  done: Done,
  late: () => Measured | undefined = () => undefined,
): Attempt {
  let over = false;
  const socket = host.connect(ip, port, { process: PROCESS });
  const settle = (result: Measured) => {
    if (over) return;
    over = true;
    timer.cancel();
    socket.abort();
    done(result);
  };
  const timer = host.after(timeout, () =>
    settle(late() ?? { outcome: 'timeout', detail: `i/o timeout after ${formatDuration(timeout)}` }),
  );
  return { socket, settle };
}

/** The kernel took somebody else's address for its own. */
function tookForOwn(host: HostKernel, ip: Ipv4, source: Ipv4, ownerOf: OwnerOf): Measured | undefined {
  const owner = ownerOf(ip);
  if (owner === undefined || owner === host.name || source !== ip) return undefined;
  return { outcome: 'wrong-host', detail: `${host.name} took ${formatIpv4(ip)} for its own address` };
}

/** The measurement that a probe asks for, but ARP, which needs more of a host than a program knows. */
export function measureFrom(
  host: HostKernel,
  cluster: ClusterSpec,
  spec: ProbeSpec,
  ownerOf: OwnerOf,
  done: Done,
): void {
  const { target, timeout } = spec;
  if (target.kind === 'apiserver') return measureTcp(host, apiAddress(cluster), API_PORT, timeout, true, ownerOf, done);
  if (target.kind === 'http') return measureHttp(host, target.url, timeout, ownerOf, done);
  const ip = targetAddress(cluster, spec, target.kind === 'arp' ? target.ip : target.to);
  if (target.kind === 'tcp') return measureTcp(host, ip, target.port, timeout, false, ownerOf, done);
  measurePing(host, ip, timeout, ownerOf, done);
}

/** A node's name or an address. */
export function targetAddress(cluster: ClusterSpec, { name }: ProbeSpec, text: string): Ipv4 {
  const ip = parseIpv4(cluster.nodes.find((node) => node.name === text)?.ip ?? text);
  if (ip === undefined) throw new Error(`probe ${name}: no address ${text}`);
  return ip;
}

/** What kubelets dial: the first control plane's own address (several control planes: a later issue). */
function apiAddress(cluster: ClusterSpec): Ipv4 {
  const first = cluster.nodes.find(({ role }) => role === 'control-plane');
  if (!first) throw new Error(`cluster ${cluster.name} has no control plane`);
  return ipv4(first.ip);
}

/** `tcp: {to, port}`. With `api`, only the API server's certificate will do. */
export function measureTcp(
  host: HostKernel,
  ip: Ipv4,
  port: number,
  timeout: Micros,
  api: boolean,
  ownerOf: OwnerOf,
  done: Done,
): void {
  const connected: Measured = { outcome: 'ok', detail: 'connected' };
  let established = false;
  const late = () => (established && !api ? connected : undefined);
  const { socket, settle } = attempt(host, ip, port, timeout, done, late);
  socket.handlers = {
    established: () => {
      established = true;
      const own = tookForOwn(host, ip, socket.local.ip, ownerOf);
      if (own) return settle(own);
      socket.send({ type: 'client-hello', serverName: formatIpv4(ip) }, SIZES.hello);
      if (!api) host.after(HELLO_WAIT, () => settle(connected));
    },
    message: (message) => {
      const identity = isFrame(message) && message.type === 'server-hello' ? message.identity : undefined;
      if (api && identity?.process !== API_SERVER) return settle(wrong(identity));
      const owner = ownerOf(ip);
      if (!api && identity && owner !== undefined && !identity.names.includes(owner) && identity.host !== owner)
        return settle(wrong(identity));
      settle(identity ? { outcome: 'ok', detail: `answered by ${nameOf(identity)}` } : connected);
    },
    closed: (why) => settle(CONNECT_ERRORS[why]),
  };
}

function wrong(identity: Identity | undefined): Measured {
  return {
    outcome: 'wrong-host',
    detail: `answered by ${identity ? nameOf(identity) : 'a server that speaks no TLS'}`,
  };
}

function nameOf({ process, host }: Identity): string {
  return `${process} on ${host}`;
}

/** `http: URL`: 2xx is ok; https needs a certificate of the cluster's authority for the name or address asked. */
export function measureHttp(host: HostKernel, url: string, timeout: Micros, ownerOf: OwnerOf, done: Done): void {
  const match = /^(https?):\/\/([^/:]+)(?::(\d+))?(\/.*)?$/.exec(url);
  const [, scheme = '', name = '', port, path = '/'] = match ?? [];
  const ip = name === 'localhost' ? 0x7f000001 : parseIpv4(name);
  if (ip === undefined) {
    host.after(0, () => done({ outcome: 'net-unreachable', detail: `no such host: ${name}` }));
    return;
  }
  const secure = scheme === 'https';
  const { socket, settle } = attempt(host, ip, Number(port ?? (secure ? 443 : 80)), timeout, done);
  const ask = () => socket.send({ type: 'http-request', method: 'GET', path }, SIZES.request);
  socket.handlers = {
    established: () => {
      const own = tookForOwn(host, ip, socket.local.ip, ownerOf);
      if (own) return settle(own);
      if (secure) socket.send({ type: 'client-hello', serverName: name }, SIZES.hello);
      else ask();
    },
    message: (message) => {
      const frame = isFrame(message) ? (message as ServerFrame) : undefined;
      if (frame?.type === 'server-hello' && secure) {
        const problem = certificateProblem(frame.identity, name);
        if (problem) settle({ outcome: 'tls-error', detail: problem });
        else ask();
      } else if (frame?.type === 'http-response') {
        const ok = frame.status >= 200 && frame.status < 300;
        const plain = secure && frame.status === 400;
        if (plain) settle({ outcome: 'tls-error', detail: 'tls: first record does not look like a TLS handshake' });
        else settle({ outcome: ok ? 'ok' : `http-${frame.status}`, detail: `HTTP ${frame.status}: ${frame.body}` });
      }
    },
    closed: (why) => settle(CONNECT_ERRORS[why]),
  };
}

/** crypto/x509's words. */
function certificateProblem({ authority, names }: Identity, name: string): string | undefined {
  if (authority !== AUTHORITY) return 'x509: certificate signed by unknown authority';
  if (names.includes(name)) return undefined;
  return `x509: certificate is valid for ${names.join(', ')}, not ${name}`;
}

export function measurePing(host: HostKernel, ip: Ipv4, timeout: Micros, ownerOf: OwnerOf, done: Done): void {
  host.ping(ip, timeout, ({ outcome, roundTrip, self }) => {
    if (outcome === 'ok') {
      const own = self ? tookForOwn(host, ip, ip, ownerOf) : undefined;
      return done(own ?? { outcome: 'ok', detail: `time=${(roundTrip / 1000).toFixed(3)} ms` });
    }
    if (outcome === 'port-unreachable') return done({ outcome: 'refused', detail: 'Destination Port Unreachable' });
    if (outcome === 'host-unreachable') return done({ outcome, detail: 'Destination Host Unreachable' });
    if (outcome === 'net-unreachable') return done({ outcome, detail: 'Network is unreachable' });
    done({ outcome, detail: `no reply in ${formatDuration(timeout)}` });
  });
}

/** `arp: IP`: ok where the owner alone answers, or anybody does for an address that no file gives to a node. */
export function measureArp(
  host: Host,
  ip: Ipv4,
  timeout: Micros,
  macOwner: (mac: number) => string | undefined,
  ownerOf: OwnerOf,
  done: Done,
): void {
  const device = host.interfaces.all().find((d) => d.kind === 'ethernet' && d.wire && !d.noArp);
  const source = device?.addresses[0]?.address;
  const answered = new Set<string>();
  const tap: Tap = (p) => {
    if (p.kind === 'arp' && p.operation === 'reply' && p.senderIp === ip)
      answered.add(macOwner(p.senderMac) ?? formatMac(p.senderMac));
  };
  host.taps.add(tap);
  if (device && source !== undefined) host.arp.request(device, source, ip);
  host.after(Math.min(timeout, ARP_WAIT), () => {
    host.taps.delete(tap);
    done(judgeArp([...answered], ownerOf(ip)));
  });
}

/** Who answered, in order; `owner` by the cluster file. */
export function judgeArp(answered: readonly string[], owner: string | undefined): Measured {
  if (answered.length === 0) return { outcome: 'timeout', detail: 'no ARP reply' };
  const others = answered.some((name) => owner !== undefined && name !== owner);
  return { outcome: others ? 'wrong-host' : 'ok', detail: `answered by ${answered.join(', ')}` };
}
