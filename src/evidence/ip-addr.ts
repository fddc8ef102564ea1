/**
 * `ip addr`, `ip -br addr` and `ip link` as iproute2 6.1 prints them, trailing blanks included, IPv4 only. Rows do not carry the queue length:
 * it is told as Linux has it by default, 1000 but for devices without a queue.
 */
import type { AddressRow } from './rows.js';

const BROADCAST_ADDRESS: Readonly<Record<string, string>> = {
  loopback: '00:00:00:00:00:00',
  ether: 'ff:ff:ff:ff:ff:ff',
  ipip: '0.0.0.0',
};

function queueLength({ link, qdisc }: AddressRow): string {
  const queueless = link === 'ether' && (qdisc === 'noop' || qdisc === 'noqueue');
  return queueless ? '' : 'qlen 1000';
}

/** `ip link` ends its first line otherwise than `ip addr`: with the mode of the link. */
function linkLines(row: AddressRow, mode = ''): [string, string] {
  const { index, device, flags, mtu, qdisc, state, link, mac } = row;
  return [
    `${index}: ${device}: <${flags.join(',')}> mtu ${mtu} qdisc ${qdisc} state ${state} ${mode}group default ${queueLength(row)}`,
    `    link/${link} ${mac} brd ${BROADCAST_ADDRESS[link] ?? BROADCAST_ADDRESS.ether}`,
  ];
}

function formatDevice(row: AddressRow): string[] {
  const { device } = row;
  const lines: string[] = linkLines(row);
  for (const { prefix, scope, broadcast } of row.addresses) {
    const brd = broadcast ? ` brd ${broadcast}` : '';
    lines.push(`    inet ${prefix}${brd} scope ${scope} ${device}`, '       valid_lft forever preferred_lft forever');
  }
  return lines;
}

export function formatAddresses(rows: readonly AddressRow[]): string {
  return rows.flatMap(formatDevice).join('\n');
}

export function formatLinks(rows: readonly AddressRow[]): string {
  return rows.flatMap((row) => linkLines(row, 'mode DEFAULT ')).join('\n');
}

export function formatAddressesBrief(rows: readonly AddressRow[]): string {
  return rows
    .map(({ device, state, addresses }) => {
      const list = addresses.map(({ prefix }) => `${prefix} `).join('');
      return `${device.padEnd(16)} ${state.padEnd(14)} ${list}`;
    })
    .join('\n');
}
