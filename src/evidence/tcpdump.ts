/** Lines of `tcpdump -n`: the time since the first step as a time of day, then the packet. */
import { HOUR, MINUTE, type Micros, SECOND } from '../base/instant.js';
import type { PacketRow } from './rows.js';

/** `00:01:42.000123`; before instant zero with a minus sign. */
export function formatTimeOfDay(at: Micros): string {
  const micros = Math.abs(at);
  const pad = (value: number, width = 2) => String(value).padStart(width, '0');
  const hours = pad(Math.floor(micros / HOUR));
  const minutes = pad(Math.floor(micros / MINUTE) % 60);
  const seconds = pad(Math.floor(micros / SECOND) % 60);
  return `${at < 0 ? '-' : ''}${hours}:${minutes}:${seconds}.${pad(micros % SECOND, 6)}`;
}

export function formatPackets(rows: readonly PacketRow[]): string {
  return rows.map(({ at, text }) => `${formatTimeOfDay(at)} ${text}`).join('\n');
}

/** With the device and the direction, as `tcpdump -i any` has them since libpcap's cooked capture v2. */
export function formatPacketsOfAnyDevice(rows: readonly PacketRow[]): string {
  return rows
    .map(({ at, device, direction, text }) => {
      return `${formatTimeOfDay(at)} ${device.padEnd(5)} ${direction === 'in' ? 'In ' : 'Out'} ${text}`;
    })
    .join('\n');
}
