/** Lines that tcpdump 4.99 printed for such packets. */
import t from 'tap';
import { ipv4 } from '../base/ip.js';
import type { Ipv4Packet, TcpSegment } from './packet.js';
import { packetText } from './packet-text.js';

const A = ipv4('192.168.0.10');
const B = ipv4('192.168.0.11');
const ping: Ipv4Packet = {
  kind: 'ipv4',
  source: B,
  destination: B,
  ttl: 64,
  payload: { kind: 'icmp', type: 'echo-request', id: 1, sequence: 1 },
};
const syn: Ipv4Packet = {
  kind: 'ipv4',
  source: A,
  destination: B,
  ttl: 64,
  payload: { kind: 'tcp', sourcePort: 40000, destinationPort: 6443, flags: 'S', seq: 0, ack: 0, bytes: 0 },
};

t.test('ARP', async (t) => {
  const request = {
    kind: 'arp',
    operation: 'request',
    senderMac: 0x0242c0a8000a,
    senderIp: A,
    targetMac: 0,
    targetIp: B,
  } as const;
  t.equal(packetText(request), 'ARP, Request who-has 192.168.0.11 tell 192.168.0.10, length 28');
  t.equal(packetText({ ...request, operation: 'reply' }), 'ARP, Reply 192.168.0.10 is-at 02:42:c0:a8:00:0a, length 28');
});

t.test('echo, and errors about packets', async (t) => {
  t.equal(packetText(ping), 'IP 192.168.0.11 > 192.168.0.11: ICMP echo request, id 1, seq 1, length 64');
  const about = (type: 'host-unreachable' | 'port-unreachable', original: Ipv4Packet): Ipv4Packet => ({
    ...ping,
    payload: { kind: 'icmp', type, original },
  });
  t.equal(
    packetText(about('host-unreachable', syn)),
    'IP 192.168.0.11 > 192.168.0.11: ICMP host 192.168.0.11 unreachable, length 68',
  );
  t.equal(
    packetText(about('port-unreachable', syn)),
    'IP 192.168.0.11 > 192.168.0.11: ICMP 192.168.0.11 tcp port 6443 unreachable, length 68',
  );
});

t.test('an error is as long as what it quotes, up to 576 bytes of packet', async (t) => {
  const lengthOf = (original: Ipv4Packet) =>
    packetText({ ...ping, payload: { kind: 'icmp', type: 'host-unreachable', original } }).replace(/.* /, '');
  t.equal(lengthOf(ping), '92');
  t.equal(lengthOf(syn), '68');
  const data = (bytes: number): Ipv4Packet => ({
    ...syn,
    payload: { ...syn.payload, flags: 'P.', bytes } as TcpSegment,
  });
  t.equal(lengthOf(data(100)), '160');
  t.equal(lengthOf(data(1400)), '556');
});

t.test('TCP, and IP in IP', async (t) => {
  t.equal(packetText(syn), 'IP 192.168.0.10.40000 > 192.168.0.11.6443: Flags [S], seq 0, win 64240, length 0');
  const data: Ipv4Packet = {
    ...syn,
    payload: { kind: 'tcp', sourcePort: 40000, destinationPort: 6443, flags: 'P.', seq: 1, ack: 1, bytes: 100 },
  };
  t.equal(
    packetText(data),
    'IP 192.168.0.10.40000 > 192.168.0.11.6443: Flags [P.], seq 1:101, ack 1, win 502, length 100',
  );
  t.equal(
    packetText({ ...syn, payload: { kind: 'ipip', inner: ping } }),
    'IP 192.168.0.10 > 192.168.0.11: IP 192.168.0.11 > 192.168.0.11: ICMP echo request, id 1, seq 1, length 64',
  );
});
