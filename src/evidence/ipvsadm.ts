/** `ipvsadm -ln` as ipvsadm 1.31 prints it. The table size is the kernel's default, 4096. */
import type { VirtualServerRow } from './rows.js';

const TITLE = [
  'IP Virtual Server version 1.2.1 (size=4096)',
  'Prot LocalAddress:Port Scheduler Flags',
  '  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn',
];

/** printf("  -> %-28s %-7s %-6d %-10u %-10u\n"). */
function formatRealServer(server: VirtualServerRow['realServers'][number]): string {
  const { address, port, forward, weight, activeConnections, inactiveConnections } = server;
  const cells = [
    `${address}:${port}`.padEnd(28),
    forward.padEnd(7),
    String(weight).padEnd(6),
    String(activeConnections).padEnd(10),
    String(inactiveConnections).padEnd(10),
  ];
  return `  -> ${cells.join(' ')}`;
}

export function formatVirtualServers(rows: readonly VirtualServerRow[]): string {
  const lines = rows.flatMap(({ protocol, address, port, scheduler, realServers }) => [
    `${protocol}  ${address}:${port} ${scheduler}`,
    ...realServers.map(formatRealServer),
  ]);
  return [...TITLE, ...lines].join('\n');
}
