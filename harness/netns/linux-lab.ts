/** Laboratories of network namespaces in one real kernel, on the wall clock: the twin of src/sim/model-lab.ts. */
import { EventQueue } from '../../src/base/event-queue.js';
import type { Micros } from '../../src/base/instant.js';
import { SECOND } from '../../src/base/instant.js';
import type { Ipv4 } from '../../src/base/ip.js';
import { formatIpv4, ipv4 } from '../../src/base/ip.js';
import { RandomSource } from '../../src/base/random.js';
import {
  describeRoute,
  type HostPlan,
  type Lab,
  type LabHost,
  type LabMaker,
  type PodPlan,
} from '../../src/lab/lab.js';
import { batch, IpBatch } from './ip-batch.js';
import type { Kernel } from './kernel.js';
import type { AgentLine } from './line.js';
import { AgentError } from './line.js';
import { LinuxHost } from './linux-host.js';
import { Mail } from './linux-socket.js';
import * as parse from './parse.js';
import { plugPod } from './pod-network.js';
import { WallLoop } from './wall-loop.js';

const PREFIX = 24;

class LinuxLabHost implements LabHost {
  readonly #ip: IpBatch;

  constructor(
    readonly kernel: LinuxHost,
    readonly address: Ipv4,
    readonly line: AgentLine,
  ) {
    this.#ip = new IpBatch(line, kernel.options.ns);
  }

  get name(): string {
    return this.kernel.name;
  }

  async neighbour(ip: Ipv4): Promise<string> {
    const rows = parse.parseNeighbours(await this.#say('neigh show dev eth0'));
    return rows.find((row) => row.ip === formatIpv4(ip))?.state ?? 'none';
  }

  async route(ip: Ipv4): Promise<string> {
    const { text, refused } = await this.#ip.ask(`route get ${formatIpv4(ip)}`);
    if (refused !== undefined) return refused === 'Network is unreachable' ? 'ENETUNREACH' : refused;
    const [route] = parse.parseRoutes(text);
    if (!route) throw new AgentError(`ip route get on ${this.name} said nothing`);
    return describeRoute(route.type, route.device ?? '', ipv4(route.source ?? '0.0.0.0'));
  }

  async setPermanentNeighbour(ip: Ipv4, of: LabHost): Promise<void> {
    const mac = await (of as LinuxLabHost).mac();
    await this.#say(`neigh replace ${formatIpv4(ip)} lladdr ${mac} dev eth0 nud permanent`);
  }

  async flushNeighbours(): Promise<void> {
    await this.#say('neigh flush dev eth0');
  }

  async deleteLocalRoute(ip: Ipv4, device: string): Promise<void> {
    await this.#say(`route del local ${formatIpv4(ip)} dev ${device} table local`);
  }

  async arpAnswers(ip: Ipv4): Promise<number> {
    return (await this.kernel.askWhoHas(ip, 'eth0', SECOND)).length;
  }

  async mac(): Promise<string> {
    const rows = parse.parseAddresses(await this.#say('addr show dev eth0'));
    const mac = rows[0]?.mac;
    if (mac === undefined) throw new AgentError(`${this.name} has no eth0`);
    return mac;
  }

  async #say(line: string): Promise<string> {
    const { text, refused } = await this.#ip.ask(line);
    if (refused !== undefined) throw new AgentError(`ip ${line} on ${this.name}: ${refused}`);
    return text;
  }
}

/** Wraps a kernel that may hold many laboratories at the same time. */
class LinuxLab implements Lab {
  readonly #queue = new EventQueue(0);
  readonly #loop = new WallLoop(this.#queue);
  readonly #hosts = new Map<string, LinuxLabHost>();
  readonly #mail = new Mail();

  constructor(
    readonly line: AgentLine,
    readonly number: number,
    readonly keep: boolean,
  ) {}

