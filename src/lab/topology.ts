/**
 * Random topologies: hosts on one wire whose addresses, kernel settings, neighbours, virtual servers and listeners are drawn from a
 * seed, and the connections that are tried between them. Plain data, so that one can be written down, shrunk and pasted.
 */
import { MILLISECOND } from '../base/instant.js';
import type { Ipv4 } from '../base/ip.js';
import { formatIpv4, ipv4 } from '../base/ip.js';
import { RandomSource, type RandomStream } from '../base/random.js';
import { serviceKey } from '../net/sockets.js';
import { connect, type Lab, type LabHost, type LabMaker, NO_RULES } from './lab.js';

/** Addresses as text: a topology is read by people. */
export interface HostSpec {
  readonly name: string;
  /** On eth0, /24. */
  readonly address: string;
  /** Further addresses, /32: its own, another host's, or nobody's. */
  readonly bound: readonly { readonly address: string; readonly device: 'eth0' | 'dummy0' }[];
  /** Below net.ipv4.conf.all. */
  readonly conf: Readonly<Record<string, string>>;
  readonly neighbours: readonly { readonly address: string; readonly of: string }[];
  /** TCP ports; an address of null is all of them. */
  readonly listeners: readonly { readonly address: string | null; readonly port: number }[];
  readonly servers: readonly VirtualServerSpec[];
  /** KUBE-IPVS-FILTER over these addresses; what its virtual servers take is allowed. */
  readonly filtered: readonly string[];
}

export interface VirtualServerSpec {
  readonly address: string;
  readonly port: number;
  readonly destinations: readonly { readonly address: string; readonly port: number }[];
  readonly masquerade: boolean;
}

export interface TopologySpec {
  readonly seed: string;
  readonly hosts: readonly HostSpec[];
}

/** One connection to try. */
export interface Try {
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

const NET = ipv4('10.9.0.0');
/** Of nobody, unless a host binds them. */
const FREE = [formatIpv4(NET + 100), formatIpv4(NET + 101)];
export const SERVER_PORT = 8080;
export const SERVICE_PORT = 80;

/** Shorter than the first retransmit of a SYN, and than ARP gives up: what has not answered by then waits in vain. */
const TRY_TIMEOUT = 600 * MILLISECOND;

class Drawer {
  constructor(readonly random: RandomStream) {}

  chance(share: number): boolean {
    return this.random.unit() < share;
  }

  one<T>(items: readonly T[]): T {
    const item = items[this.random.integer(0, items.length - 1)];
    if (item === undefined) throw new Error('nothing to draw from');
    return item;
  }

