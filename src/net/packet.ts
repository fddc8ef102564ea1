/**
 * What travels: Ethernet frames with ARP or IPv4, and in IPv4 TCP, ICMP or another IPv4 packet (IPIP). Values only, never
 * changed after they are made; NAT and forwarding make new ones. Checksums, options and fragments are left out.
 */
import type { Ipv4 } from '../base/ip.js';

/** A 48-bit Ethernet address as an integer. */
export type Mac = number;

export const BROADCAST_MAC: Mac = 0xffffffffffff;

export interface ArpPacket {
  readonly kind: 'arp';
  readonly operation: 'request' | 'reply';
  readonly senderMac: Mac;
  readonly senderIp: Ipv4;
  readonly targetMac: Mac;
  readonly targetIp: Ipv4;
}

/** Flags as tcpdump prints them, `.` for ACK. */
export type TcpFlags = 'S' | 'S.' | '.' | 'P.' | 'F.' | 'R' | 'R.';

/** `seq` and `ack` count bytes from 0 with the SYN as one; `message` rides on the segment that carries its bytes. */
export interface TcpSegment {
  readonly kind: 'tcp';
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly flags: TcpFlags;
  readonly seq: number;
  readonly ack: number;
  readonly bytes: number;
  readonly message?: unknown;
}

export interface IcmpEcho {
  readonly kind: 'icmp';
  readonly type: 'echo-request' | 'echo-reply';
  readonly id: number;
  readonly sequence: number;
}

/** `original` is the packet that it complains about. */
export interface IcmpError {
  readonly kind: 'icmp';
  readonly type: 'net-unreachable' | 'host-unreachable' | 'port-unreachable' | 'time-exceeded';
  readonly original: Ipv4Packet;
}

export interface Ipip {
  readonly kind: 'ipip';
  readonly inner: Ipv4Packet;
}

export interface Ipv4Packet {
  readonly kind: 'ipv4';
  readonly source: Ipv4;
  readonly destination: Ipv4;
  readonly ttl: number;
  readonly payload: TcpSegment | IcmpEcho | IcmpError | Ipip;
}

export interface Frame {
  readonly source: Mac;
  readonly destination: Mac;
  readonly payload: ArpPacket | Ipv4Packet;
}

/** `02:42:ac:1e:00:02`. */
export function formatMac(mac: Mac): string {
  return mac
    .toString(16)
    .padStart(12, '0')
    .replace(/..(?=.)/g, '$&:');
}
