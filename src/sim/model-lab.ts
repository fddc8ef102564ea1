/** Laboratories of modelled hosts in virtual time. */
import { EventKind } from '../base/event-queue.js';
import type { Micros } from '../base/instant.js';
import { SECOND } from '../base/instant.js';
import type { Ipv4 } from '../base/ip.js';
import { describeRoute, type HostPlan, type Lab, type LabHost, type LabMaker, type PodPlan } from '../lab/lab.js';
import type { Tap, Wire } from '../net/device.js';
import type { Host } from '../net/host.js';
import { World } from './world.js';

class ModelLabHost implements LabHost {
  constructor(
    readonly kernel: Host,
    readonly address: Ipv4,
    readonly lab: ModelLab,
  ) {}

  get name(): string {
    return this.kernel.name;
  }

  async neighbour(ip: Ipv4): Promise<string> {
    return this.kernel.neighbours.find(this.#eth0(), ip)?.state ?? 'none';
  }

  async route(ip: Ipv4): Promise<string> {
    const route = this.kernel.routing.output(ip);
    return route ? describeRoute(route.type, route.device.name, route.source) : 'ENETUNREACH';
  }

  async setPermanentNeighbour(ip: Ipv4, of: LabHost): Promise<void> {
    this.kernel.neighbours.setPermanent(this.#eth0(), ip, this.lab.modelled(of.name).#eth0().mac);
  }

  async flushNeighbours(): Promise<void> {
    this.kernel.neighbours.flush(this.#eth0());
  }

  async deleteLocalRoute(ip: Ipv4, device: string): Promise<void> {
    const found = this.kernel.interfaces.find(device);
    if (!found || !this.kernel.interfaces.deleteLocalRoute(ip, found))
      throw new Error(`no local route of ${ip} on ${device}`);
  }

  async arpAnswers(ip: Ipv4): Promise<number> {
    const macs = new Set<number>();
    const tap: Tap = (packet) => {
      if (packet.kind === 'arp' && packet.operation === 'reply' && packet.senderIp === ip) macs.add(packet.senderMac);
    };
    this.kernel.taps.add(tap);
    this.kernel.arp.request(this.#eth0(), this.address, ip);
    await this.lab.sleep(SECOND);
    this.kernel.taps.delete(tap);
    return macs.size;
  }

  #eth0() {
    const device = this.kernel.interfaces.find('eth0');
    if (!device) throw new Error(`${this.name} has no eth0`);
    return device;
  }
}

class ModelLab implements Lab {
  readonly #world: World;
  readonly #hosts = new Map<string, ModelLabHost>();

  constructor(seed: string) {
    this.#world = new World({ seed, start: 0 });
  }

  plug(plan: HostPlan, wire: Wire): void {
    const host = this.#world.addHost(plan.name);
    this.#world.attach(host, wire, 'eth0', { address: plan.address, length: 24 });
    this.#hosts.set(plan.name, new ModelLabHost(host, plan.address, this));
  }

  /** As the model's pod network makes one. */
  addPod({ name, address, on }: PodPlan): void {
    const node = this.modelled(on).kernel;
    const pod = this.#world.addHost(name);
    const veth = `veth-${name}`;
    this.#world.pair(node, veth, pod, 'eth0');
    const own = { address, length: 32 };
    pod.addAddress('eth0', own);
    pod.addRoute({ to: { address: 0, length: 0 }, device: 'eth0' });
    node.addRoute({ to: own, device: veth });
    this.#hosts.set(name, new ModelLabHost(pod, address, this));
  }

  wire(): Wire {
    return this.#world.wire();
  }

  modelled(name: string): ModelLabHost {
    const host = this.#hosts.get(name);
    if (!host) throw new Error(`no host ${name}`);
    return host;
  }

  host(name: string): LabHost {
    return this.modelled(name);
  }

  now(): Micros {
    return this.#world.queue.now();
  }

  async sleep(duration: Micros): Promise<void> {
    this.#world.queue.runUntil(this.now() + duration);
  }

  async wait<T>(work: (answer: (value: T) => void) => void, timeout: Micros): Promise<T | undefined> {
    const { queue } = this.#world;
    const until = queue.now() + timeout;
    let answered: { readonly value: T } | undefined;
    work((value) => {
      answered ??= { value };
    });
    queue.after(timeout, EventKind.harness, 0, () => {});
    for (let next = queue.next(); !answered && next !== undefined && next <= until; next = queue.next())
      queue.runUntil(next);
    return answered?.value;
  }

  async settled(): Promise<void> {}

  async martians(): Promise<number> {
    return this.#world.hosts().reduce((sum, { routing }) => sum + routing.martianSources, 0);
  }

  async close(): Promise<void> {}
}

export function modelLabs(seed = '1'): LabMaker {
  return {
    name: 'model',
    make: async (hosts, pods = []) => {
      const lab = new ModelLab(seed);
      const wire = lab.wire();
      for (const host of hosts) lab.plug(host, wire);
      for (const pod of pods) lab.addPod(pod);
      return lab;
    },
  };
}
