/** ip_vs of a real kernel: what kube-proxy wants is remembered, and the difference goes to `ipvsadm --restore`. */
import type { Ipv4 } from '../../src/base/ip.js';
import { formatIpv4 } from '../../src/base/ip.js';
import type { Endpoint, IpvsTable } from '../../src/net/sockets.js';

type Protocol = 'TCP' | 'UDP';

interface Server {
  readonly protocol: Protocol;
  readonly ip: Ipv4;
  readonly port: number;
  destinations: readonly Endpoint[];
}

const FLAGS = { TCP: '-t', UDP: '-u' } as const;

export class IpvsMirror implements IpvsTable {
  readonly #servers = new Map<string, Server>();

  constructor(readonly restore: (lines: readonly string[]) => void) {}

  addServer({ protocol, ip, port }: { readonly protocol: Protocol; readonly ip: Ipv4; readonly port: number }): void {
    const at = place(protocol, ip, port);
    if (this.#servers.has(at)) return;
    this.#servers.set(at, { protocol, ip, port, destinations: [] });
    this.restore([`-A ${at} -s rr`]);
  }

  deleteServer(protocol: Protocol, ip: Ipv4, port: number): void {
    const at = place(protocol, ip, port);
    if (this.#servers.delete(at)) this.restore([`-D ${at}`]);
  }

  setDestinations(protocol: Protocol, ip: Ipv4, port: number, destinations: readonly Endpoint[]): void {
    const at = place(protocol, ip, port);
    const server = this.#servers.get(at);
    if (!server) return;
    const before = new Set(server.destinations.map(name));
    const after = new Set(destinations.map(name));
    server.destinations = destinations;
    const added = [...after].filter((d) => !before.has(d)).map((d) => `-a ${at} -r ${d} -m -w 1`);
    const removed = [...before].filter((d) => !after.has(d)).map((d) => `-d ${at} -r ${d}`);
    if (added.length + removed.length > 0) this.restore([...added, ...removed]);
  }

  servers() {
    return [...this.#servers.values()];
  }

  clear(): void {
    if (this.#servers.size > 0) this.restore(['-C']);
    this.#servers.clear();
  }
}

const name = ({ ip, port }: Endpoint) => `${formatIpv4(ip)}:${port}`;
const place = (protocol: Protocol, ip: Ipv4, port: number) => `${FLAGS[protocol]} ${formatIpv4(ip)}:${port}`;
