/**
 * calico-node of one node, as far as its readiness shows: BIRD with a session to every other node (full mesh). Routes
 * themselves are set by the CNI of the testbed. Source: projectcalico/node pkg/health/health.go (checkBIRDReady).
 * Departs: the neighbours are known from the start, not read from the API; sessions do not name their source address.
 */
import type { Micros } from '../../base/instant.js';
import type { Ipv4 } from '../../base/ip.js';
import { formatIpv4 } from '../../base/ip.js';
import type { HostKernel, Listener } from '../../net/sockets.js';
import type { PodProgram } from '../kubelet/pods.js';
import type { LogSink } from '../log.js';
import type { Timings } from '../timings.js';
import type { Peer } from './session.js';
import { BGP_PORT, BgpSession } from './session.js';

export interface BirdOptions {
  readonly host: HostKernel;
  readonly ip: Ipv4;
  readonly peers: readonly Peer[];
  readonly timings: Timings;
  readonly log: LogSink;
}

export class Bird implements PodProgram {
  readonly #options: BirdOptions;
  #sessions = new Map<Ipv4, BgpSession>();
  #listener: Listener | undefined;
  #startedAt: Micros = 0;

  constructor(options: BirdOptions) {
    this.#options = options;
  }

  start(): void {
    const { host, ip, peers, timings } = this.#options;
    this.#startedAt = host.now();
    this.#listener = host.listen(null, BGP_PORT, 'bird', (socket) => {
      const session = this.#sessions.get(socket.remote.ip);
      if (session) session.accept(socket);
      else socket.abort();
    });
    for (const peer of peers) {
      const random = host.random(`bird/${peer.name}`);
      const log = ({ ip: at }: Peer, text: string) =>
        this.#log(`bird: Mesh_${formatIpv4(at).replaceAll('.', '_')}: ${text}`);
      this.#sessions.set(peer.ip, new BgpSession({ host, routerId: ip, peer, timings, random, log }));
    }
    for (const session of this.#sessions.values()) session.start();
  }

  kill(): void {
    this.#listener?.close();
    for (const session of this.#sessions.values()) session.kill();
    this.#sessions = new Map();
  }

  /** Addresses of the neighbours with which a session is up. */
  establishedPeers(): Ipv4[] {
    return [...this.#sessions].filter(([, session]) => session.established).map(([ip]) => ip);
  }

  probe(): string | undefined {
    const down = [...this.#sessions].filter(([, session]) => !session.established).map(([ip]) => formatIpv4(ip));
    const { host, timings } = this.#options;
    const settled = host.now() - this.#startedAt >= timings.bgpReadyThreshold;
    const isReady = down.length === 0 || (settled && down.length < this.#sessions.size);
    return isReady
      ? undefined
      : `calico/node is not ready: BIRD is not ready: BGP not established with ${down.join(',')}`;
  }

  #log(line: string): void {
    const { host, log } = this.#options;
    log(host.name, 'calico-node', line, host.now());
  }
}