  some<T>(items: readonly T[], share: number): T[] {
    return items.filter(() => this.chance(share));
  }
}

export function drawTopology(seed: string): TopologySpec {
  const draw = new Drawer(new RandomSource(seed).stream('topology'));
  const count = draw.random.integer(2, 6);
  const own = Array.from({ length: count }, (_, i) => ({ name: `h${i + 1}`, address: formatIpv4(NET + 2 + i) }));
  const pool = [...own.map(({ address }) => address), ...FREE];
  return { seed, hosts: own.map(({ name, address }) => drawHost(draw, name, address, own, pool)) };
}

function drawHost(
  draw: Drawer,
  name: string,
  address: string,
  all: readonly { readonly name: string; readonly address: string }[],
  pool: readonly string[],
): HostSpec {
  const foreign = pool.filter((one) => one !== address);
  const bound = draw
    .some(foreign, 0.15)
    .map((one) => ({ address: one, device: draw.one(['eth0', 'dummy0'] as const) }));
  if (draw.chance(0.1)) bound.push({ address, device: 'dummy0' });
  const local = [address, ...bound.map((one) => one.address)];
  const others = all.filter((one) => one.name !== name);
  return {
    name,
    address,
    bound,
    conf: drawConf(draw),
    neighbours: draw
      .some(others, 0.12)
      .map((one) => ({ address: one.address, of: draw.one([one, draw.one(all)]).name })),
    listeners: draw.chance(0.75) ? [{ address: draw.chance(0.8) ? null : draw.one(local), port: SERVER_PORT }] : [],
    servers: draw.some(local, 0.25).map((one) => drawServer(draw, one, pool)),
    filtered: draw.chance(0.2) ? draw.some(local, 0.6) : [],
  };
}

const CONF: readonly (readonly [string, readonly string[], number])[] = [
  ['rp_filter', ['1', '2'], 0.5],
  ['accept_local', ['1'], 0.25],
  ['arp_ignore', ['1', '2'], 0.3],
  ['arp_announce', ['1', '2'], 0.3],
];

function drawConf(draw: Drawer): Record<string, string> {
  const chosen = CONF.flatMap(([key, values, share]) => (draw.chance(share) ? [[key, draw.one(values)] as const] : []));
  return Object.fromEntries(chosen);
}

function drawServer(draw: Drawer, address: string, pool: readonly string[]): VirtualServerSpec {
  const destination = () => ({ address: draw.one(pool), port: SERVER_PORT });
  return {
    address,
    port: SERVICE_PORT,
    destinations: draw.chance(0.7) ? [destination()] : [],
    masquerade: draw.chance(0.7),
  };
}

/** Every host to every address in the topology, on both ports. */
export function triesOf({ hosts }: TopologySpec): readonly Try[] {
  const addresses = new Set(hosts.flatMap(({ address, bound }) => [address, ...bound.map((b) => b.address)]));
  return hosts.flatMap(({ name }) =>
    [...addresses].flatMap((to) => [SERVER_PORT, SERVICE_PORT].map((port) => ({ from: name, to, port }))),
  );
}

async function furnish(lab: Lab, host: LabHost, spec: HostSpec): Promise<void> {
  const { kernel } = host;
  kernel.setSysctl('net.ipv4.ip_forward', '1');
  // What the model leaves out is switched off: limits of ICMP, and IPVS without conntrack.
  kernel.setSysctl('net.ipv4.icmp_ratelimit', '0');
  kernel.setSysctl('net.ipv4.vs.conntrack', '1');
  for (const [key, value] of Object.entries(spec.conf)) kernel.setSysctl(`net.ipv4.conf.all.${key}`, value);
  kernel.addDummy('dummy0');
  for (const { address, device } of spec.bound) kernel.addAddress(device, { address: ipv4(address), length: 32 });
  for (const { address, of } of spec.neighbours) await host.setPermanentNeighbour(ipv4(address), lab.host(of));
  for (const { address, port } of spec.listeners)
    kernel.listen(address === null ? null : ipv4(address), port, 'server', (socket) => socket.send(host.name, 64));
  for (const { address: ip, port, destinations } of spec.servers) {
    const at = ipv4(ip);
    kernel.ipvs.addServer({ protocol: 'TCP', ip: at, port });
    const targets = destinations.map((d) => ({ ip: ipv4(d.address), port: d.port }));
    kernel.ipvs.setDestinations('TCP', at, port, targets);
  }
  kernel.setServiceRules(rulesOf(spec));
}

function rulesOf({ servers, filtered }: HostSpec) {
  const keys = servers.map(({ address, port }) => serviceKey('TCP', ipv4(address), port));
  const masquerade = new Map(servers.flatMap((s, i) => (s.masquerade ? [[keys[i] ?? '', true] as const] : [])));
  const bound = new Set<Ipv4>(filtered.map(ipv4));
  return { ...NO_RULES, masquerade, ...(bound.size > 0 && { ipvsFilter: { allowed: new Set(keys), bound } }) };
}

/** What each of the tries comes to, each from empty neighbour tables: no try depends on those before it. */
export async function playTopology(maker: LabMaker, spec: TopologySpec, tries: readonly Try[]): Promise<string[]> {
  const lab = await maker.make(spec.hosts.map(({ name, address }) => ({ name, address: ipv4(address) })));
  try {
    await Promise.all(spec.hosts.map((host) => furnish(lab, lab.host(host.name), host)));
    await lab.settled();
    const outcomes: string[] = [];
    for (const { from, to, port } of tries) {
      await Promise.all(spec.hosts.map(({ name }) => lab.host(name).flushNeighbours()));
      outcomes.push((await connect(lab, lab.host(from), ipv4(to), port, TRY_TIMEOUT)).outcome);
    }
    return outcomes;
  } finally {
    await lab.close();
  }
}
