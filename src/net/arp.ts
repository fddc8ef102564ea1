/**
 * ARP on one host: who is answered, and with which source a question is asked. Source: net/ipv4/arp.c (arp_process, arp_ignore,
 * arp_solicit). Left out: proxy ARP, arp_filter, arp_accept, modes 3 to 8 of arp_ignore.
 */

import type { Micros } from '../base/instant.js';
import type { Ipv4 } from '../base/ip.js';
import { contains } from '../base/ip.js';
import type { Device } from './device.js';
import type { Interfaces } from './interfaces.js';
import type { Neighbour, NeighbourTable } from './neighbour.js';
import { LOCKTIME } from './neighbour.js';
import type { ArpPacket, Mac } from './packet.js';
import { BROADCAST_MAC } from './packet.js';
import type { Routing } from './routing.js';
import type { Skb } from './skb.js';

export interface ArpActions {
  now(): Micros;
  send(device: Device, destination: Mac, packet: ArpPacket): void;
}

export class Arp {
  constructor(
    readonly interfaces: Interfaces,
    readonly routing: Routing,
    readonly neighbours: NeighbourTable,
    readonly actions: ArpActions,
  ) {}

  /**
   * arp_process. The request passes input routing first, source validation included: where the asker's address is one of this
   * host's own, nothing is answered, whatever arp_ignore says.
   */
  receive(packet: ArpPacket, device: Device): void {
    if (packet.operation === 'request' && packet.senderIp === 0) return this.#answerDetection(packet, device);
    if (packet.operation === 'request') {
      const verdict = this.routing.input(packet.targetIp, packet.senderIp, device);
      if (verdict.kind === 'local') {
        if (this.#ignores(packet.targetIp, packet.senderIp, device)) return;
        this.neighbours.learnFromRequest(device, packet.senderIp, packet.senderMac);
        return this.#reply(packet, device);
      }
    }
    const known = this.neighbours.find(device, packet.senderIp);
    if (!known) return;
    const answer = packet.operation === 'reply' && packet.targetMac === device.mac;
    const override = this.actions.now() > known.updated + LOCKTIME;
    this.neighbours.update(known, packet.senderMac, answer ? 'REACHABLE' : 'STALE', override);
  }

  /** arp_solicit: asks for a neighbour, from the address that arp_announce allows. */
  solicit(neighbour: Neighbour, mac: Mac | undefined, skb: Skb | undefined): void {
    const { device, ip } = neighbour;
    const senderIp = this.#announced(device, ip, skb?.packet.source);
    if (senderIp === undefined) return;
    this.request(device, senderIp, ip, mac);
  }

  request(device: Device, senderIp: Ipv4, targetIp: Ipv4, mac?: Mac): void {
    const packet: ArpPacket = {
      kind: 'arp',
      operation: 'request',
      senderMac: device.mac,
      senderIp,
      targetMac: 0,
      targetIp,
    };
    this.actions.send(device, mac ?? BROADCAST_MAC, packet);
  }

  #announced(device: Device, target: Ipv4, source: Ipv4 | undefined): Ipv4 | undefined {
    const mode = this.interfaces.sysctl.effective('arp_announce', device.name);
    if (source !== undefined && mode < 2 && this.interfaces.isLocal(source)) {
      if (mode === 0) return source;
      if (device.addresses.some((a) => contains(a, source) && contains(a, target))) return source;
    }
    return this.interfaces.select(device, target);
  }

  #ignores(target: Ipv4, sender: Ipv4, device: Device): boolean {
    const mode = this.interfaces.sysctl.effective('arp_ignore', device.name);
    if (mode === 0) return false;
    if (mode === 1) return !device.holds(target);
    // inet_confirm_addr: held here, and some network of this device has both; not that of the address itself, which may be a /32.
    const shared = device.addresses.some((a) => contains(a, target) && contains(a, sender));
    return !(shared && device.holds(target));
  }

  /** A question from 0.0.0.0 (RFC 5227) is answered without a look at its source. */
  #answerDetection(packet: ArpPacket, device: Device): void {
    if (this.interfaces.isLocal(packet.targetIp) && !this.#ignores(packet.targetIp, packet.senderIp, device))
      this.#reply(packet, device);
  }

  #reply(request: ArpPacket, device: Device): void {
    const packet: ArpPacket = {
      kind: 'arp',
      operation: 'reply',
      senderMac: device.mac,
      senderIp: request.targetIp,
      targetMac: request.senderMac,
      targetIp: request.senderIp,
    };
    this.actions.send(device, request.senderMac, packet);
  }
}
