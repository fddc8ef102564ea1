/**
 * IPv4 on one host: the way of a packet through routing, the hooks, the neighbours and the devices. Every drop has a reason.
 * Source: net/ipv4/ip_input.c, ip_output.c, ip_forward.c, ipip.c. Left out: fragments, multicast, redirects, ICMP rate limits.
 */
import type { Ipv4 } from '../base/ip.js';
import type { Device } from './device.js';
import type { Interfaces } from './interfaces.js';
import type { NeighbourTable } from './neighbour.js';
import type { HookVerdict, Netfilter } from './netfilter.js';
import type { IcmpEcho, IcmpError, Ipv4Packet, TcpSegment } from './packet.js';
import type { OutputRoute, Routing } from './routing.js';
import type { DropObserver, Skb } from './skb.js';

/** A tunnel in a tunnel in a tunnel ends here, as in the kernel's xmit recursion limit. */
const RECURSION_LIMIT = 10;

export interface IpActions {
  /** Puts a frame on the device's wire; `nextHop` has been resolved by the caller's device kind. */
  transmitNoArp(device: Device, packet: Ipv4Packet): void;
  /** Comes back through `receive` after the loopback's latency. */
  loop(device: Device, skb: Skb): void;
  deliverTcp(packet: Ipv4Packet, segment: TcpSegment): void;
  deliverIcmp(packet: Ipv4Packet, message: IcmpEcho | IcmpError): void;
  dropped: DropObserver;
}

export class Ip {
  #depth = 0;
  constructor(
    readonly interfaces: Interfaces,
    readonly routing: Routing,
    readonly netfilter: Netfilter,
    readonly neighbours: NeighbourTable,
    readonly actions: IpActions,
  ) {}

  /** Sends a packet made on this host along a route that was looked up for it. */
  output(packet: Ipv4Packet, route: OutputRoute, confirmsNeighbour: boolean): void {
    const skb: Skb = { packet, masquerade: false, locallyMade: true, looped: false, confirmsNeighbour };
    const verdict = this.netfilter.localOut(skb);
    if (this.#stopped(verdict, skb)) return;
    if (verdict !== 'reroute') return this.#leave(skb, route.device, route.nextHop);
    const again = this.routing.output(skb.packet.destination, skb.packet.source);
    if (again) this.#leave(skb, again.device, again.nextHop);
    else this.#drop('IP_OUTNOROUTES', skb);
  }

  /** A packet that came in by a wire or a tunnel. */
  receive(packet: Ipv4Packet, device: Device): void {
    this.#input(
      { packet, masquerade: false, locallyMade: false, looped: false, confirmsNeighbour: false, inDevice: device },
      device,
    );
  }

  /** A packet that this host sent to itself. */
  receiveLooped(skb: Skb, device: Device): void {
    skb.looped = true;
    this.#input(skb, device);
  }

  /** icmp_send: tells the packet's sender, unless the packet itself is such a message. */
  sendError(type: IcmpError['type'], original: Ipv4Packet): void {
    const { payload } = original;
    if (payload.kind === 'icmp' && payload.type !== 'echo-request' && payload.type !== 'echo-reply') return;
    const from = this.interfaces.isLocal(original.destination) ? original.destination : undefined;
    const route = this.routing.output(original.source, from);
    if (!route) return;
    const error: IcmpError = { kind: 'icmp', type, original };
    this.output(
      { kind: 'ipv4', source: route.source, destination: original.source, ttl: 64, payload: error },
      route,
      false,
    );
  }

  #input(skb: Skb, device: Device): void {
    if (this.#stopped(this.netfilter.prerouting(skb), skb)) return;
    if (skb.looped) return this.#localIn(skb);
    const verdict = this.routing.input(skb.packet.destination, skb.packet.source, device);
    if (verdict.kind === 'drop') return this.#drop(verdict.reason, skb);
    if (verdict.kind === 'local') return this.#localIn(skb);
    this.#forward(skb, verdict.route.device, verdict.nextHop);
  }

  #localIn(skb: Skb): void {
    const verdict = this.netfilter.localIn(skb);
    if (this.#stopped(verdict, skb)) return;
    if (verdict === 'reroute') {
      const route = this.routing.output(skb.packet.destination);
      if (route) this.#leave(skb, route.device, route.nextHop);
      else this.#drop('IP_OUTNOROUTES', skb);
      return;
    }
    const { packet } = skb;
    if (packet.payload.kind === 'tcp') this.actions.deliverTcp(packet, packet.payload);
    else if (packet.payload.kind === 'icmp') this.actions.deliverIcmp(packet, packet.payload);
    else this.#decapsulate(packet, packet.payload.inner);
  }

  #forward(skb: Skb, device: Device, nextHop: Ipv4): void {
    if (skb.packet.ttl <= 1) {
      this.actions.dropped('IP_INHDR_TTL', skb.packet);
      return this.sendError('time-exceeded', skb.packet);
    }
    skb.packet = { ...skb.packet, ttl: skb.packet.ttl - 1 };
    if (this.#stopped(this.netfilter.forward(skb), skb)) return;
    this.#leave(skb, device, nextHop);
  }

  #leave(skb: Skb, device: Device, nextHop: Ipv4): void {
    this.netfilter.postrouting(skb, device, nextHop);
    if (device.kind === 'loopback') return this.actions.loop(device, skb);
    if (!device.up) return this.#drop('DEV_READY', skb);
    if (device.kind === 'ipip') return this.#encapsulate(skb, device, nextHop);
    if (device.kind === 'dummy') return this.#drop('DUMMY', skb);
    if (device.noArp) return this.actions.transmitNoArp(device, skb.packet);
    this.neighbours.output(device, nextHop, skb);
  }

  /** ipip_tunnel_xmit with remote any: the next hop is the other end of the tunnel. */
  #encapsulate(skb: Skb, device: Device, nextHop: Ipv4): void {
    const route = this.routing.output(nextHop);
    if (!route || route.device === device || this.#depth >= RECURSION_LIMIT) return this.#drop('TUNNEL_TXINFO', skb);
    const packet: Ipv4Packet = {
      kind: 'ipv4',
      source: route.source,
      destination: nextHop,
      ttl: skb.packet.ttl,
      payload: { kind: 'ipip', inner: skb.packet },
    };
    this.#depth++;
    this.output(packet, route, false);
    this.#depth--;
  }

  #decapsulate(outer: Ipv4Packet, inner: Ipv4Packet): void {
    const tunnel = this.interfaces.all().find((d) => d.kind === 'ipip' && d.up);
    if (!tunnel) return this.sendError('port-unreachable', outer);
    this.receive(inner, tunnel);
  }

  #stopped(verdict: HookVerdict, skb: Skb): boolean {
    if (verdict === 'accept' || verdict === 'reroute') return false;
    this.#drop(verdict === 'reject' ? 'NETFILTER_REJECT' : 'NETFILTER_DROP', skb);
    if (verdict === 'reject') this.sendError('port-unreachable', skb.packet);
    return true;
  }

  #drop(reason: string, skb: Skb): void {
    this.actions.dropped(reason, skb.packet);
  }
}
