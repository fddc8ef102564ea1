/**
 * The Network port over modelled hosts: reads their tables as the tools would, row by row, and changes addresses. Judges nothing.
 */
import { MILLISECOND, SECOND } from '../base/instant.js';
import type { Ipv4 } from '../base/ip.js';
import { formatIpv4, formatPrefix, ipv4, parseIpv4 } from '../base/ip.js';
import type { AddressRow, NeighbourRow, PacketRow, RouteAnswer } from '../evidence/rows.js';
import type { Device, Tap } from '../net/device.js';
import type { Route } from '../net/fib.js';
import type { Host } from '../net/host.js';
import type { Interfaces } from '../net/interfaces.js';
import { formatMac } from '../net/packet.js';
import { packetText } from '../net/packet-text.js';
import { parsePcapFilter } from '../net/pcap-filter.js';
import type { Capture, Clock, IdleConnection, Network } from '../ports/testbed.js';
import type { Vantage } from '../scenario/model.js';

const CONNECT_WAIT = 3 * SECOND;
const ARP_WAIT = SECOND;

/** How the adapter finds a host by its scenario name, and a pod by its vantage. */
export interface HostFinder {
  host(name: string): Host;
  at(vantage: Vantage): Host;
  all(): readonly Host[];
}

export class ModelNetwork implements Network {
  /** Addresses are asked for at every poll and change rarely. */
  readonly #addresses = new WeakMap<Interfaces, { generation: number; rows: readonly AddressRow[] }>();

  constructor(
    readonly find: HostFinder,
    readonly clock: Clock,
  ) {}

  async addresses(host: string): Promise<readonly AddressRow[]> {
    const { interfaces } = this.find.host(host);
    const known = this.#addresses.get(interfaces);
    if (known?.generation === interfaces.generation) return known.rows;
    const rows = interfaces.all().map(addressRow);
    this.#addresses.set(interfaces, { generation: interfaces.generation, rows });
    return rows;
  }

  async routeGet(host: string, to: string): Promise<RouteAnswer> {
    const found = this.find.host(host).routing.output(ipv4(to));
    if (!found) return { type: 'unreachable', to, error: 'Network is unreachable' };
    const answer = { type: found.type, to, device: found.device.name, source: formatIpv4(found.source) };
    if (found.type !== 'unicast') return { ...answer, table: 'local' };
    const via = found.route.via;
    return { ...answer, table: 'main', ...(via !== undefined && { via: formatIpv4(via) }) };
  }

  async localTable(host: string): Promise<readonly RouteAnswer[]> {
    return this.find.host(host).interfaces.local.all().map(routeRow);
  }

  async neighbours(host: string): Promise<readonly NeighbourRow[]> {
    const known = this.find.host(host).neighbours.all();
    return known.map((n) => {
      const row = { ip: formatIpv4(n.ip), device: n.device.name, state: n.state };
      const valid = n.state !== 'INCOMPLETE' && n.state !== 'FAILED';
      return valid && n.mac !== undefined ? { ...row, mac: formatMac(n.mac) } : row;
    });
  }

  async virtualServers(host: string) {
    const { netfilter } = this.find.host(host);
    return netfilter.ipvs.rows((ip, port, to) => netfilter.conntrack.countOf(ip, port, to));
  }

  async filters(host: string) {
    return this.find.host(host).netfilter.rules?.text ?? [];
  }

  async sockets(host: string) {
    return this.find.host(host).tcp.rows();
  }

  async counters(host: string): Promise<Readonly<Record<string, number>>> {
    const { routing, drops } = this.find.host(host);
    const counters: Record<string, number> = { in_martian_src: routing.martianSources };
    for (const { reason } of drops) counters[`drop_${reason}`] = (counters[`drop_${reason}`] ?? 0) + 1;
    return counters;
  }

  async arpOwners(ip: string): Promise<readonly string[]> {
    const outside = this.find.host('outside');
    const device = outside.interfaces.find('eth0');
    const source = device?.addresses[0]?.address;
    if (!device || source === undefined) return [];
    const macs = new Set<number>();
    const tap: Tap = (p) => {
      if (p.kind === 'arp' && p.operation === 'reply' && p.senderIp === parseIpv4(ip)) macs.add(p.senderMac);
    };
    outside.taps.add(tap);
    outside.arp.request(device, source, ipv4(ip));
    await this.clock.sleepUntil(this.clock.now() + ARP_WAIT);
    outside.taps.delete(tap);
    const owner = (mac: number) => this.find.all().find((h) => h.interfaces.all().some((d) => d.mac === mac))?.name;
    return [...macs].map((mac) => owner(mac) ?? formatMac(mac));
  }

