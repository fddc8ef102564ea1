/**
 * A host of a real Linux kernel with the face that the programs of src/kube know (HostKernel): sockets are the agent's, changes of
 * devices, addresses, routes and IPVS go through ip and ipvsadm. What a program may ask at once (is this address there?) is answered
 * from what this host has made itself; nobody else changes it. Real evidence is not read here but in network.ts.
 */
import type { EventQueue } from '../../src/base/event-queue.js';
import { EventKind } from '../../src/base/event-queue.js';
import type { Micros } from '../../src/base/instant.js';
import type { Ipv4, Prefix } from '../../src/base/ip.js';
import { formatIpv4, formatPrefix, ipv4 } from '../../src/base/ip.js';
import type { RandomSource, RandomStream } from '../../src/base/random.js';
import type {
  Accept,
  ConnectOptions,
  HostKernel,
  Listener,
  ListenOptions,
  PingReply,
  ServiceRules,
  Timer,
} from '../../src/net/sockets.js';
import type { IpAnswer } from './ip-batch.js';
import { IpvsMirror } from './ipvs-mirror.js';
import type { AgentLine } from './line.js';
import type { Mail } from './linux-socket.js';
import { keepAliveMs, LinuxSocket } from './linux-socket.js';
import { rulesInput } from './rules-input.js';
import type { WallLoop } from './wall-loop.js';

export interface LinuxHostOptions {
  readonly name: string;
  /** The network namespace. */
  readonly ns: string;
  readonly ordinal: number;
  readonly line: AgentLine;
  readonly queue: EventQueue;
  readonly loop: WallLoop;
  readonly random: RandomSource;
  /** Messages under way, of all hosts. */
  readonly mail: Mail;
  /** A command that should have worked did not: the environment's fault, and the end of the arm. */
  readonly broken: (error: Error) => void;
}

interface Held {
  readonly ip: Ipv4 | null;
  readonly port: number;
}

export class LinuxHost implements HostKernel {
  readonly name: string;
  readonly ipvs: IpvsMirror;
  readonly #devices = new Map<string, Prefix[]>();
  readonly #held = new Set<Held>();
  #work: Promise<void> = Promise.resolve();
  #lines: string[] = [];
  readonly #servers: string[] = [];
  readonly #inputs = new Map<string, string>();

  constructor(readonly options: LinuxHostOptions) {
    this.name = options.name;
    this.ipvs = new IpvsMirror((lines) => this.#virtualServers(lines));
    this.#devices.set('lo', [{ address: ipv4('127.0.0.1'), length: 8 }]);
  }

  now(): Micros {
    return this.options.queue.now();
  }

  after(delay: Micros, callback: () => void): Timer {
    return this.options.queue.after(delay, EventKind.program, this.options.ordinal, callback);
  }

  random(name: string): RandomStream {
    return this.options.random.stream(`${this.name}/${name}`);
  }

  connect(ip: Ipv4, port: number, { keepAlive }: ConnectOptions): LinuxSocket {
    const { line, ns } = this.options;
    const socket = new LinuxSocket(this.options, line.number(), { ip, port });
    line.tell({
      do: 'connect',
      ns,
      number: socket.number,
      ip: formatIpv4(ip),
      port,
      keepAlive: keepAliveMs(keepAlive),
    });
    return socket;
  }

  listen(ip: Ipv4 | null, port: number, _process: string, accept: Accept | null, options: ListenOptions = {}) {
    const taken = [...this.#held].some((h) => h.port === port && (h.ip === null || ip === null || h.ip === ip));
    if (taken) return undefined;
    const held: Held = { ip, port };
    this.#held.add(held);
    const { line, loop, ns } = this.options;
    const number = line.number((event) => {
      if (event.event !== 'accepted' || event.socket === undefined) return;
      const socket = LinuxSocket.accepted(this.options, event);
      loop.enter(() => accept?.(socket));
    });
    const keepAlive = keepAliveMs(options.keepAlive);
    const address = ip === null ? '' : formatIpv4(ip);
    this.#flush();
    this.#queue(async () => {
      const request = { do: 'listen', ns, number, ip: address, port, accept: accept !== null, keepAlive };
      const errno = await line.ask<string>(request);
      if (errno) throw new Error(`listen on port ${port} of ${this.name}: ${errno}`);
    });
    return this.#listener(number, held);
  }

