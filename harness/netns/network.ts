/**
 * The Network port over a real kernel: asks ip, iptables, ss and /proc in the host's namespace, and hands their words on as
 * rows. Judges nothing.
 */
import { MILLISECOND, SECOND } from '../../src/base/instant.js';
import { ipv4 } from '../../src/base/ip.js';
import type { AddressRow, NeighbourRow, PacketRow, RouteAnswer } from '../../src/evidence/rows.js';
import type { Capture, Clock, IdleConnection, Network } from '../../src/ports/testbed.js';
import type { Vantage } from '../../src/scenario/model.js';
import { startTcpdump, type TcpdumpPlace } from './capture.js';
import { IpBatch } from './ip-batch.js';
import type { Outcome } from './line.js';
import { AgentError } from './line.js';
import type { LinuxHost } from './linux-host.js';
import * as parse from './parse.js';

const CONNECT_WAIT = 3 * SECOND;

export interface HostFinder {
  host(name: string): LinuxHost;
  at(vantage: Vantage): LinuxHost | Promise<LinuxHost>;
  all(): readonly LinuxHost[];
}

export class LinuxNetwork implements Network {
  readonly #batches = new Map<LinuxHost, IpBatch>();

  constructor(
    readonly find: HostFinder,
    readonly clock: Clock,
  ) {}

  protected run(host: string, command: string): Promise<Outcome> {
    const { line, ns } = this.find.host(host).options;
    return line.ask<Outcome>({ do: 'exec', ns, argv: command.split(' ') });
  }

  /** Standard output; a command that fails is the environment's fault. */
  protected async text(host: string, command: string): Promise<string> {
    const { stdout, stderr, code } = await this.run(host, command);
    if (code !== 0) throw new AgentError(`${command} on ${host}: exit ${code}: ${stderr.trim()}`);
    return stdout;
  }

  protected read(host: string, path: string): Promise<string> {
    const { line, ns } = this.find.host(host).options;
    return line.ask<string>({ do: 'read', ns, path });
  }

  /** What `ip -j` says to a question that the kernel cannot refuse. */
  async #ip(host: string, question: string): Promise<string> {
    const { text, refused } = await this.#batch(host).ask(question);
    if (refused !== undefined) throw new AgentError(`ip ${question} on ${host}: ${refused}`);
    return text;
  }

  #batch(name: string): IpBatch {
    const host = this.find.host(name);
    const batch = this.#batches.get(host) ?? new IpBatch(host.options.line, host.options.ns);
    this.#batches.set(host, batch);
    return batch;
  }

  async addresses(host: string): Promise<readonly AddressRow[]> {
    return parse.parseAddresses(await this.#ip(host, 'addr'));
  }

  async routeGet(host: string, to: string): Promise<RouteAnswer> {
    const { text, refused } = await this.#batch(host).ask(`route get ${to}`);
    if (refused !== undefined) return { type: 'unreachable', to, error: refused };
    const [route] = parse.parseRoutes(text);
    if (!route) throw new AgentError(`ip route get ${to} on ${host} said nothing`);
    return route;
  }

  async localTable(host: string): Promise<readonly RouteAnswer[]> {
    return parse.parseRoutes(await this.#ip(host, 'route show table local'));
  }

  async neighbours(host: string): Promise<readonly NeighbourRow[]> {
    return parse.parseNeighbours(await this.#ip(host, 'neigh'));
  }

  async virtualServers(host: string) {
    const { stdout, stderr, code } = await this.run(host, 'ipvsadm -ln');
    // A kernel without IPVS has no virtual servers, and that is an answer.
    if (stderr.includes('Protocol not available')) return [];
    if (code !== 0) throw new AgentError(`ipvsadm -ln on ${host}: exit ${code}: ${stderr.trim()}`);
    return parse.parseVirtualServers(stdout);
  }

  async filters(host: string) {
    return parse.parseFilters(await this.text(host, 'iptables-legacy-save'));
  }

  async sockets(host: string) {
    return parse.parseSockets(await this.text(host, 'ss -Htan'));
  }

  /** The kernel counts martian sources for all namespaces together: the number is the same on every host. */
  async counters(host: string): Promise<Readonly<Record<string, number>>> {
    const text = await this.read(host, '/proc/net/stat/rt_cache');
    const { in_martian_src = 0 } = parse.parseRouteCounters(text);
    return { in_martian_src };
  }

  async arpOwners(ip: string): Promise<readonly string[]> {
    const [answers, owners] = await Promise.all([
      this.find.host('outside').askWhoHas(ipv4(ip), 'eth0', SECOND),
      this.macOwners(),
    ]);
    return answers.map((mac) => owners.get(mac) ?? mac);
  }

  /** Names of hosts by the MACs of their devices. */
  async macOwners(): Promise<ReadonlyMap<string, string>> {
    const owners = new Map<string, string>();
    for (const { name } of this.find.all())
      for (const { mac } of await this.addresses(name)) if (mac !== '') owners.set(mac, name);
    return owners;
  }

  async bind(host: string, address: string, device: string): Promise<boolean> {
    const found = this.find.host(host);
    found.addDummy(device);
    const bound = found.addAddress(device, { address: ipv4(address), length: 32 });
    await found.settled();
    return bound;
  }

  async unbind(host: string, address: string, device: string): Promise<boolean> {
    const found = this.find.host(host);
    const removed = found.deleteAddress(device, ipv4(address));
    await found.settled();
    return removed;
  }

  async startCapture(at: Vantage, filter: string, device = 'any'): Promise<Capture> {
    const packets: PacketRow[] = [];
    const place = await this.tcpdumpFor(await this.find.at(at));
    const stop = await startTcpdump(place, filter, device, this.clock, packets);
    return { packets: () => packets, stop };
  }

  protected async tcpdumpFor({ options }: LinuxHost): Promise<TcpdumpPlace> {
    return options;
  }

  async openConnection(from: string, to: string, port: number): Promise<IdleConnection | undefined> {
    let state: 'opening' | 'established' | 'reset' = 'opening';
    const host = this.find.host(from);
    const socket = host.connect(ipv4(to), port, { process: 'windtunnel' });
    socket.handlers = {
      established: () => {
        state = 'established';
      },
      closed: () => {
        state = 'reset';
      },
    };
    const is = (wanted: typeof state) => state === wanted;
    const until = this.clock.now() + CONNECT_WAIT;
    while (is('opening') && this.clock.now() < until) await this.clock.sleepUntil(this.clock.now() + 10 * MILLISECOND);
    if (!is('established')) return undefined;
    return {
      judge: async (wait) => {
        if (is('established')) socket.send('?', 1);
        await this.clock.sleepUntil(this.clock.now() + wait);
        if (is('reset')) return 'reset';
        const queued = await host.options.line.ask<number>({ do: 'unsent', number: socket.number });
        return queued === 0 ? 'established' : 'silent';
      },
    };
  }
}