  async open(plans: readonly HostPlan[]): Promise<void> {
    for (const { name, address } of plans) this.#makeHost(name, address).adopt('eth0', [{ address, length: PREFIX }]);
    await this.settled();
    const bridge = this.#bridge();
    const cables = plans.flatMap(({ name }, index) => [
      `link add ${this.#port(index)} type veth peer name eth0 netns lab${this.number}-${name}`,
      `link set ${this.#port(index)} master ${bridge} up`,
    ]);
    await batch(this.line, [`link add ${bridge} type bridge`, `link set ${bridge} up`, ...cables]);
    for (const { kernel, address } of this.#hosts.values()) {
      kernel.ip(`addr add ${formatIpv4(address)}/${PREFIX} dev eth0`);
      kernel.ip('link set eth0 up');
    }
    await this.settled();
  }

  /** As the pod network of the backend makes one. */
  async addPod({ name, address, on }: PodPlan): Promise<void> {
    const node = this.#linux(on).kernel;
    const pod = this.#makeHost(name, address);
    plugPod(node, pod, address, `p${this.number}-${this.#hosts.size}`);
    await this.settled();
  }

  #linux(name: string): LinuxLabHost {
    const host = this.#hosts.get(name);
    if (!host) throw new Error(`no host ${name}`);
    return host;
  }

  #makeHost(name: string, address: Ipv4): LinuxHost {
    const surroundings = { line: this.line, queue: this.#queue, loop: this.#loop, mail: this.#mail };
    const broken = (error: Error) => this.#loop.stop(error);
    const random = new RandomSource(`lab ${this.number}`);
    const named = { name, ns: `lab${this.number}-${name}`, ordinal: this.#hosts.size };
    const host = new LinuxHost({ ...named, random, broken, ...surroundings });
    host.create();
    this.#hosts.set(name, new LinuxLabHost(host, address, this.line));
    return host;
  }

  #bridge(): string {
    return `br${this.number}`;
  }

  #port(index: number): string {
    return `v${this.number}-${index}`;
  }

  host(name: string): LabHost {
    return this.#linux(name);
  }

  now(): Micros {
    return this.#loop.now();
  }

  sleep(duration: Micros): Promise<void> {
    return this.#loop.sleepUntil(this.#loop.now() + duration);
  }

  async wait<T>(work: (answer: (value: T) => void) => void, timeout: Micros): Promise<T | undefined> {
    const over = this.sleep(timeout).then(() => undefined);
    const answered = new Promise<T>((resolve) => void this.#loop.enter(() => work(resolve)));
    return Promise.race([answered, over]);
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#hosts.values()].map(({ kernel }) => kernel.settled()));
    if (this.#loop.stopped) throw this.#loop.stopped;
  }

  async martians(): Promise<number> {
    const text = await this.line.ask<string>({ do: 'read', path: '/proc/net/stat/rt_cache' });
    return parse.parseRouteCounters(text).in_martian_src ?? 0;
  }

  async close(): Promise<void> {
    if (this.keep) return this.#loop.stop();
    for (const { kernel } of this.#hosts.values()) kernel.remove();
    await Promise.allSettled([...this.#hosts.values()].map(({ kernel }) => kernel.settled()));
    this.#loop.stop();
    if (!this.line.broken) await batch(this.line, [`link del ${this.#bridge()}`]);
  }
}

/** Over all kernels and makers: two makers may share a kernel, and its names. */
let laboratories = 0;

/**
 * Laboratories of this kernel, any number side by side; closing the kernel is the caller's. With `keep` they are left standing when they
 * are closed, for a kernel that ends soon anyway.
 */
export function linuxLabs({ release, line }: Kernel, { keep = false } = {}): LabMaker {
  return {
    name: `Linux ${release}`,
    make: async (hosts, pods = []) => {
      const lab = new LinuxLab(line, ++laboratories, keep);
      await lab.open(hosts);
      for (const pod of pods) await lab.addPod(pod);
      return lab;
    },
  };
}
