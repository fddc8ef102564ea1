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
import { type Answer, refused, said } from './answer.js';
import { apiCommand } from './api-commands.js';
import { hostCommand } from './host-commands.js';
import { type Instant, locate, withinReach } from './instant.js';
import { readKubectl } from './kubectl-words.js';
import { visit } from './replay.js';
import { parseTcpdump } from './tcpdump.js';
import { splitWords } from './words.js';

export const COMMANDS_HELP = `  ip addr | ip -br addr | ip link [show dev DEVICE]
  ip route get IP | ip route show table local
  ip neigh [show dev DEVICE]
  ipvsadm -ln
  ss -tn | ss -tnp | ss -tln | ss -tan
  iptables -S | nft list ruleset
  nstat
  kubectl get nodes|pods|services|leases [NAME] [-A] [-n NAMESPACE] [-o wide]
  tcpdump [-i DEVICE] [-c COUNT] [FILTER]`;

/** Said once: a host that is cut off could not ask, and the answer would be taken for proof that it can. */
const API_NOTE = "kubectl is answered over the API server's own loopback, whichever host is named";

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
  #apiNoted = false;

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

  async ask(command: string): Promise<Answer> {
    const words = splitWords(command);
    const [tool, ...rest] = words;
    if (tool === 'tcpdump') return this.#tcpdump(rest);
    const get = tool === 'kubectl' ? readKubectl(rest) : undefined;
    const askApi = get && apiCommand(get);
    const askHost = hostCommand(words);
    if (askApi) return this.#noted(await askApi(await this.#here()));
    if (askHost) return askHost((await this.#here()).network, this.#host);
    throw new Failure(ExitCode.usage, `${command} cannot be asked here`, `what can be asked:\n${COMMANDS_HELP}`);
  }

  #noted(answer: Answer): Answer {
    if (this.#apiNoted) return answer;
    this.#apiNoted = true;
    return { ...answer, stderr: answer.stderr === undefined ? API_NOTE : `${API_NOTE}\n${answer.stderr}` };
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
  async #tcpdump(args: readonly string[]): Promise<Answer> {
    const { device, count, filter } = parseTcpdump(args);
    const { spec, arm, window } = this.#options;
    const until = withinReach(this.#at + window);
    const devices = (await (await this.#here()).network.addresses(this.#host)).map((row) => row.device);
    if (device !== undefined && !devices.includes(device)) return refused(`tcpdump: ${device}: No such device exists`);
    let packets: () => readonly PacketRow[] = () => [];
    const { testbed } = await visit(spec, arm, until, async ({ network }) => {
      const capture = await network.startCapture(this.#vantage(), filter, device);
      packets = () => capture.packets();
    });
    const rows = packets()
      .filter(({ at }) => at >= this.#at && at < until)
      .slice(0, count);
    await testbed.close();
    const stdout = device === undefined ? formatPacketsOfAnyDevice(rows) : formatPackets(rows);
    return rows.length === 0 ? { ...said(''), stderr: '0 packets captured' } : said(stdout);
  }

  #vantage(): Vantage {
    if (this.#host === 'outside' || this.#host === 'gateway') return { kind: this.#host };
    return { kind: 'node', node: this.#host };
  }
}
