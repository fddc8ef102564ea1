/**
 * Packets as `tcpdump -n` prints them, without the time stamp. Left out, as the model has neither: TCP windows and options. Sequence
 * numbers count from 0 with the SYN as one, where tcpdump shows the first one as it is. Source: tcpdump's print-arp.c, print-icmp.c,
 * print-tcp.c, print-ip-demux.c.
 */
import { unreachable } from '../base/assert.js';
import { formatIpv4, type Ipv4 } from '../base/ip.js';
import type { ArpPacket, IcmpEcho, IcmpError, Ipv4Packet, Mac, TcpSegment } from '../net/packet.js';

const ARP_LENGTH = 28;
const IP_HEADER = 20;
/** ping(8): 56 bytes of data after the header. */
const ECHO_LENGTH = 64;
const TCP_HEADER = 20;
/** A SYN of Linux carries MSS, SACK, time stamps and window scale. */
const SYN_OPTIONS = 20;

function formatMac(mac: Mac): string {
  return mac
    .toString(16)
    .padStart(12, '0')
    .replace(/..(?=.)/g, '$&:');
}

function arpText({ operation, senderMac, senderIp, targetMac, targetIp }: ArpPacket): string {
  if (operation === 'reply') {
    return `ARP, Reply ${formatIpv4(senderIp)} is-at ${formatMac(senderMac)}, length ${ARP_LENGTH}`;
  }
  const known = targetMac === 0 || targetMac === 0xffffffffffff ? '' : ` (${formatMac(targetMac)})`;
  return `ARP, Request who-has ${formatIpv4(targetIp)}${known} tell ${formatIpv4(senderIp)}, length ${ARP_LENGTH}`;
}

function tcpText(source: Ipv4, destination: Ipv4, segment: TcpSegment): string {
  const { sourcePort, destinationPort, flags, seq, ack, bytes } = segment;
  const bare = flags === '.' && bytes === 0;
  const range = bytes > 0 ? `${seq}:${seq + bytes}` : `${seq}`;
  const words = [`Flags [${flags}]`];
  if (!bare) words.push(`seq ${range}`);
  if (flags.includes('.')) words.push(`ack ${ack}`);
  words.push(`length ${bytes}`);
  const ends = `${formatIpv4(source)}.${sourcePort} > ${formatIpv4(destination)}.${destinationPort}`;
  return `IP ${ends}: ${words.join(', ')}`;
}

/** Of an IPv4 packet with its header, as the complaint about it quotes it. */
function lengthOf({ payload }: Ipv4Packet): number {
  switch (payload.kind) {
    case 'tcp':
      return IP_HEADER + TCP_HEADER + (payload.flags.startsWith('S') ? SYN_OPTIONS : 0) + payload.bytes;
    case 'icmp':
      return IP_HEADER + ('original' in payload ? 8 + lengthOf(payload.original) : ECHO_LENGTH);
    case 'ipip':
      return IP_HEADER + lengthOf(payload.inner);
    default:
      return unreachable(payload);
  }
}

function icmpErrorText({ type, original }: IcmpError): string {
  const length = `length ${8 + lengthOf(original)}`;
  const target = formatIpv4(original.destination);
  if (type === 'time-exceeded') return `ICMP time exceeded in-transit, ${length}`;
  if (type !== 'port-unreachable')
    return `ICMP ${type === 'net-unreachable' ? 'net' : 'host'} ${target} unreachable, ${length}`;
  const { payload } = original;
  if (payload.kind === 'tcp') return `ICMP ${target} tcp port ${payload.destinationPort} unreachable, ${length}`;
  return `ICMP ${target} port unreachable, ${length}`;
}

function icmpText(message: IcmpEcho | IcmpError): string {
  if ('original' in message) return icmpErrorText(message);
  const kind = message.type === 'echo-request' ? 'request' : 'reply';
  return `ICMP echo ${kind}, id ${message.id}, seq ${message.sequence}, length ${ECHO_LENGTH}`;
}

/** `ARP, Request who-has 192.168.0.11 tell 192.168.0.10, length 28`, `IP 192.168.0.11 > 192.168.0.11: ICMP echo request, ...`. */
export function packetText(packet: ArpPacket | Ipv4Packet): string {
  if (packet.kind === 'arp') return arpText(packet);
  const { source, destination, payload } = packet;
  if (payload.kind === 'tcp') return tcpText(source, destination, payload);
  const ends = `IP ${formatIpv4(source)} > ${formatIpv4(destination)}: `;
  return payload.kind === 'icmp' ? ends + icmpText(payload) : `${ends}${packetText(payload.inner)} (ipip-proto-4)`;
}
