/**
 * One host's kernel: the layers wired together, and the face that programs see. Owns its own truth: its addresses, tables, neighbours,
 * connections. Knows no other host: frames go to wires and come from wires. IPv4 only; IPv6 is left out of the model.
 */
import type { EventQueue } from '../base/event-queue.js';
import { EventKind } from '../base/event-queue.js';
import type { Micros } from '../base/instant.js';
import type { Ipv4, Prefix } from '../base/ip.js';
import type { RandomSource, RandomStream } from '../base/random.js';
import { Arp } from './arp.js';
import type { Device, Tap } from './device.js';
import { Interfaces } from './interfaces.js';
import { Ip } from './ip.js';
import { NeighbourTable } from './neighbour.js';
import { Netfilter } from './netfilter.js';
import type { ArpPacket, Frame, Ipv4Packet, Mac } from './packet.js';
import { Ping } from './ping.js';
import { Routing } from './routing.js';
import type { Skb } from './skb.js';
import type {
  Accept,
  ConnectOptions,
  HostKernel,
  Listener,
  ListenOptions,
  PingReply,
  ServiceRules,
  TcpSocket,
  Timer,
} from './sockets.js';
import { Sysctl } from './sysctl.js';
import { Tcp } from './tcp.js';

/** Half of what a ping of an own address takes: 0.04 ms there and back. */
const LOOPBACK_LATENCY: Micros = 20;
const DROPS_KEPT = 1000;

export interface HostOptions {
  readonly name: string;
  /** Place among all hosts, part of the order of events. */
  readonly ordinal: number;
  readonly queue: EventQueue;
  readonly random: RandomSource;
  readonly log: (line: string) => void;
}

/** Why a packet ended here. */
export interface Drop {
  readonly at: Micros;
  readonly reason: string;
  readonly packet: Ipv4Packet;
}

export class Host implements HostKernel {
  readonly name: string;
  readonly sysctl = new Sysctl();
  readonly interfaces: Interfaces;
  readonly routing: Routing;
  readonly neighbours: NeighbourTable;
  readonly arp: Arp;
  readonly netfilter: Netfilter;
  readonly ip: Ip;
  readonly tcp: Tcp;
  readonly pings: Ping;
  readonly taps = new Set<Tap>();
  /** The latest drops, oldest first. */
  readonly drops: Drop[] = [];

