/**
 * The modelled hosts and the wires between them, on one event queue. Knows no Kubernetes: a cluster is wired in cluster.ts, and
 * bare hosts need no more than this file.
 */

import { assert } from '../base/assert.js';
import { EventKind, EventQueue } from '../base/event-queue.js';
import type { Micros } from '../base/instant.js';
import type { Ipv4, Prefix } from '../base/ip.js';
import { RandomSource } from '../base/random.js';
import type { Device } from '../net/device.js';
import { Wire } from '../net/device.js';
import { Host } from '../net/host.js';
import type { Mac } from '../net/packet.js';

/** One way, between two ports of a switch on the same machine or rack. */
const WIRE_LATENCY: Micros = 50;
const VETH_LATENCY: Micros = 10;
const VETH_MAC: Mac = 0x0a0000000001;

export type HostLog = (host: string, component: string, line: string) => void;

export class World {
  readonly queue: EventQueue;
  readonly random: RandomSource;
  readonly #hosts = new Map<string, Host>();
  readonly #ordinals = new Map<Device, number>();
  readonly #log: HostLog;
  #created = 0;

  constructor(options: { readonly seed: string; readonly start: Micros; readonly log?: HostLog }) {
    this.queue = new EventQueue(options.start);
    this.random = new RandomSource(options.seed);
    this.#log = options.log ?? (() => {});
  }

  /** A host with `lo` and nothing else. */
  addHost(name: string): Host {
    assert(!this.#hosts.has(name), `host ${name} exists`);
    const ordinal = this.#created++;
    const log = (line: string) => this.#log(name, 'kernel', line);
    const host = new Host({ name, ordinal, queue: this.queue, random: this.random, log });
    this.#hosts.set(name, host);
    return host;
  }

  host(name: string): Host | undefined {
    return this.#hosts.get(name);
  }

  hosts(): readonly Host[] {
    return [...this.#hosts.values()];
  }

  wire(latency: Micros = WIRE_LATENCY): Wire {
    return new Wire(latency, (delay, receiver, arrive) => {
      this.queue.after(delay, EventKind.frame, this.#ordinals.get(receiver) ?? 0, arrive);
    });
  }

  /** A network interface plugged into a wire, down. */
  plug(host: Host, wire: Wire, name: string, mac: Mac, noArp = false): Device {
    const device = host.interfaces.add(name, 'ethernet', mac, noArp);
    this.#ordinals.set(device, host.options.ordinal);
    wire.plug(device);
    return device;
  }

  /** The same, up and with its address; its MAC follows from the address as Docker's does. */
  attach(host: Host, wire: Wire, name: string, prefix: Prefix): Device {
    const device = this.plug(host, wire, name, macOf(prefix.address));
    host.interfaces.setUp(device);
    host.interfaces.addAddress(device, prefix);
    return device;
  }

  /** A veth pair between a node and a pod. NOARP on both ends: calico and kindnet use a /32 and a link-local gateway there. */
  pair(node: Host, nodeDevice: string, pod: Host, podDevice: string): void {
    const wire = this.wire(VETH_LATENCY);
    for (const [host, name] of [
      [node, nodeDevice],
      [pod, podDevice],
    ] as const)
      host.interfaces.setUp(this.plug(host, wire, name, VETH_MAC + this.#ordinals.size, true));
  }

  removeHost(name: string): void {
    const host = this.#hosts.get(name);
    for (const device of host?.interfaces.all() ?? []) if (device.name !== 'lo') host?.deleteDevice(device.name);
    this.#hosts.delete(name);
  }
}

/** 02:42 and the four octets of the address. */
export function macOf(address: Ipv4): Mac {
  return 0x024200000000 + address;
}
