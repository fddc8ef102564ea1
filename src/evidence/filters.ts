/** Service rules of netfilter, chain by chain in `iptables -S` order; the rows carry each rule as its tool prints it. */
import type { FilterRow } from './rows.js';

export function formatFilters(rows: readonly FilterRow[]): string {
  return rows.map(({ text }) => text).join('\n');
}