  constructor(readonly options: HostOptions) {
    this.name = options.name;
    const now = () => options.queue.now();
    const after = (delay: Micros, run: () => void) =>
      options.queue.after(delay, EventKind.kernel, options.ordinal, run);
    this.interfaces = new Interfaces(this.sysctl, (frame, device) => this.#receive(frame, device));
    this.routing = new Routing(this.interfaces, options.log);
    this.neighbours = new NeighbourTable(
      {
        now,
        after,
        solicit: (neighbour, mac, skb) => this.arp.solicit(neighbour, mac, skb),
        transmit: (neighbour, skb) => this.#send(neighbour.device, neighbour.mac ?? 0, skb.packet),
        unreachable: (skb) => this.#unreachable(skb),
      },
      this.random('neighbour'),
    );
    this.arp = new Arp(this.interfaces, this.routing, this.neighbours, {
      now,
      send: (device, destination, packet) => this.#send(device, destination, packet),
    });
    this.netfilter = new Netfilter(this.interfaces, now, this.random('netfilter'));
    this.ip = new Ip(this.interfaces, this.routing, this.netfilter, this.neighbours, {
      transmitNoArp: (device, packet) => this.#send(device, device.wire?.peerOf(device)?.mac ?? 0, packet),
      loop: (device, skb) => this.#loop(device, skb),
      deliverTcp: (packet, segment) => this.tcp.receive(packet, segment),
      deliverIcmp: (packet, message) => this.#receiveIcmp(packet, message),
      dropped: (reason, packet) => this.#dropped(reason, packet),
    });
    const route = (destination: Ipv4, source?: Ipv4) => this.routing.output(destination, source);
    this.tcp = new Tcp(
      {
        now,
        after,
        route,
        sysctl: (key) => this.sysctl.get(key),
        generation: () => this.interfaces.generation,
        output: (packet, by, confirm) => this.ip.output(packet, by, confirm),
      },
      this.random('ports'),
    );
    this.pings = new Ping({ now, after, route, output: (packet, by) => this.ip.output(packet, by, false) });
    const lo = this.interfaces.add('lo', 'loopback', 0, true);
    this.interfaces.addAddress(lo, { address: 0x7f000001, length: 8 });
    this.interfaces.setUp(lo);
  }

  get ipvs() {
    return this.netfilter.ipvs;
  }

  now(): Micros {
    return this.options.queue.now();
  }

  after(delay: Micros, callback: () => void): Timer {
    return this.options.queue.after(delay, EventKind.program, this.options.ordinal, callback);
  }

  random(name: string): RandomStream {
    return this.options.random.stream(`${this.name}/${name}`);
  }

  connect(ip: Ipv4, port: number, options: ConnectOptions): TcpSocket {
    return this.tcp.connect(ip, port, options);
  }

  listen(
    ip: Ipv4 | null,
    port: number,
    process: string,
    accept: Accept | null,
    options: ListenOptions = {},
  ): Listener | undefined {
    return this.tcp.listen(ip, port, process, accept, options);
  }

  ping(ip: Ipv4, timeout: Micros, done: (reply: PingReply) => void): void {
    this.pings.send(ip, timeout, done);
  }

  addDummy(name: string): void {
    if (!this.interfaces.find(name)) this.interfaces.add(name, 'dummy', this.#dummyMac(name), true);
  }

  deleteDevice(name: string): void {
    const device = this.interfaces.find(name);
    if (device) this.neighbours.forgetDevice(device);
    this.interfaces.remove(name);
  }

  addAddress(device: string, prefix: Prefix): boolean {
    const found = this.interfaces.find(device);
    return found !== undefined && this.interfaces.addAddress(found, prefix);
  }

  deleteAddress(device: string, address: Ipv4): boolean {
    const found = this.interfaces.find(device);
    return found !== undefined && this.interfaces.deleteAddress(found, address);
  }

  addresses(): readonly { readonly device: string; readonly prefix: Prefix }[] {
    return this.interfaces.all().flatMap((d) => d.addresses.map((prefix) => ({ device: d.name, prefix })));
  }

  setSysctl(key: string, value: string): void {
    this.sysctl.set(key, value);
  }

  addRoute(route: {
    readonly to: Prefix;
    readonly via?: Ipv4;
    readonly device: string;
    readonly onlink?: boolean;
  }): void {
    const device = this.interfaces.find(route.device);
    if (device) this.interfaces.addRoute({ ...route, type: 'unicast', device, protocol: 'static' });
  }

  deleteRoute(to: Prefix): void {
    this.interfaces.deleteRoute(to);
  }

  setServiceRules(rules: ServiceRules): void {
    this.netfilter.rules = rules;
  }

  #receive(frame: Frame, device: Device): void {
    for (const tap of this.taps) tap(frame.payload, device, 'in');
    if (frame.payload.kind === 'arp') {
      if (!device.noArp) this.arp.receive(frame.payload, device);
    } else this.ip.receive(frame.payload, device);
  }

  #send(device: Device, destination: Mac, payload: ArpPacket | Ipv4Packet): void {
    for (const tap of this.taps) tap(payload, device, 'out');
    device.wire?.transmit({ source: device.mac, destination, payload }, device);
  }

  #loop(device: Device, skb: Skb): void {
    this.options.queue.after(LOOPBACK_LATENCY, EventKind.frame, this.options.ordinal, () => {
      for (const tap of this.taps) tap(skb.packet, device, 'in');
      this.ip.receiveLooped(skb, device);
    });
  }

  #receiveIcmp(packet: Ipv4Packet, message: Ipv4Packet['payload']): void {
    if (message.kind !== 'icmp') return;
    if (!('original' in message)) return this.pings.receiveEcho(packet, message);
    const { payload } = message.original;
    if (payload.kind === 'tcp') this.tcp.receiveIcmp(message, message.original, payload);
    else if (payload.kind === 'icmp' && 'id' in payload) this.pings.receiveError(message, payload);
  }

  #unreachable(skb: Skb): void {
    this.#dropped('NEIGH_FAILED', skb.packet);
    this.ip.sendError('host-unreachable', skb.packet);
  }

  #dropped(reason: string, packet: Ipv4Packet): void {
    this.drops.push({ at: this.now(), reason, packet });
    if (this.drops.length > DROPS_KEPT) this.drops.shift();
  }

  /** Linux draws one at random; here it follows from the host's and the device's name. */
  #dummyMac(name: string): Mac {
    return 0x020000000000 + (this.options.random.stream(`${this.name}/mac/${name}`).integer(0, 0x3fffffff) & 0xffffff);
  }
}
