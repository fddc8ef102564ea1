/** /proc/net/ip_vs, which every kernel with IPVS has: addresses and ports in hexadecimal (ip_vs_info_seq_show in net/netfilter/ipvs/ip_vs_ctl.c). */
import { formatIpv4 } from '../../src/base/ip.js';
import type { VirtualServerRow } from '../../src/evidence/rows.js';

type RealServer = VirtualServerRow['realServers'][number];

const SERVER = /^(TCP|UDP)\s+([0-9A-F]{8}):([0-9A-F]{4})\s+(\S+)/;
const REAL = /^\s+->\s+([0-9A-F]{8}):([0-9A-F]{4})\s+Masq\s+(\d+)\s+(\d+)\s+(\d+)/;

const hex = (text = '') => Number.parseInt(text, 16);

/** TCP and UDP over IPv4 alone; others are left out, with their real servers. */
export function parseProcIpvs(text: string): readonly VirtualServerRow[] {
  const servers: VirtualServerRow[] = [];
  let realServers: RealServer[] = [];
  for (const line of text.split('\n')) {
    const server = SERVER.exec(line);
    const real = REAL.exec(line);
    if (!line.startsWith(' ')) realServers = [];
    if (server) {
      const [, protocol = '', ip, port, scheduler = ''] = server;
      const name = { protocol: protocol as 'TCP' | 'UDP', address: formatIpv4(hex(ip)), port: hex(port) };
      servers.push({ ...name, scheduler, realServers });
    } else if (real) {
      const [, ip, port, weight, active, inactive] = real;
      const counts = { activeConnections: Number(active), inactiveConnections: Number(inactive) };
      const name = { address: formatIpv4(hex(ip)), port: hex(port) };
      realServers.push({ ...name, forward: 'Masq', weight: Number(weight), ...counts });
    }
  }
  return servers;
}
