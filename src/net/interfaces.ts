/**
 * One host's devices, their addresses, and what adding or removing one does to the routing tables.
 * Source: net/ipv4/devinet.c, fib_frontend.c (fib_add_ifaddr, fib_del_ifaddr, fib_inetaddr_event, fib_disable_ip).
 * Departs from Linux: a further address of a network outlives the first (promote_secondaries); instead of a route cache there is a generation that every change moves on,
 * and a route that a socket keeps is good for one generation (rt_genid_bump_ipv4).
 */
import { assert } from '../base/assert.js';
import type { Ipv4, Prefix } from '../base/ip.js';
import { broadcastOf, contains, maskOf, networkOf } from '../base/ip.js';
import type { DeviceKind } from './device.js';
import { Device } from './device.js';
import type { Route } from './fib.js';
import { RoutingTable } from './fib.js';
import type { Frame, Mac } from './packet.js';
import type { Sysctl } from './sysctl.js';

export class Interfaces {
  readonly local = new RoutingTable();
  readonly main = new RoutingTable();
  /** Moves on with every change of an address, a route or a device's state. */
  generation = 0;
  /** Set for good once a local route was made by hand (net->ipv4.fib_has_custom_local_routes). */
  customLocalRoutes = false;
  readonly #devices = new Map<string, Device>();
  /** Every address on any device, with the number of devices that hold it (inet_addr_lst). */
  readonly #owned = new Map<Ipv4, number>();
  #nextIndex = 1;

  constructor(
    readonly sysctl: Sysctl,
    readonly receive: (frame: Frame, device: Device) => void,
  ) {}

  add(name: string, kind: DeviceKind, mac: Mac, noArp: boolean): Device {
    assert(!this.#devices.has(name), `device ${name} exists`);
    const device = new Device(this.#nextIndex++, name, kind, mac, noArp, this.receive);
    this.#devices.set(name, device);
    this.sysctl.inherit(name);
    return device;
  }

  find(name: string): Device | undefined {
    return this.#devices.get(name);
  }

  all(): readonly Device[] {
    return [...this.#devices.values()];
  }

  /** The loopback device, where locally delivered packets go. */
  loopback(): Device {
    const lo = this.#devices.get('lo');
    assert(lo, 'a host without lo');
    return lo;
  }

  remove(name: string): void {
    const device = this.#devices.get(name);
    if (!device) return;
    for (const address of [...device.addresses]) this.deleteAddress(device, address.address);
    this.local.removeDevice(device);
    this.main.removeDevice(device);
    device.wire?.unplug(device);
    device.up = false;
    this.#devices.delete(name);
    this.generation++;
  }

  setUp(device: Device): void {
    if (device.up) return;
    device.up = true;
    for (const address of device.addresses) this.#addPrefixRoutes(device, address);
    this.generation++;
  }

  setDown(device: Device): void {
    device.up = false;
    this.main.removeDevice(device);
    for (const address of device.addresses) this.#removePrefixRoutes(device, address);
    this.generation++;
  }

  /** False for EEXIST. The local route is made before the device's state is looked at: being down does not matter. */
  addAddress(device: Device, prefix: Prefix): boolean {
    if (device.addresses.some((a) => a.address === prefix.address && a.length === prefix.length)) return false;
    device.addresses.push(prefix);
    this.#owned.set(prefix.address, (this.#owned.get(prefix.address) ?? 0) + 1);
    const host: Prefix = { address: prefix.address, length: 32 };
    this.local.insert({ type: 'local', to: host, device, source: prefix.address, protocol: 'kernel' });
    if (device.up) this.#addPrefixRoutes(device, prefix);
    this.generation++;
    return true;
  }

  /** False where the device does not hold it. */
  deleteAddress(device: Device, address: Ipv4): boolean {
    const at = device.addresses.findIndex((a) => a.address === address);
    const prefix = device.addresses[at];
    if (!prefix) return false;
    device.addresses.splice(at, 1);
    const left = (this.#owned.get(address) ?? 1) - 1;
    if (left === 0) this.#owned.delete(address);
    else this.#owned.set(address, left);
    const host: Prefix = { address, length: 32 };
    this.local.remove(host, (r) => r.device === device && r.protocol === 'kernel');
    this.#removePrefixRoutes(device, prefix);
    const next = device.addresses.find((a) => isSameNetwork(a, prefix));
    if (next && device.up) this.#addPrefixRoutes(device, next);
    this.generation++;
    return true;
  }

  addRoute(route: Route): void {
    if (route.type === 'local') this.customLocalRoutes = true;
    (route.type === 'unicast' ? this.main : this.local).insert(route);
    this.generation++;
  }

  deleteRoute(to: Prefix, matches: (route: Route) => boolean = () => true): boolean {
    const removed = this.main.remove(to, matches);
    this.generation++;
    return removed;
  }

  /** `ip route del local ADDRESS dev DEVICE table local`: the address stays on the device (E12). */
  deleteLocalRoute(address: Ipv4, device: Device): boolean {
    this.generation++;
    return this.local.remove({ address, length: 32 }, (r) => r.device === device);
  }

  /** inet_lookup_ifaddr_rcu: some device holds the address, whatever the tables say. */
  owns(address: Ipv4): boolean {
    return this.#owned.has(address);
  }

  /** Table `local`, then `main`. */
  lookup(destination: Ipv4, outDevice?: Device): { route: Route; table: 'local' | 'main' } | undefined {
    const local = this.local.lookup(destination, outDevice);
    if (local) return { route: local, table: 'local' };
    const main = this.main.lookup(destination, outDevice);
    return main && { route: main, table: 'main' };
  }

  /** inet_addr_type: is the address of type local here? */
  isLocal(address: Ipv4): boolean {
    return this.local.lookup(address)?.type === 'local';
  }

  /** inet_select_addr: the device's first address on the same subnet as `target`, else its first, else any device's. */
  select(device: Device, target: Ipv4 | undefined): Ipv4 | undefined {
    const usable = device.kind === 'loopback' ? [] : device.addresses;
    const near = target === undefined ? undefined : usable.find((a) => contains(a, target));
    const own = near ?? usable[0];
    if (own) return own.address;
    for (const other of this.#devices.values())
      if (other !== device && other.kind !== 'loopback' && other.addresses[0]) return other.addresses[0].address;
    return undefined;
  }

  /** Those of a network's first address serve its other ones. */
  #addPrefixRoutes(device: Device, p: Prefix): void {
    if (p.length === 32 || device.addresses.find((a) => isSameNetwork(a, p)) !== p) return;
    const to: Prefix = { address: networkOf(p), length: p.length };
    const type = device.kind === 'loopback' ? 'local' : 'unicast';
    (type === 'local' ? this.local : this.main).insert({ type, to, device, source: p.address, protocol: 'kernel' });
    if (p.length < 31) {
      const broadcast: Prefix = { address: broadcastOf(p), length: 32 };
      this.local.insert({ type: 'broadcast', to: broadcast, device, source: p.address, protocol: 'kernel' });
    }
  }

  #removePrefixRoutes(device: Device, p: Prefix): void {
    if (p.length === 32) return;
    const to: Prefix = { address: (p.address & maskOf(p.length)) >>> 0, length: p.length };
    const own = (r: Route) => r.device === device && r.protocol === 'kernel';
    this.main.remove(to, own);
    this.local.remove(to, own);
    this.local.remove({ address: broadcastOf(p), length: 32 }, (r) => own(r) && r.type === 'broadcast');
  }
}

function isSameNetwork(a: Prefix, b: Prefix): boolean {
  return a.length === b.length && networkOf(a) === networkOf(b);
}
