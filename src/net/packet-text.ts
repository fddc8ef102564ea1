/**
 * Packets as `tcpdump -n` prints them, without the time stamp. Source: tcpdump 4.99 print-arp.c, print-ip.c, print-tcp.c, print-icmp.c.
 * Departs from it: sequence numbers count from 0 on both sides, windows are constants, TCP options are left out.
 */
import { formatIpv4 } from '../base/ip.js';
import type { ArpPacket, IcmpError, Ipv4Packet, TcpSegment } from './packet.js';
import { formatMac } from './packet.js';

const ARP_BYTES = 28;
const ECHO_BYTES = 64;
const IP_HEADER_BYTES = 20;
const ICMP_HEADER_BYTES = 8;
/** icmp_send: an error with its headers is not larger than this. */
const ERROR_PACKET_BYTES_MAX = 576;

export function packetText(packet: ArpPacket | Ipv4Packet): string {
  return packet.kind === 'arp' ? arpText(packet) : ipText(packet);
}

function arpText(packet: ArpPacket): string {
  if (packet.operation === 'reply')
    return `ARP, Reply ${formatIpv4(packet.senderIp)} is-at ${formatMac(packet.senderMac)}, length ${ARP_BYTES}`;
  return `ARP, Request who-has ${formatIpv4(packet.targetIp)} tell ${formatIpv4(packet.senderIp)}, length ${ARP_BYTES}`;
}

function ipText(packet: Ipv4Packet): string {
  const { payload } = packet;
  const source = formatIpv4(packet.source);
  const destination = formatIpv4(packet.destination);
  if (payload.kind === 'tcp')
    return `IP ${source}.${payload.sourcePort} > ${destination}.${payload.destinationPort}: ${tcpText(payload)}`;
  const head = `IP ${source} > ${destination}:`;
  if (payload.kind === 'ipip') return `${head} ${ipText(payload.inner)}`;
  if ('original' in payload) return `${head} ICMP ${errorText(payload)}, length ${errorBytes(payload)}`;
  const word = payload.type === 'echo-request' ? 'request' : 'reply';
  return `${head} ICMP echo ${word}, id ${payload.id}, seq ${payload.sequence}, length ${ECHO_BYTES}`;
}

function tcpText(segment: TcpSegment): string {
  const parts = [`Flags [${segment.flags}]`];
  if (segment.bytes > 0) parts.push(`seq ${segment.seq}:${segment.seq + segment.bytes}`);
  else if (segment.flags !== '.') parts.push(`seq ${segment.seq}`);
  if (segment.flags !== 'S' && segment.flags !== 'R') parts.push(`ack ${segment.ack}`);
  parts.push(`win ${segment.flags.startsWith('R') ? 0 : segment.flags.startsWith('S') ? 64240 : 502}`);
  return `${parts.join(', ')}, length ${segment.bytes}`;
}

/** TCP headers as Linux sends them, with options: 40 bytes for SYN, none for RST, 32 with the time stamp alone. */
function ipBytes({ payload }: Ipv4Packet): number {
  if (payload.kind === 'ipip') return IP_HEADER_BYTES + ipBytes(payload.inner);
  if (payload.kind === 'tcp') {
    const header = payload.flags.startsWith('S') ? 40 : payload.flags.startsWith('R') ? 20 : 32;
    return IP_HEADER_BYTES + header + payload.bytes;
  }
  return IP_HEADER_BYTES + ('original' in payload ? errorBytes(payload) : ECHO_BYTES);
}

/** The header and as much of the original as goes into it. */
function errorBytes({ original }: IcmpError): number {
  return Math.min(ICMP_HEADER_BYTES + ipBytes(original), ERROR_PACKET_BYTES_MAX - IP_HEADER_BYTES);
}

function errorText({ type, original }: IcmpError): string {
  const target = formatIpv4(original.destination);
  if (type === 'time-exceeded') return 'time exceeded in-transit';
  if (type === 'host-unreachable') return `host ${target} unreachable`;
  if (type === 'net-unreachable') return `net ${target} unreachable`;
  const { payload } = original;
  if (payload.kind === 'tcp') return `${target} tcp port ${payload.destinationPort} unreachable`;
  return `${target} protocol ${payload.kind === 'icmp' ? 1 : 4} port 0 unreachable`;
}
