/**
 * A BGP session with one neighbour: opens connections, takes those that come, lets one of two survive, waits after errors.
 * Source: BIRD 1.6 proto/bgp/bgp.c; calico's template (connect delay 2, connect retry 5, error wait 5 to 30).
 */
import type { Ipv4 } from '../../base/ip.js';
import type { RandomStream } from '../../base/random.js';
import type { HostKernel, TcpSocket, Timer } from '../../net/sockets.js';
import type { Timings } from '../timings.js';
import { BgpLink } from './bgp-link.js';

export const BGP_PORT = 179;

export interface Peer {
  readonly name: string;
  readonly ip: Ipv4;
}

export interface SessionOptions {
  readonly host: HostKernel;
  readonly routerId: Ipv4;
  readonly peer: Peer;
  readonly timings: Timings;
  readonly random: RandomStream;
  readonly log: (peer: Peer, text: string) => void;
}

export class BgpSession {
  readonly #options: SessionOptions;
  readonly #links = new Set<BgpLink>();
  #connecting: TcpSocket | undefined;
  #timer: Timer | undefined;
  #established: BgpLink | undefined;
  #errorWait: number;
  #stopped = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#errorWait = options.timings.bgpErrorWaitMin;
  }

  get established(): boolean {
    return this.#established !== undefined;
  }

  start(): void {
    this.#later(this.#options.timings.bgpConnectDelay);
  }

  kill(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#connecting?.abort();
    for (const link of this.#links) link.kill();
    this.#links.clear();
    this.#established = undefined;
  }

  /** A connection from the neighbour's address. */
  accept(socket: TcpSocket): void {
    this.#adopt(socket, false);
  }

  #later(delay: number): void {
    this.#timer?.cancel();
    if (this.#stopped) return;
    const shortened = Math.round(delay * (1 - this.#options.random.unit() / 4));
    this.#timer = this.#options.host.after(Math.max(1, shortened), () => this.#connect());
  }

  #connect(): void {
    if (this.#links.size > 0) return;
    const { host, peer, timings } = this.#options;
    this.#connecting?.abort();
    const socket = host.connect(peer.ip, BGP_PORT, { process: 'bird' });
    this.#connecting = socket;
    socket.handlers = {
      established: () => {
        this.#connecting = undefined;
        this.#adopt(socket, true);
      },
      closed: () => {
        this.#connecting = undefined;
      },
    };
    // The retry timer runs on while the connection is tried, and starts another.
    this.#later(timings.bgpConnectRetry);
  }

  #adopt(socket: TcpSocket, outgoing: boolean): void {
    const { host, routerId, timings, random } = this.#options;
    const handlers = {
      opened: (link: BgpLink, theirs: Ipv4) => this.#opened(link, theirs),
      established: (link: BgpLink) => {
        this.#established = link;
        this.#errorWait = timings.bgpErrorWaitMin;
        this.#timer?.cancel();
        this.#options.log(this.#options.peer, 'State changed to up');
      },
      down: (link: BgpLink, error: string) => this.#down(link, error),
    };
    this.#links.add(new BgpLink(host, socket, outgoing, routerId, { timings, random, handlers }));
  }

  #opened(link: BgpLink, theirs: Ipv4): boolean {
    const { routerId } = this.#options;
    if (theirs === routerId) {
      link.close('Bad BGP identifier');
      this.#down(link, 'Bad BGP identifier');
      return false;
    }
    for (const other of [...this.#links]) {
      if (other === link || other.state === 'open-sent') continue;
      // RFC 4271 6.8: the connection opened by the higher identifier survives, an established one in any case.
      const keepsOther = other.state === 'established' || other.outgoing === routerId > theirs;
      const loser = keepsOther ? link : other;
      loser.close('Connection collision');
      this.#links.delete(loser);
      if (loser === link) return false;
    }
    return true;
  }

  #down(link: BgpLink, error: string): void {
    this.#links.delete(link);
    const { peer, timings, log } = this.#options;
    if (this.#established === link) {
      this.#established = undefined;
      log(peer, `State changed to start, ${error}`);
    }
    if (this.#links.size > 0) return;
    this.#later(this.#errorWait);
    this.#errorWait = Math.min(timings.bgpErrorWaitMax, this.#errorWait * 2);
  }
}
