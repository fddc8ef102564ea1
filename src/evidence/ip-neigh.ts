/** `ip neigh` as iproute2 6.1 prints it, trailing blanks included. */
import type { NeighbourRow } from './rows.js';

export function formatNeighbours(rows: readonly NeighbourRow[]): string {
  return rows
    .map(({ ip, device, mac, state }) => `${ip} dev ${device} ${mac ? `lladdr ${mac} ` : ''}${state} `)
    .join('\n');
}
