/**
 * Network interfaces of one host, and the wires between hosts. A wire carries frames by MAC address and knows no IP address:
 * who answers for an address is settled by ARP alone. Departs from Linux: wires have a latency and no rate; a dummy has no statistics.
 */
import type { Micros } from '../base/instant.js';
import type { Ipv4, Prefix } from '../base/ip.js';
import type { ArpPacket, Frame, Ipv4Packet, Mac } from './packet.js';
import { BROADCAST_MAC } from './packet.js';

export type DeviceKind = 'loopback' | 'ethernet' | 'dummy' | 'ipip';

/** What a tap sees: `in` on arrival, `out` on transmission. */
export type Tap = (packet: ArpPacket | Ipv4Packet, device: Device, direction: 'in' | 'out') => void;

export class Device {
  up = false;
  /** In order of addition, as the kernel keeps primary addresses. */
  readonly addresses: Prefix[] = [];
  /** The wire it is plugged into; ethernet only. */
  wire: Wire | undefined;
  constructor(
    readonly index: number,
    readonly name: string,
    readonly kind: DeviceKind,
    readonly mac: Mac,
    /** IFF_NOARP: frames need no neighbour (dummy, tunnels, loopback, and veth pairs of pods, see cni). */
    readonly noArp: boolean,
    readonly receive: (frame: Frame, device: Device) => void,
  ) {}

  holds(address: Ipv4): boolean {
    return this.addresses.some((a) => a.address === address);
  }
}

/** Runs `arrive` after the wire's latency, as an event of the receiving host. */
export type Carrier = (latency: Micros, receiver: Device, arrive: () => void) => void;

/** What a switch takes for each further copy of a frame. */
const COPY: Micros = 1;

/** One broadcast domain: a switch, a Docker network, or the two ends of a veth pair. */
export class Wire {
  readonly #ports = new Map<Mac, Device>();
  constructor(
    readonly latency: Micros,
    readonly carry: Carrier,
  ) {}

  plug(device: Device): void {
    this.#ports.set(device.mac, device);
    device.wire = this;
  }

  unplug(device: Device): void {
    this.#ports.delete(device.mac);
    device.wire = undefined;
  }

  transmit(frame: Frame, from: Device): void {
    if (frame.destination !== BROADCAST_MAC) {
      const port = this.#ports.get(frame.destination);
      if (port !== undefined && port !== from) this.#deliver(frame, port);
      return;
    }
    // br_flood: a copy after the other, the port that was plugged in last comes first. Of two answers to a request the first one counts.
    const others = [...this.#ports.values()].filter((port) => port !== from).reverse();
    others.forEach((port, index) => {
      this.#deliver(frame, port, index * COPY);
    });
  }

  /** The other end of a pair; what a NOARP device sends needs no address resolution. */
  peerOf(device: Device): Device | undefined {
    for (const port of this.#ports.values()) if (port !== device) return port;
    return undefined;
  }

  #deliver(frame: Frame, port: Device, later: Micros = 0): void {
    this.carry(this.latency + later, port, () => {
      if (port.up && port.wire === this) port.receive(frame, port);
    });
  }
}
