/**
 * The laboratory of the kernel experiments (externalip-outage.md §6): three nodes and the outer host on one bridge, addresses
 * 10.9.0.1 (outer), .2 (cp), .3 (w1), .4 (w2), forwarding on, rp_filter 1, a dummy kube-ipvs0 on each node.
 */
import type { Micros } from '../base/instant.js';
import { SECOND } from '../base/instant.js';
import type { Ipv4 } from '../base/ip.js';
import { ipv4 } from '../base/ip.js';
import type { Host } from '../net/host.js';
import type { NudState } from '../net/neighbour.js';
import type { ServiceRules } from '../net/sockets.js';
import { World } from './world.js';

export const OUTER = ipv4('10.9.0.1');
export const CP = ipv4('10.9.0.2');
export const W1 = ipv4('10.9.0.3');
export const W2 = ipv4('10.9.0.4');

export interface Lab {
  readonly world: World;
  readonly log: string[];
  readonly outer: Host;
  readonly cp: Host;
  readonly w1: Host;
  readonly w2: Host;
}

export function makeLab(seed = '1'): Lab {
  const log: string[] = [];
  const world = new World({ seed, start: 0, log: (host, _component, line) => log.push(`${host} ${line}`) });
  const wire = world.wire();
  const make = (name: string, ip: Ipv4) => {
    const host = world.addHost(name);
    host.setSysctl('net.ipv4.ip_forward', '1');
    host.setSysctl('net.ipv4.conf.all.rp_filter', '1');
    world.attach(host, wire, 'eth0', { address: ip, length: 24 });
    if (name !== 'outer') host.addDummy('kube-ipvs0');
    return host;
  };
  return { world, log, outer: make('outer', OUTER), cp: make('cp', CP), w1: make('w1', W1), w2: make('w2', W2) };
}

export function bind(host: Host, address: Ipv4): void {
  host.addAddress('kube-ipvs0', { address, length: 32 });
}

export function unbind(host: Host, address: Ipv4): void {
  host.deleteAddress('kube-ipvs0', address);
}

/** A server that keeps accepting, says who it is at once, and echoes. */
export function serve(host: Host, port: number): void {
  host.listen(null, port, 'server', (socket) => {
    socket.send(host.name, 64);
    socket.handlers = { message: (m) => socket.send(m, 64) };
  });
}

export interface Connected {
  /** `ok BANNER`, an errno, or `timeout`. */
  readonly outcome: string;
  readonly took: Micros;
}

/** Connects, waits for the banner, gives up after `timeout`; runs the world meanwhile. */
export function connect(lab: Lab, from: Host, ip: Ipv4, port: number, timeout: Micros = 2 * SECOND): Connected {
  const startedAt = lab.world.queue.now();
  let outcome: string | undefined;
  let endedAt = startedAt + timeout;
  const socket = from.connect(ip, port, { process: 'nc' });
  const settle = (text: string) => {
    outcome ??= text;
    endedAt = lab.world.queue.now();
  };
  socket.handlers = { message: (m) => settle(`ok ${m}`), closed: (why) => settle(why) };
  lab.world.queue.runUntil(startedAt + timeout);
  if (outcome === undefined) socket.abort();
  else socket.close();
  return { outcome: outcome ?? 'timeout', took: endedAt - startedAt };
}

export function ping(lab: Lab, from: Host, ip: Ipv4): { outcome: string; self: boolean } {
  let answer = { outcome: 'none', self: false };
  from.ping(ip, SECOND, (reply) => {
    answer = { outcome: reply.outcome, self: reply.self };
  });
  lab.world.queue.runUntil(lab.world.queue.now() + 1.1 * SECOND);
  return answer;
}

export function neighbourState(host: Host, ip: Ipv4): NudState | undefined {
  const device = host.interfaces.find('eth0');
  return device ? host.neighbours.find(device, ip)?.state : undefined;
}

/** Rules with nothing in them, to spread over. */
export const NO_RULES: ServiceRules = { dnat: new Map(), rejects: new Map(), masquerade: new Map(), text: [] };