  #listener(number: number, held: Held): Listener {
    return {
      close: () => {
        this.#held.delete(held);
        this.options.line.forget(number);
        this.options.line.tell({ do: 'unlisten', number });
      },
    };
  }

  ping(ip: Ipv4, timeout: Micros, done: (reply: PingReply) => void): void {
    const { line, loop, ns, broken } = this.options;
    const request = { do: 'ping', ns, ip: formatIpv4(ip), number: line.number() & 0xffff, timeoutMs: timeout / 1000 };
    line
      .ask<{ outcome: PingReply['outcome']; tookUs: number; self: boolean }>(request)
      .then(({ outcome, tookUs, self }) => loop.enter(() => done({ outcome, roundTrip: tookUs, self })))
      .catch(broken);
  }

  /** The MACs that answer one ARP request, in order of arrival. */
  askWhoHas(ip: Ipv4, device: string, timeout: Micros): Promise<readonly string[]> {
    const { line, ns } = this.options;
    return line.ask<string[]>({ do: 'arp', ns, device, ip: formatIpv4(ip), timeoutMs: timeout / 1000 });
  }

  addDummy(name: string): void {
    if (this.#devices.has(name)) return;
    this.#devices.set(name, []);
    this.ip(`link add ${name} type dummy`);
  }

  deleteDevice(name: string): void {
    if (this.#devices.delete(name)) this.ip(`link del ${name}`);
  }

  addAddress(device: string, prefix: Prefix): boolean {
    const known = this.#devices.get(device);
    if (!known || known.some(({ address }) => address === prefix.address)) return false;
    known.push(prefix);
    this.ip(`addr add ${formatPrefix(prefix)} dev ${device}`);
    return true;
  }

  deleteAddress(device: string, address: Ipv4): boolean {
    const known = this.#devices.get(device) ?? [];
    const index = known.findIndex((p) => p.address === address);
    const [removed] = index < 0 ? [] : known.splice(index, 1);
    if (removed) this.ip(`addr del ${formatPrefix(removed)} dev ${device}`);
    return removed !== undefined;
  }

  addresses() {
    return [...this.#devices].flatMap(([device, prefixes]) => prefixes.map((prefix) => ({ device, prefix })));
  }

  /** A device that the topology has made, with its address. */
  adopt(device: string, prefixes: readonly Prefix[]): void {
    this.#devices.set(device, [...prefixes]);
  }

  setSysctl(key: string, value: string): void {
    const path = `/proc/sys/${key.replaceAll('.', '/')}`;
    this.#flush();
    const write = () => this.options.line.ask<void>({ do: 'write', ns: this.options.ns, path, text: value });
    this.#queue(write);
  }

  addRoute({ to, via, device, onlink }: Parameters<HostKernel['addRoute']>[0]): void {
    const next = via === undefined ? '' : ` via ${formatIpv4(via)}`;
    this.ip(`route replace ${formatPrefix(to)}${next} dev ${device}${onlink ? ' onlink' : ''}`);
  }

  deleteRoute(to: Prefix): void {
    this.ip(`route del ${formatPrefix(to)}`);
  }

  /** What is as it was last set is not set again: a re-sync mostly changes nothing. */
  setServiceRules(rules: ServiceRules): void {
    const destinations = this.ipvs.servers().flatMap((server) => server.destinations);
    for (const { argv, stdin } of rulesInput(rules, destinations)) {
      const [program = ''] = argv;
      if (this.#inputs.get(program) === stdin) continue;
      this.#inputs.set(program, stdin);
      this.command(argv, stdin);
    }
  }

  /** Lines for `ipvsadm --restore`; those of one moment go together. */
  #virtualServers(lines: readonly string[]): void {
    this.#flushSoon();
    this.#servers.push(...lines);
  }

  /** One line for `ip`, after all that was asked before; lines of one moment go together. */
  ip(text: string): void {
    this.#flushSoon();
    this.#lines.push(text);
  }

  #flushSoon(): void {
    if (this.#lines.length + this.#servers.length === 0) queueMicrotask(() => this.#flush());
  }

  /** Virtual servers first, as kube-proxy does it (syncService in pkg/proxy/ipvs/proxier.go): an address that is bound has its own. */
  #flush(): void {
    const servers = this.#servers.splice(0);
    if (servers.length > 0) this.#run(['ipvsadm', '--restore'], `${servers.join('\n')}\n`);
    const lines = this.#lines.splice(0);
    if (lines.length === 0) return;
    const { line, ns } = this.options;
    this.#queue(async () => {
      const answers = await line.ask<IpAnswer[]>({ do: 'ip', ns, stdin: lines.join('\n') });
      const index = answers.findIndex(({ refused }) => refused !== undefined);
      if (index >= 0) throw new Error(`${this.name}: ip ${lines[index]}: ${answers[index]?.refused}`);
    });
  }

  /** Runs a command in this host's namespace, after all that was asked before; a failure ends the arm. */
  command(argv: readonly string[], stdin = ''): void {
    this.#flush();
    this.#run(argv, stdin);
  }

  #run(argv: readonly string[], stdin: string): void {
    const { line, ns } = this.options;
    this.#queue(async () => {
      const { code, stderr } = await line.ask<{ code: number; stderr: string }>({ do: 'exec', ns, argv, stdin });
      if (code !== 0)
        throw new Error(`${this.name}: ${argv.join(' ')} <<< ${stdin.trim()}: exit ${code}: ${stderr.trim()}`);
    });
  }

  /** Makes the host's namespace, before all else. */
  create(): void {
    this.#queue(() => this.options.line.ask({ do: 'namespace', ns: this.options.ns }));
  }

  /** Takes the namespace away, after all else. */
  remove(): void {
    this.#flush();
    this.#queue(() => this.options.line.ask({ do: 'forget', ns: this.options.ns }));
  }

  /** What is asked from now on happens after all that `other` was asked before. */
  waitFor(other: LinuxHost): void {
    this.#flush();
    const before = other.settled();
    this.#queue(() => before);
  }

  /** Resolves when everything asked so far is done. */
  settled(): Promise<void> {
    this.#flush();
    return this.#work;
  }

  #queue(work: () => Promise<unknown>): void {
    this.#work = this.#work.then(work).then(() => {}, this.options.broken);
  }
}
