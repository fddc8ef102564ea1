/**
 * IPv4 addresses and prefixes as unsigned 32-bit integers, and their text.
 * IPv6 is left out of the model for now; callers report it as a skip, not as an error of the address.
 */

/** An IPv4 address as an unsigned 32-bit integer: 0 is 0.0.0.0. */
export type Ipv4 = number;

/** `address/length`; `address` may have host bits. */
export interface Prefix {
  readonly address: Ipv4;
  readonly length: number;
}

/** Strict dotted decimal as Go's netip reads it: four parts, no leading zeros. */
export function parseIpv4(text: string): Ipv4 | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part)) return undefined;
    const octet = Number(part);
    if (octet > 255) return undefined;
    value = value * 256 + octet;
  }
  return value;
}

/** Like {@link parseIpv4} for text that was validated before; anything else is a broken invariant. */
export function ipv4(text: string): Ipv4 {
  const value = parseIpv4(text);
  if (value === undefined) throw new Error(`not an IPv4 address: ${text}`);
  return value;
}

export function formatIpv4(address: Ipv4): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const address = parseIpv4(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (address === undefined || !/^\d{1,2}$/.test(digits) || Number(digits) > 32) return undefined;
  return { address, length: Number(digits) };
}

export function prefix(text: string): Prefix {
  const value = parsePrefix(text);
  if (value === undefined) throw new Error(`not an IPv4 prefix: ${text}`);
  return value;
}

/** The network mask of a prefix length as an unsigned 32-bit integer. */
export function maskOf(length: number): number {
  return length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
}

export function networkOf(p: Prefix): Ipv4 {
  return (p.address & maskOf(p.length)) >>> 0;
}

export function broadcastOf(p: Prefix): Ipv4 {
  return (networkOf(p) | ~maskOf(p.length)) >>> 0;
}

export function contains(p: Prefix, address: Ipv4): boolean {
  return (address & maskOf(p.length)) >>> 0 === networkOf(p);
}

/** The address with its length, host bits and all: `172.30.0.77/24`. */
export function formatPrefix(p: Prefix): string {
  return `${formatIpv4(p.address)}/${p.length}`;
}
