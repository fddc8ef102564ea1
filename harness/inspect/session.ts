/**
 * A traveller in one arm of a case: stands on a host at an instant, answers commands there, and moves. Replays only when it must.
 */
import type { Micros } from '../../src/base/instant.js';
import type { PacketRow } from '../../src/evidence/rows.js';
import { formatPackets, formatPacketsOfAnyDevice } from '../../src/evidence/tcpdump.js';
import type { ArmSpec, CaseSpec } from '../../src/plan/plan.js';
import type { Testbed } from '../../src/ports/testbed.js';
import type { Vantage } from '../../src/scenario/model.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { apiCommand } from './api-commands.js';
import { hostCommand } from './host-commands.js';
import { type Instant, locate } from './instant.js';
import { visit } from './replay.js';
import { splitWords } from './words.js';

export const COMMANDS_HELP = `  ip addr | ip -br addr [dev DEVICE]
  ip route get IP | ip route show table local
  ip neigh
  ipvsadm -ln
  ss -tn | ss -tnp | ss -tln | ss -tan
  iptables -S
  nstat
  kubectl get nodes|pods|services|leases [-A] [-n NAMESPACE] [-o wide]
  tcpdump [-i DEVICE] [FILTER]`;

export interface SessionOptions {
  readonly spec: CaseSpec;
  readonly arm: ArmSpec;
  readonly host: string;
  /** How long tcpdump listens. */
  readonly window: Micros;
}

export class Session {
  readonly #options: SessionOptions;
  #host: string;
  #at: Micros = 0;
  #testbed: Testbed | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#host = options.host;
    this.moveTo(options.host);
  }

  get host(): string {
    return this.#host;
  }

  get at(): Micros {
    return this.#at;
  }

  /** Whose console is at hand: nodes of the cluster, the router, and the host that is no node. */
  get hosts(): readonly string[] {
    return [...this.#options.arm.cluster.nodes.map(({ name }) => name), 'gateway', 'outside'];
  }

  moveTo(host: string): void {
    if (!this.hosts.includes(host)) {
      throw new Failure(ExitCode.usage, `no host ${host}`, `hosts are ${this.hosts.join(', ')}`);
    }
    this.#host = host;
  }

  async travelTo(instant: Instant): Promise<void> {
    const { spec, arm } = this.#options;
    const history = instant.kind === 'at' ? [] : (await visit(spec, arm)).history;
    this.#at = locate(instant, arm, history);
    await this.close();
  }

  /** The answer as the tool prints it, without a line end. */
  async ask(command: string): Promise<string> {
    const words = splitWords(command);
    const [tool, ...rest] = words;
    if (tool === 'tcpdump') return this.#tcpdump(rest);
    const askApi = tool === 'kubectl' ? apiCommand(rest) : undefined;
    const askHost = hostCommand(words);
    if (askApi) return askApi(await this.#here());
    if (askHost) return askHost((await this.#here()).network, this.#host);
    throw new Failure(ExitCode.usage, `${command} cannot be asked here`, `what can be asked:\n${COMMANDS_HELP}`);
  }

  async close(): Promise<void> {
    await this.#testbed?.close();
    this.#testbed = undefined;
  }

  async #here(): Promise<Testbed> {
    const { spec, arm } = this.#options;
    this.#testbed ??= (await visit(spec, arm, this.#at)).testbed;
    return this.#testbed;
  }

  /** Listens from the instant on; a replay of its own, because it ends later than the traveller stands. */
  async #tcpdump(args: readonly string[]): Promise<string> {
    const { device, filter } = parseTcpdump(args);
    const { spec, arm, window } = this.#options;
    let packets: () => readonly PacketRow[] = () => [];
    const { testbed } = await visit(spec, arm, this.#at + window, async ({ network }) => {
      const capture = await network.startCapture(this.#vantage(), filter, device);
      packets = () => capture.packets();
    });
    const rows = packets().filter(({ at }) => at >= this.#at && at < this.#at + window);
    await testbed.close();
    if (rows.length === 0) return '0 packets captured';
    return device === undefined || device === 'any' ? formatPacketsOfAnyDevice(rows) : formatPackets(rows);
  }

  #vantage(): Vantage {
    if (this.#host === 'outside' || this.#host === 'gateway') return { kind: this.#host };
    return { kind: 'node', node: this.#host };
  }
}

/** Options that change nothing: addresses stay numbers, lines come at once. `-c` and others are refused by the caller's help. */
const IDLE = /^-(n+|l|e|v+|q|t+|U|p)+$/;

function parseTcpdump(args: readonly string[]): { readonly device?: string; readonly filter: string } {
  const filter: string[] = [];
  let device: string | undefined;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '-i' || arg === '-ni') device = args[++i];
    else if (arg.startsWith('-') && filter.length === 0) {
      if (IDLE.test(arg)) continue;
      throw new Failure(
        ExitCode.usage,
        `tcpdump ${arg} is not understood here`,
        'tcpdump [-i DEVICE] [FILTER]; --window says how long',
      );
    } else filter.push(arg);
  }
  const text = filter.join(' ');
  return device === undefined || device === 'any' ? { filter: text } : { device, filter: text };
}
