/**
 * The Network port over containers: the same questions as in namespaces of a kernel, to what a node image has. IPVS's table is read from
 * /proc where there is no ipvsadm, and devices that the kernel cannot make are stood in for.
 */
import type { FilterRow, VirtualServerRow } from '../../src/evidence/rows.js';
import type { Clock } from '../../src/ports/testbed.js';
import type { TcpdumpPlace } from '../netns/capture.js';
import { AgentError } from '../netns/line.js';
import type { LinuxHost } from '../netns/linux-host.js';
import { type HostFinder, LinuxNetwork } from '../netns/network.js';
import { parseFilters } from '../netns/parse.js';
import { parseProcIpvs } from './parse-ipvs.js';
import type { Tools } from './tools.js';

/** A device that is down and answers no ARP holds addresses as a dummy does (externalip-outage.md §4). */
const MAKE = `
set -e
ip link add "$1" type dummy 2>/dev/null || { ip link add "$1" type bridge; ip link set "$1" arp off multicast off; }`;

interface Made {
  readonly host: string;
  readonly device: string;
  /** Out of the journal. */
  readonly strike: () => void;
}

interface Bound extends Made {
  readonly address: string;
}

export class NodeNetwork extends LinuxNetwork {
  /** Addresses that hosts did not have. */
  readonly #bound: Bound[] = [];
  /** Devices that hosts did not have. */
  readonly #made: Made[] = [];

  constructor(
    find: HostFinder,
    clock: Clock,
    readonly tools: Pick<Tools, 'tcpdumpFor'>,
    /** What is changed on a host, before it is; see NoteChange. */
    readonly noting: (host: string, back: readonly string[]) => () => void = () => () => {},
  ) {
    super(find, clock);
  }

  protected override tcpdumpFor(host: LinuxHost): Promise<TcpdumpPlace> {
    return this.tools.tcpdumpFor(host);
  }

  async #script(host: string, script: string, ...args: readonly string[]): Promise<boolean> {
    const { line, ns } = this.find.host(host).options;
    const argv = ['sh', '-c', script, 'sh', ...args];
    const { code, stderr } = await line.ask<{ code: number; stderr: string }>({ do: 'exec', ns, argv });
    if (code === 0) return true;
    if (/File exists|already assigned|Cannot assign|Cannot find device|does not exist|Address not found/.test(stderr))
      return false;
    throw new AgentError(`${script.trim()} (${args.join(' ')}) on ${host}: exit ${code}: ${stderr.trim()}`);
  }

  override async bind(host: string, address: string, device: string): Promise<boolean> {
    await this.#mustHave(host, device);
    const strike = this.noting(host, ['ip', 'addr', 'del', `${address}/32`, 'dev', device]);
    const done = await this.#script(host, 'ip addr add "$2/32" dev "$1"', device, address);
    // One that was there before is not taken back.
    if (done) this.#bound.push({ host, device, address, strike });
    else strike();
    return done;
  }

  override async unbind(host: string, address: string, device: string): Promise<boolean> {
    const done = await this.#script(host, 'ip addr del "$2/32" dev "$1"', device, address);
    const isThis = (one: Bound) => one.host === host && one.device === device && one.address === address;
    const index = this.#bound.findIndex(isThis);
    if (index >= 0) this.#bound.splice(index, 1)[0]?.strike();
    return done;
  }

  /** Takes away what it made and nobody has taken away yet. */
  async end(): Promise<void> {
    for (const { host, device, address } of [...this.#bound]) await this.unbind(host, address, device);
    for (const { host, device, strike } of this.#made.splice(0)) {
      await this.#script(host, 'ip link del "$1"', device);
      strike();
    }
  }

  async #mustHave(host: string, device: string): Promise<void> {
    if (await this.#script(host, 'ip link show dev "$1"', device)) return;
    const strike = this.noting(host, ['ip', 'link', 'del', device]);
    if (await this.#script(host, MAKE, device)) this.#made.push({ host, device, strike });
    else strike();
  }

  /** Empty where the kernel has no IPVS. */
  override async virtualServers(host: string): Promise<readonly VirtualServerRow[]> {
    const { stdout, code } = await this.run(host, 'cat /proc/net/ip_vs');
    return code === 0 ? parseProcIpvs(stdout) : [];
  }

  override async filters(host: string): Promise<readonly FilterRow[]> {
    return parseFilters(await this.text(host, 'iptables-save'));
  }
}
