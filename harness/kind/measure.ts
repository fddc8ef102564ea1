/**
 * One measurement of a probe against real servers: what the agent on a node saw (guest/probe.go) becomes an outcome, in the words of
 * its twin for modelled servers, src/sim/measure.ts. Who answered is known from the certificate and from the source address that
 * the kernel chose; who should have answered, from the cluster file alone.
 * Departs from the twin: a certificate tells its host only where it names a node, and the cluster's authority is known by its name,
 * since nothing here holds the cluster's keys. Knows no Docker, and not when or how often it is asked.
 */
import { randomInt } from 'node:crypto';
import type { Micros } from '../../src/base/instant.js';
import { formatDuration } from '../../src/base/instant.js';
import type { Ipv4 } from '../../src/base/ip.js';
import { formatIpv4, parseIpv4 } from '../../src/base/ip.js';
import type { ClusterSpec, ProbeSpec } from '../../src/scenario/model.js';
import { ARP_WAIT, CONNECT_ERRORS, judgeArp, type Measured, targetAddress } from '../../src/sim/measure.js';
import type { Request } from '../netns/line.js';

/** Where a probe stands. `ask` adds what tells the agent that, and rejects where the agent cannot be asked. */
export interface RealHost {
  readonly name: string;
  ask(request: Request): Promise<unknown>;
}

export interface Owners {
  /** Who owns an address by the cluster file: the name of a node, `gateway` or `outside`. */
  ownerOf(ip: Ipv4): string | undefined;
  /** The address that kubelets dial. */
  apiServer(): Ipv4;
  /** The scenario's name of a node that Kubernetes calls so. */
  nodeNamed(kubernetesName: string): string | undefined;
  /** Hosts by the MACs of their devices. */
  macOwners(): Promise<ReadonlyMap<string, string>>;
}

/** What the agent answers to `probe`; guest/probe.go has the meaning of each word. */
interface Probed {
  readonly errno?: string;
  readonly local?: string;
  readonly tls?: Certificate;
  readonly banner?: string;
  readonly after?: string;
  readonly broken?: string;
  readonly status?: number;
  readonly body?: string;
}

interface Certificate {
  readonly subject: string;
  readonly issuer: string;
  readonly names: readonly string[];
}

interface Pong {
  readonly outcome: string;
  readonly tookUs: number;
  readonly self: boolean;
}

const API_PORT = 6443;
const API_SERVER = 'kube-apiserver';
const AUTHORITY = 'kubernetes';
/** Of what a server says, as much as tells what it is. */
const SAID_MAX = 200;

/** A kernel has more words than the model. */
const ERRORS: Readonly<Record<string, Measured>> = {
  ...CONNECT_ERRORS,
  EPIPE: { outcome: 'reset', detail: 'write: broken pipe' },
};

function errorOf(errno: string, timeout: Micros): Measured {
  if (errno === 'ETIMEDOUT') return { outcome: 'timeout', detail: `i/o timeout after ${formatDuration(timeout)}` };
  return ERRORS[errno] ?? { outcome: 'net-unreachable', detail: `connect: ${errno}` };
}

/** The measurement that a probe asks for. */
export async function measureReal(
  host: RealHost,
  cluster: ClusterSpec,
  spec: ProbeSpec,
  owners: Owners,
): Promise<Measured> {
  const { target, timeout } = spec;
  if (target.kind === 'apiserver') return measureApiServer(host, owners.apiServer(), timeout, owners);
  if (target.kind === 'http') return measureHttp(host, target.url, timeout, owners);
  const ip = targetAddress(cluster, spec, target.kind === 'arp' ? target.ip : target.to);
  if (target.kind === 'tcp') return measureTcp(host, ip, target.port, timeout, owners);
  if (target.kind === 'ping') return measurePing(host, ip, timeout, owners);
  const device = cluster.nodes.find(({ name }) => name === host.name)?.device ?? 'eth0';
  return measureArp(host, ip, device, timeout, owners);
}

function milliseconds(time: Micros): number {
  return Math.ceil(time / 1000);
}

