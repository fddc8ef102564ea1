/**
 * The neighbour table of one host: the NUD states, their timers, and the queue of packets that wait for an answer.
 * Source: net/core/neighbour.c (neigh_timer_handler, __neigh_event_send, __neigh_update) with the defaults of ARP.
 * Departs from Linux: no garbage collection (gc_thresh1 is 128 entries, no scenario comes near), and a wait queue counted
 * in packets, not bytes.
 */
import type { Event } from '../base/event-queue.js';
import type { Micros } from '../base/instant.js';
import { MILLISECOND, MINUTE, SECOND } from '../base/instant.js';
import type { Ipv4 } from '../base/ip.js';
import type { RandomStream } from '../base/random.js';
import type { Device } from './device.js';
import type { Mac } from './packet.js';
import type { Skb } from './skb.js';

export type NudState = 'INCOMPLETE' | 'REACHABLE' | 'STALE' | 'DELAY' | 'PROBE' | 'FAILED' | 'PERMANENT';

const BASE_REACHABLE: Micros = 30 * SECOND;
const RERANDOMISE: Micros = 5 * MINUTE;
const DELAY_FIRST_PROBE: Micros = 5 * SECOND;
const RETRANS: Micros = SECOND;
const UCAST_PROBES = 3;
const MCAST_PROBES = 3;
const QUEUE_LENGTH = 101;
export const LOCKTIME: Micros = SECOND;

export interface Neighbour {
  readonly ip: Ipv4;
  readonly device: Device;
  mac: Mac | undefined;
  state: NudState;
  confirmed: Micros;
  updated: Micros;
  used: Micros;
  probes: number;
  queue: Skb[];
  timer: Event | undefined;
}

export interface NeighbourActions {
  now(): Micros;
  after(delay: Micros, run: () => void): Event;
  /** Sends an ARP request: unicast to `mac` where given. `skb` is the packet that waits, where one does. */
  solicit(neighbour: Neighbour, mac: Mac | undefined, skb: Skb | undefined): void;
  transmit(neighbour: Neighbour, skb: Skb): void;
  /** The next hop did not answer: arp_error_report. */
  unreachable(skb: Skb): void;
}

export class NeighbourTable {
  readonly #byDevice = new Map<Device, Map<Ipv4, Neighbour>>();
  readonly #reachable = new Map<Device, { time: Micros; since: Micros }>();

  constructor(
    readonly actions: NeighbourActions,
    readonly random: RandomStream,
  ) {}

  find(device: Device, ip: Ipv4): Neighbour | undefined {
    return this.#byDevice.get(device)?.get(ip);
  }

