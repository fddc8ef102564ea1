/** The tables that kube-proxy keeps, out of a Network port's rows. */
import type { AddressRow, FilterRow, VirtualServerRow } from '../../../src/evidence/rows.js';
import type { NodeTables } from './side.js';

const DUMMY = 'kube-ipvs0';
const FILTER = 'KUBE-IPVS-FILTER';

/** What a network says of one host. */
export interface Told {
  readonly addresses: readonly AddressRow[];
  readonly servers: readonly VirtualServerRow[];
  readonly rules: readonly FilterRow[];
}

function serverLine({ protocol, address, port, scheduler, realServers }: VirtualServerRow): string {
  const real = realServers.map((r) => `-> ${r.address}:${r.port} weight ${r.weight}`).sort();
  return [`${protocol} ${address}:${port} ${scheduler}`, ...real].join(' ');
}

/** Chains in which Services stand, and the way into the filter. */
const isCompared = ({ chain, text }: FilterRow) =>
  chain === 'KUBE-SERVICES' || chain === FILTER || (chain === 'INPUT' && text.endsWith(`-j ${FILTER}`));

export function tablesOf({ addresses, servers, rules }: Told): NodeTables {
  const bound = addresses.filter(({ device }) => device === DUMMY).flatMap((row) => row.addresses);
  return {
    bound: bound.map(({ prefix }) => prefix.split('/')[0] ?? '').sort(),
    servers: servers.map(serverLine).sort(),
    rules: rules.filter(isCompared).map(({ text }) => text),
  };
}