function probe(host: RealHost, kind: 'tcp' | 'http', ip: Ipv4, port: number, timeout: Micros, more: object) {
  const where = { do: 'probe', text: kind, ip: formatIpv4(ip), port, timeoutMs: milliseconds(timeout) };
  return host.ask({ ...where, ...more }) as Promise<Probed>;
}

/** The kernel took somebody else's address for its own. */
function tookForOwn(host: RealHost, ip: Ipv4, itself: boolean, owners: Owners): Measured | undefined {
  const owner = owners.ownerOf(ip);
  if (owner === undefined || owner === host.name || !itself) return undefined;
  return { outcome: 'wrong-host', detail: `${host.name} took ${formatIpv4(ip)} for its own address` };
}

/** Only the API server's certificate will do; until it comes, all the time is waited for it. */
async function measureApiServer(host: RealHost, ip: Ipv4, timeout: Micros, owners: Owners): Promise<Measured> {
  const seen = await probe(host, 'tcp', ip, API_PORT, timeout, { secure: true });
  if (seen.errno) return errorOf(seen.errno, timeout);
  const own = tookForOwn(host, ip, seen.local === formatIpv4(ip), owners);
  if (own) return own;
  if (seen.tls) {
    const outcome = seen.tls.subject === API_SERVER ? 'ok' : 'wrong-host';
    return { outcome, detail: `answered by ${nameOf(identify(seen.tls, owners))}` };
  }
  if (seen.banner || seen.broken) return { outcome: 'wrong-host', detail: 'answered by a server that speaks no TLS' };
  return errorOf(seen.after ?? 'ETIMEDOUT', timeout);
}

/** `tcp: {to, port}`: whoever answers will do, unless it says that it is on another node than the one asked. */
async function measureTcp(host: RealHost, ip: Ipv4, port: number, timeout: Micros, owners: Owners): Promise<Measured> {
  const seen = await probe(host, 'tcp', ip, port, timeout, {});
  if (seen.errno) return errorOf(seen.errno, timeout);
  const own = tookForOwn(host, ip, seen.local === formatIpv4(ip), owners);
  if (own) return own;
  if (seen.after) return errorOf(seen.after, timeout);
  if (!seen.tls) return { outcome: 'ok', detail: seen.banner ? `connected to "${shorten(seen.banner)}"` : 'connected' };
  const server = identify(seen.tls, owners);
  const owner = owners.ownerOf(ip);
  const elsewhere = owner !== undefined && server.hosts.length > 0 && !server.hosts.includes(owner);
  return { outcome: elsewhere ? 'wrong-host' : 'ok', detail: `answered by ${nameOf(server)}` };
}

/** Who shows a certificate, and the hosts that it names; none where it says nothing of hosts. */
interface Server {
  readonly process: string;
  readonly hosts: readonly string[];
}

/**
 * A kubelet signs its certificate itself, for NAME@SECONDS, or has it from the cluster as `system:node:NAME`. Other programs sign theirs
 * in the first manner too, for `localhost` or for their Service: only a node's name makes it a kubelet's.
 */
function identify({ subject, names }: Certificate, owners: Owners): Server {
  const [, signed, approved] = /^(?:([^@]+)@\d+|system:node:(.+))$/.exec(subject) ?? [];
  const name = signed ?? approved;
  const node = name === undefined ? undefined : owners.nodeNamed(name);
  if (node !== undefined) return { process: 'kubelet', hosts: [node] };
  const named = names.map((name) => {
    const ip = parseIpv4(name);
    return ip === undefined ? owners.nodeNamed(name) : owners.ownerOf(ip);
  });
  return { process: subject, hosts: [...new Set(named.filter((name) => name !== undefined))] };
}

function nameOf({ process, hosts }: Server): string {
  const who = process === '' ? 'a server without a name' : process;
  return hosts.length === 0 ? who : `${who} on ${hosts.join(', ')}`;
}

