/** Which address each node has: the given one, or the first free one of the subnet from .2 on, in the order of the nodes. */
import {
  broadcastOf,
  contains,
  formatIpv4,
  formatPrefix,
  type Ipv4,
  networkOf,
  type Prefix,
  parseIpv4,
} from '../base/ip.js';
import type { Code } from '../scenario/codes.js';

export interface AddressProblem {
  /** Position of the node in the list. */
  readonly node: number;
  readonly code: Code;
  readonly message: string;
  readonly hint?: string;
}

/** `given` holds each node's address, or undefined where it has none of its own. */
export function assignAddresses(
  subnet: Prefix,
  given: readonly (string | undefined)[],
): { readonly addresses: readonly string[]; readonly problems: readonly AddressProblem[] } {
  const network = networkOf(subnet);
  const last = broadcastOf(subnet);
  const problems: AddressProblem[] = [];
  const taken = new Set<Ipv4>([network, network + 1, last]);
  const fixed = given.map((text, node) => takeGiven(text, node, subnet, taken, problems));
  let next = network + 2;
  const addresses = fixed.map((address, node) => {
    if (address !== undefined) return formatIpv4(address);
    while (taken.has(next)) next += 1;
    if (next >= last) {
      if (problems.every((problem) => problem.code !== 'WT0504')) problems.push(tooSmall(subnet, node, given.length));
      return formatIpv4(network);
    }
    taken.add(next);
    return formatIpv4(next);
  });
  return { addresses, problems };
}

function takeGiven(
  text: string | undefined,
  node: number,
  subnet: Prefix,
  taken: Set<Ipv4>,
  problems: AddressProblem[],
): Ipv4 | undefined {
  const address = text === undefined ? undefined : parseIpv4(text);
  if (text === undefined) return undefined;
  if (address === undefined) {
    problems.push({ node, code: 'WT0113', message: `${text} is no address` });
    return undefined;
  }
  const network = networkOf(subnet);
  if (!contains(subnet, address) || address === network || address === broadcastOf(subnet)) {
    problems.push({ node, code: 'WT0502', message: `${text} is no host's address in ${formatPrefix(subnet)}` });
  } else if (address === network + 1) {
    problems.push({ node, code: 'WT0503', message: `${text} is the gateway's address` });
  } else if (taken.has(address)) problems.push({ node, code: 'WT0503', message: `${text} is another node's address` });
  taken.add(address);
  return address;
}

function tooSmall(subnet: Prefix, node: number, nodes: number): AddressProblem {
  const room = Math.max(0, broadcastOf(subnet) - networkOf(subnet) - 2);
  const message = `${nodes} nodes do not fit into ${formatPrefix(subnet)}, which has room for ${room}`;
  return { node, code: 'WT0504', message, hint: 'give network.subnet a shorter prefix: 172.16.0.0/16' };
}
