import t from 'tap';
import { ipv4 } from '../base/ip.js';
import type { ArpPacket, Ipv4Packet } from './packet.js';
import { parsePcapFilter } from './pcap-filter.js';

const A = ipv4('10.0.0.1');
const B = ipv4('10.0.0.2');
const arp: ArpPacket = { kind: 'arp', operation: 'request', senderMac: 1, senderIp: A, targetMac: 0, targetIp: B };
const tcp: Ipv4Packet = {
  kind: 'ipv4',
  source: A,
  destination: B,
  ttl: 64,
  payload: { kind: 'tcp', sourcePort: 40000, destinationPort: 6443, flags: 'S', seq: 0, ack: 0, bytes: 0 },
};
const icmp: Ipv4Packet = {
  ...tcp,
  source: B,
  destination: A,
  payload: { kind: 'icmp', type: 'echo-reply', id: 1, sequence: 1 },
};

const TAKEN: readonly [string, string][] = [
  ['', 'arp tcp icmp'],
  ['arp', 'arp'],
  ['ip', 'tcp icmp'],
  ['icmp or arp', 'arp icmp'],
  ['tcp port 6443', 'tcp'],
  ['tcp dst port 40000', ''],
  ['arp host 10.0.0.1', 'arp'],
  ['not tcp port 6443', 'arp icmp'],
  ['tcp and port 6443', 'tcp'],
  ['port 40000', 'tcp'],
  ['dst port 40000', ''],
  ['src host 10.0.0.2', 'icmp'],
  ['src 10.0.0.1', 'arp tcp'],
  ['host 10.0.0.1', 'arp tcp icmp'],
  ['host 10.0.0.3', ''],
  ['net 10.0.0.0/30 and not arp', 'tcp icmp'],
  ['not (arp or icmp)', 'tcp'],
  ['! tcp && ! arp', 'icmp'],
  ['arp or tcp and port 6443', 'tcp'],
  ['arp or (icmp and port 1)', 'arp'],
];

t.test('a filter takes what pcap-filter(7) says', async (t) => {
  for (const [text, taken] of TAKEN) {
    const parsed = parsePcapFilter(text);
    if ('error' in parsed) {
      t.equal(taken, '', `${text} is not of the grammar: ${parsed.error}`);
      continue;
    }
    const names = [
      ['arp', arp],
      ['tcp', tcp],
      ['icmp', icmp],
    ] as const;
    t.equal(
      names
        .filter(([, p]) => parsed.filter(p))
        .map(([name]) => name)
        .join(' '),
      taken,
      text,
    );
  }
});

t.test('a text outside the grammar names the word at which reading stopped', async (t) => {
  for (const text of [
    'bogus',
    'host',
    'port x',
    '(arp',
    'arp and',
    'host 300.1.1.1',
    'tcp port',
    'port 99999',
    'port https',
    'constructor',
    'arp constructor arp',
  ])
    t.ok('error' in parsePcapFilter(text), text);
  t.match(parsePcapFilter('arp bogus'), { error: 'bogus' });
  t.match(parsePcapFilter('host worker-1'), { error: 'worker-1' });
  t.match(parsePcapFilter('(arp icmp) or tcp'), { error: 'icmp' });
  t.match(parsePcapFilter('(arp'), { error: 'the end' });
  t.notOk('error' in parsePcapFilter('port 65535'));
});
