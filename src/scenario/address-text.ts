/** Whether a text is an IP address or subnet, and of which family. IPv6 is known by its form only: nothing computes with it. */
import { parseIpv4, parsePrefix } from '../base/ip.js';

/** An IPv4 or IPv6 address. */
export function isAddressText(text: string): boolean {
  return parseIpv4(text) !== undefined || isIpv6(text);
}

/** An IPv4 or IPv6 address with a prefix length; several, parted by commas, are a dual-stack network. */
export function isSubnetText(text: string): boolean {
  return text.split(',').every((part) => parsePrefix(part) !== undefined || isIpv6Prefix(part));
}

/** RFC 4291 §2.2, with an embedded IPv4 address too; a zone is taken. */
export function isIpv6(text: string): boolean {
  const [address = '', zone] = text.split('%');
  if (zone === '' || !/^[0-9A-Fa-f:.]+$/.test(address) || !address.includes(':')) return false;
  const halves = address.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1);
  const embedded = last?.includes('.');
  if (last !== undefined && embedded && parseIpv4(last) === undefined) return false;
  const words = embedded ? groups.slice(0, -1) : groups;
  const count = words.length + (embedded ? 2 : 0);
  return words.every((word) => /^[0-9A-Fa-f]{1,4}$/.test(word)) && (halves.length === 2 ? count < 8 : count === 8);
}

export function isIpv6Prefix(text: string): boolean {
  const slash = text.indexOf('/');
  return slash > 0 && isIpv6(text.slice(0, slash)) && /^(?:\d|[1-9]\d|1[01]\d|12[0-8])$/.test(text.slice(slash + 1));
}

/** The first IPv6 address in a text that is an address, a subnet, a list of subnets, `[address]:port` or a URL; undefined if none. */
export function ipv6In(text: string): string | undefined {
  if (!text.includes(':')) return undefined;
  const bracketed = /\[([0-9A-Fa-f:.%]+)\]/.exec(text)?.[1];
  if (bracketed !== undefined && isIpv6(bracketed)) return bracketed;
  return text.split(',').find((part) => isIpv6(part) || isIpv6Prefix(part));
}
