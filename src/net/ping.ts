/** ICMP echo on one host: answers what it is asked, and matches answers to the programs that asked. Source: net/ipv4/icmp.c, ping(8). */
import type { Event } from '../base/event-queue.js';
import type { Micros } from '../base/instant.js';
import type { Ipv4 } from '../base/ip.js';
import type { IcmpEcho, IcmpError, Ipv4Packet } from './packet.js';
import type { OutputRoute } from './routing.js';
import type { PingReply } from './sockets.js';

export interface PingIp {
  now(): Micros;
  after(delay: Micros, run: () => void): Event;
  route(destination: Ipv4, source?: Ipv4): OutputRoute | undefined;
  output(packet: Ipv4Packet, route: OutputRoute): void;
}

interface Waiting {
  readonly startedAt: Micros;
  readonly self: boolean;
  readonly timer: Event;
  readonly done: (reply: PingReply) => void;
}

export class Ping {
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;

  constructor(readonly ip: PingIp) {}

  send(target: Ipv4, timeout: Micros, done: (reply: PingReply) => void): void {
    const route = this.ip.route(target);
    if (!route) {
      this.ip.after(0, () => done({ outcome: 'net-unreachable', roundTrip: 0, self: false }));
      return;
    }
    const id = this.#nextId++;
    const self = route.source === target;
    const timer = this.ip.after(timeout, () => this.#finish(id, 'timeout'));
    this.#waiting.set(id, { startedAt: this.ip.now(), self, timer, done });
    const payload: IcmpEcho = { kind: 'icmp', type: 'echo-request', id, sequence: 1 };
    this.ip.output({ kind: 'ipv4', source: route.source, destination: target, ttl: 64, payload }, route);
  }

  receiveEcho(packet: Ipv4Packet, echo: IcmpEcho): void {
    if (echo.type === 'echo-reply') return this.#finish(echo.id, 'ok');
    const route = this.ip.route(packet.source, packet.destination);
    if (!route) return;
    const payload: IcmpEcho = { ...echo, type: 'echo-reply' };
    this.ip.output({ kind: 'ipv4', source: packet.destination, destination: packet.source, ttl: 64, payload }, route);
  }

  receiveError(error: IcmpError, original: IcmpEcho): void {
    // raw_err gives a program that asks for errors the same number for both.
    this.#finish(original.id, error.type === 'time-exceeded' ? 'host-unreachable' : error.type);
  }

  #finish(id: number, outcome: PingReply['outcome']): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    waiting.timer.cancel();
    waiting.done({ outcome, roundTrip: this.ip.now() - waiting.startedAt, self: waiting.self });
  }
}
