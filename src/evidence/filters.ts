/**
 * kube-proxy's rules on a host: in `iptables -S` order, or as `nft list table ip kube-proxy` has them. Rows carry each rule as its tool
 * prints it; nft's table is put around them with its chains and maps only, without the definitions of types and flags.
 */
import type { FilterRow } from './rows.js';

export type FilterTool = 'iptables' | 'nft';

/** `172.30.0.2 . tcp . 6443 comment "default/web" : goto external-…`. */
const ELEMENT = /^[\d.]+ \. \w+ \. \d+ .*: goto /;

/** What one tool sees: each prints the rules of its own framework alone. */
export function pickFilters(rows: readonly FilterRow[], tool: FilterTool): readonly FilterRow[] {
  return isNft(rows) === (tool === 'nft') ? rows : [];
}

function isNft(rows: readonly FilterRow[]): boolean {
  return rows.some(({ text }) => !text.startsWith('-'));
}

/** The command that prints these rows. */
export function filtersCommand(rows: readonly FilterRow[]): string {
  return isNft(rows) ? 'nft list table ip kube-proxy' : 'iptables -S';
}

function formatNft(rows: readonly FilterRow[]): string {
  const chains = new Map<string, string[]>();
  for (const { chain, text } of rows) chains.set(chain, [...(chains.get(chain) ?? []), text]);
  const blocks = [...chains].map(([chain, texts]) => {
    const isMap = texts.every((text) => ELEMENT.test(text));
    const body = isMap ? [`\t\telements = { ${texts.join(',\n\t\t\t     ')} }`] : texts.map((text) => `\t\t${text}`);
    return [`\t${isMap ? 'map' : 'chain'} ${chain} {`, ...body, '\t}'].join('\n');
  });
  return ['table ip kube-proxy {', blocks.join('\n\n'), '}'].join('\n');
}

export function formatFilters(rows: readonly FilterRow[]): string {
  return isNft(rows) ? formatNft(rows) : rows.map(({ text }) => text).join('\n');
}