/** `http: URL`: 2xx is ok; https needs a certificate of the cluster's authority for the name or address asked. */
async function measureHttp(host: RealHost, url: string, timeout: Micros, owners: Owners): Promise<Measured> {
  const { protocol, hostname, port, pathname, search } = URL.canParse(url) ? new URL(url) : NO_URL;
  const ip = hostname === 'localhost' ? 0x7f000001 : parseIpv4(hostname);
  if (ip === undefined) return { outcome: 'net-unreachable', detail: `no such host: ${hostname}` };
  const secure = protocol === 'https:';
  const at = Number(port || (secure ? 443 : 80));
  const seen = await probe(host, 'http', ip, at, timeout, { path: pathname + search, secure });
  const own = tookForOwn(host, ip, seen.local === formatIpv4(ip), owners);
  if (own) return own;
  const problem = seen.tls && certificateProblem(seen.tls, hostname);
  if (problem) return { outcome: 'tls-error', detail: problem };
  if (seen.errno) return errorOf(seen.errno, timeout);
  if (seen.broken)
    return { outcome: isAboutTls(seen.broken) ? 'tls-error' : 'wrong-host', detail: shorten(seen.broken) };
  const { status = 0, body = '' } = seen;
  return {
    outcome: status >= 200 && status < 300 ? 'ok' : `http-${status}`,
    detail: `HTTP ${status}: ${shorten(body)}`,
  };
}

const NO_URL = { protocol: '', hostname: '', port: '', pathname: '', search: '' };

/** `tls: …` of crypto/tls itself, `remote error: tls: …` of an alert; otherwise it was HTTP that the server did not speak. */
function isAboutTls(broken: string): boolean {
  return /^(remote error: )?tls: /.test(broken);
}

/** crypto/x509's words. */
function certificateProblem({ issuer, names }: Certificate, name: string): string | undefined {
  if (issuer !== AUTHORITY) return 'x509: certificate signed by unknown authority';
  if (names.includes(name)) return undefined;
  return `x509: certificate is valid for ${names.join(', ')}, not ${name}`;
}

/** In one line. */
function shorten(said: string): string {
  const line = said.replace(/\s+/g, ' ').trim();
  return line.length > SAID_MAX ? `${line.slice(0, SAID_MAX)}…` : line;
}

async function measurePing(host: RealHost, ip: Ipv4, timeout: Micros, owners: Owners): Promise<Measured> {
  // Every agent on the host sees every reply: nothing but the number tells whose it is.
  const number = randomInt(1, 0x10000);
  const request = { do: 'ping', ip: formatIpv4(ip), number, timeoutMs: milliseconds(timeout) };
  const { outcome, tookUs, self } = (await host.ask(request)) as Pong;
  if (outcome === 'ok')
    return tookForOwn(host, ip, self, owners) ?? { outcome, detail: `time=${(tookUs / 1000).toFixed(3)} ms` };
  if (outcome === 'port-unreachable') return { outcome: 'refused', detail: 'Destination Port Unreachable' };
  if (outcome === 'host-unreachable') return { outcome, detail: 'Destination Host Unreachable' };
  if (outcome === 'net-unreachable') return { outcome, detail: 'Network is unreachable' };
  if (outcome === 'timeout') return { outcome, detail: `no reply in ${formatDuration(timeout)}` };
  return { outcome: 'net-unreachable', detail: outcome };
}

/** `arp: IP`: ok where the owner alone answers, or anybody does for an address that no file gives to a node. */
async function measureArp(
  host: RealHost,
  ip: Ipv4,
  device: string,
  timeout: Micros,
  owners: Owners,
): Promise<Measured> {
  const timeoutMs = milliseconds(Math.min(timeout, ARP_WAIT));
  const asked = host.ask({ do: 'arp', device, ip: formatIpv4(ip), timeoutMs }) as Promise<readonly string[]>;
  const [macs, names] = await Promise.all([asked, owners.macOwners()]);
  const answered = [...new Set(macs.map((mac) => names.get(mac) ?? mac))];
  return judgeArp(answered, owners.ownerOf(ip));
}