  all(): Neighbour[] {
    return [...this.#byDevice.values()].flatMap((entries) => [...entries.values()]);
  }

  /** `ip neigh replace … nud permanent`. */
  setPermanent(device: Device, ip: Ipv4, mac: Mac): void {
    const neighbour = this.find(device, ip) ?? this.create(device, ip);
    neighbour.timer?.cancel();
    neighbour.mac = mac;
    neighbour.state = 'PERMANENT';
  }

  /** `ip neigh flush dev`: entries that are not permanent go, with what waits on them. */
  flush(device: Device): void {
    const entries = this.#byDevice.get(device);
    for (const [ip, neighbour] of entries ?? []) {
      if (neighbour.state === 'PERMANENT') continue;
      neighbour.timer?.cancel();
      entries?.delete(ip);
    }
  }

  forgetDevice(device: Device): void {
    for (const neighbour of this.#byDevice.get(device)?.values() ?? []) neighbour.timer?.cancel();
    this.#byDevice.delete(device);
  }

  create(device: Device, ip: Ipv4): Neighbour {
    const now = this.actions.now();
    const neighbour: Neighbour = {
      ip,
      device,
      mac: undefined,
      state: 'FAILED',
      confirmed: now - 2 * BASE_REACHABLE,
      updated: now,
      used: now,
      probes: 0,
      queue: [],
      timer: undefined,
    };
    let entries = this.#byDevice.get(device);
    if (!entries) {
      entries = new Map();
      this.#byDevice.set(device, entries);
    }
    entries.set(ip, neighbour);
    return neighbour;
  }

  /** neigh_output: transmits, or queues and asks. */
  output(device: Device, nextHop: Ipv4, skb: Skb): void {
    const neighbour = this.find(device, nextHop) ?? this.create(device, nextHop);
    if (skb.confirmsNeighbour) neighbour.confirmed = this.actions.now();
    const { state } = neighbour;
    if (state === 'REACHABLE' || state === 'PERMANENT') return this.actions.transmit(neighbour, skb);
    neighbour.used = this.actions.now();
    if (state === 'STALE') {
      neighbour.state = 'DELAY';
      neighbour.updated = this.actions.now();
      this.#arm(neighbour, DELAY_FIRST_PROBE);
    }
    if (neighbour.state === 'DELAY' || neighbour.state === 'PROBE') return this.actions.transmit(neighbour, skb);
    neighbour.queue.push(skb);
    if (neighbour.queue.length > QUEUE_LENGTH) neighbour.queue.shift();
    if (state === 'FAILED') {
      neighbour.state = 'INCOMPLETE';
      neighbour.updated = this.actions.now();
      neighbour.probes = UCAST_PROBES;
      this.#probe(neighbour);
    }
  }

  /** neigh_event_ns: somebody who asked us is thereby known, as STALE. */
  learnFromRequest(device: Device, ip: Ipv4, mac: Mac): void {
    const neighbour = this.find(device, ip) ?? this.create(device, ip);
    this.update(neighbour, mac, 'STALE', true);
  }

  /** __neigh_update by an ARP packet: `override` lets another MAC replace a valid one. */
  update(neighbour: Neighbour, mac: Mac, next: 'REACHABLE' | 'STALE', override: boolean): void {
    if (neighbour.state === 'PERMANENT') return;
    const now = this.actions.now();
    if (next === 'REACHABLE') neighbour.confirmed = now;
    const wasValid = isValid(neighbour.state);
    if (wasValid && mac !== neighbour.mac && !override) return;
    const state = wasValid && mac === neighbour.mac && next === 'STALE' ? neighbour.state : next;
    if (mac !== neighbour.mac || state !== neighbour.state) neighbour.updated = now;
    if (mac !== neighbour.mac) {
      neighbour.mac = mac;
      if (next !== 'REACHABLE') neighbour.confirmed = now - 2 * BASE_REACHABLE;
    }
    if (state !== neighbour.state) {
      neighbour.state = state;
      neighbour.timer?.cancel();
      if (state === 'REACHABLE') this.#arm(neighbour, this.#reachableTime(neighbour.device));
    }
    if (!wasValid) this.#release(neighbour);
  }

  #release(neighbour: Neighbour): void {
    const waiting = neighbour.queue;
    neighbour.queue = [];
    for (const skb of waiting) this.output(neighbour.device, neighbour.ip, skb);
  }

  #arm(neighbour: Neighbour, delay: Micros): void {
    neighbour.timer?.cancel();
    neighbour.timer = this.actions.after(Math.max(delay, 10 * MILLISECOND), () => this.#expire(neighbour));
  }

  /** neigh_timer_handler. */
  #expire(neighbour: Neighbour): void {
    const now = this.actions.now();
    if (neighbour.state === 'REACHABLE') {
      const until = neighbour.confirmed + this.#reachableTime(neighbour.device);
      if (now < until) return this.#arm(neighbour, until - now);
      neighbour.updated = now;
      if (now > neighbour.used + DELAY_FIRST_PROBE) {
        neighbour.state = 'STALE';
        return;
      }
      neighbour.state = 'DELAY';
      return this.#arm(neighbour, DELAY_FIRST_PROBE);
    }
    if (neighbour.state === 'DELAY') {
      neighbour.updated = now;
      if (now <= neighbour.confirmed + DELAY_FIRST_PROBE) {
        neighbour.state = 'REACHABLE';
        return this.#arm(neighbour, neighbour.confirmed + this.#reachableTime(neighbour.device) - now);
      }
      neighbour.state = 'PROBE';
      neighbour.probes = 0;
    }
    const limit = neighbour.state === 'PROBE' ? UCAST_PROBES : UCAST_PROBES + MCAST_PROBES;
    if (neighbour.probes >= limit) return this.#fail(neighbour);
    this.#probe(neighbour);
  }

  #probe(neighbour: Neighbour): void {
    const unicast = neighbour.state === 'PROBE' ? neighbour.mac : undefined;
    neighbour.probes++;
    this.#arm(neighbour, RETRANS);
    this.actions.solicit(neighbour, unicast, neighbour.queue.at(-1));
  }

  #fail(neighbour: Neighbour): void {
    neighbour.state = 'FAILED';
    neighbour.updated = this.actions.now();
    const waiting = neighbour.queue;
    neighbour.queue = [];
    for (const skb of waiting) this.actions.unreachable(skb);
  }

  /** neigh_rand_reach_time: between half and one and a half of the base, drawn anew every five minutes. */
  #reachableTime(device: Device): Micros {
    const now = this.actions.now();
    let drawn = this.#reachable.get(device);
    if (!drawn || now - drawn.since > RERANDOMISE) {
      drawn = { time: this.random.integer(BASE_REACHABLE / 2, (BASE_REACHABLE * 3) / 2 - 1), since: now };
      this.#reachable.set(device, drawn);
    }
    return drawn.time;
  }
}

/** NUD_VALID: the MAC may be used. */
function isValid(state: NudState): boolean {
  return state !== 'INCOMPLETE' && state !== 'FAILED';
}