  async bind(host: string, address: string, device: string): Promise<boolean> {
    const found = this.find.host(host);
    found.addDummy(device);
    return found.addAddress(device, { address: ipv4(address), length: 32 });
  }

  async unbind(host: string, address: string, device: string): Promise<boolean> {
    return this.find.host(host).deleteAddress(device, ipv4(address));
  }

  async startCapture(at: Vantage, filter: string, device?: string): Promise<Capture> {
    const parsed = parsePcapFilter(filter);
    if ('error' in parsed) throw new Error(`capture filter '${filter}': not understood at '${parsed.error}'`);
    const host = this.find.at(at);
    const packets: PacketRow[] = [];
    const tap: Tap = (packet, on: Device, direction) => {
      if (device !== undefined && device !== 'any' && on.name !== device) return;
      if (parsed.filter(packet)) packets.push({ at: host.now(), device: on.name, direction, text: packetText(packet) });
    };
    host.taps.add(tap);
    return { packets: () => packets, stop: () => void host.taps.delete(tap) };
  }

  async openConnection(from: string, to: string, port: number): Promise<IdleConnection | undefined> {
    let state: 'opening' | 'established' | 'reset' = 'opening';
    const socket = this.find.host(from).connect(ipv4(to), port, { process: 'windtunnel' });
    socket.handlers = {
      established: () => {
        state = 'established';
      },
      closed: () => {
        state = 'reset';
      },
    };
    const until = this.clock.now() + CONNECT_WAIT;
    while (this.#is(() => state, 'opening') && this.clock.now() < until)
      await this.clock.sleepUntil(this.clock.now() + 10 * MILLISECOND);
    if (!this.#is(() => state, 'established')) return undefined;
    return {
      judge: async (wait) => {
        if (state === 'established') socket.send('?', 1);
        await this.clock.sleepUntil(this.clock.now() + wait);
        if (state === 'reset') return 'reset';
        return socket.unacknowledged() === 0 ? 'established' : 'silent';
      },
    };
  }

  /** Reads a state that callbacks change, past the compiler's narrowing. */
  #is<T>(read: () => T, value: T): boolean {
    return read() === value;
  }
}

const FLAGS: Readonly<Record<Device['kind'], readonly string[]>> = {
  loopback: ['LOOPBACK'],
  ethernet: ['BROADCAST', 'MULTICAST'],
  dummy: ['BROADCAST', 'NOARP'],
  ipip: ['NOARP'],
};

function addressRow(device: Device): AddressRow {
  const loopback = device.kind === 'loopback';
  return {
    index: device.index,
    device: device.name,
    flags: device.up ? [...FLAGS[device.kind], 'UP', 'LOWER_UP'] : FLAGS[device.kind],
    mtu: loopback ? 65536 : device.kind === 'ipip' ? 1480 : 1500,
    qdisc: device.kind === 'dummy' || !device.up ? 'noop' : 'noqueue',
    state: !device.up ? 'DOWN' : device.kind === 'ethernet' ? 'UP' : 'UNKNOWN',
    link: loopback ? 'loopback' : device.kind === 'ipip' ? 'ipip' : 'ether',
    mac: device.kind === 'ipip' ? '0.0.0.0' : formatMac(device.mac),
    addresses: device.addresses.map((a) => ({
      prefix: `${formatIpv4(a.address)}/${a.length}`,
      scope: loopback ? 'host' : 'global',
      ...(a.length < 31 && !loopback && { broadcast: formatIpv4((a.address | (0xffffffff >>> a.length)) >>> 0) }),
    })),
  };
}

function routeRow(route: Route): RouteAnswer {
  const to = route.to.length === 32 ? formatIpv4(route.to.address) : formatPrefix(route.to);
  const row: RouteAnswer = { type: route.type, to, device: route.device.name, table: 'local' };
  return route.source === undefined ? row : { ...row, source: formatIpv4(route.source as Ipv4) };
}
