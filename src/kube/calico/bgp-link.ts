/**
 * One TCP connection between two BIRDs, from OPEN to its end: hold and keepalive timers, and what the other side says. Knows one
 * connection; which of two survives is session.ts. Source: BIRD 1.6 proto/bgp (bgp.c, packets.c), RFC 4271.
 */
import type { Ipv4 } from '../../base/ip.js';
import type { RandomStream } from '../../base/random.js';
import type { HostKernel, TcpSocket, Timer } from '../../net/sockets.js';
import type { Timings } from '../timings.js';

export type BgpMessage =
  | { readonly type: 'bgp-open'; readonly routerId: Ipv4 }
  | { readonly type: 'bgp-keepalive' }
  | { readonly type: 'bgp-notification'; readonly error: string };

export type LinkState = 'open-sent' | 'open-confirm' | 'established' | 'closed';

export interface LinkHandlers {
  /** The other's OPEN arrived; false refuses it. */
  opened(link: BgpLink, routerId: Ipv4): boolean;
  established(link: BgpLink): void;
  /** The connection is over, for whatever reason; told once. */
  down(link: BgpLink, error: string): void;
}

const BYTES = { open: 53, keepalive: 19, notification: 21 } as const;

export class BgpLink {
  state: LinkState = 'open-sent';
  readonly #host: HostKernel;
  readonly #socket: TcpSocket;
  readonly #timings: Timings;
  readonly #random: RandomStream;
  readonly #handlers: LinkHandlers;
  #heardAt: number;
  #holdTimer: Timer;
  #keepaliveTimer: Timer | undefined;

  constructor(
    host: HostKernel,
    socket: TcpSocket,
    /** Who opened the TCP connection. */
    readonly outgoing: boolean,
    routerId: Ipv4,
    options: { readonly timings: Timings; readonly random: RandomStream; readonly handlers: LinkHandlers },
  ) {
    this.#host = host;
    this.#socket = socket;
    this.#timings = options.timings;
    this.#random = options.random;
    this.#handlers = options.handlers;
    this.#heardAt = host.now();
    this.#holdTimer = this.#watchHold(this.#timings.bgpHold);
    socket.handlers = {
      message: (message) => this.#receive(message as BgpMessage),
      closed: (why) => {
        if (why === 'eof') socket.close();
        this.#end(why === 'eof' ? 'Connection closed' : why);
      },
    };
    this.#send({ type: 'bgp-open', routerId }, BYTES.open);
  }

  /** Tells the other side why, and closes. Nobody here is told. */
  close(error: string): void {
    if (this.state === 'closed') return;
    this.#send({ type: 'bgp-notification', error }, BYTES.notification);
    this.#stop();
    this.#socket.close();
  }

  kill(): void {
    if (this.state === 'closed') return;
    this.#stop();
    this.#socket.abort();
  }

  #send(message: BgpMessage, bytes: number): void {
    this.#socket.send(message, bytes);
  }

  #stop(): void {
    this.state = 'closed';
    this.#holdTimer.cancel();
    this.#keepaliveTimer?.cancel();
  }

  #end(error: string): void {
    if (this.state === 'closed') return;
    this.#stop();
    this.#handlers.down(this, error);
  }

  #fail(error: string): void {
    if (this.state === 'closed') return;
    this.close(error);
    this.#handlers.down(this, error);
  }

  #receive(message: BgpMessage): void {
    if (this.state === 'closed') return;
    this.#heardAt = this.#host.now();
    switch (message.type) {
      case 'bgp-open':
        if (this.state !== 'open-sent' || !this.#handlers.opened(this, message.routerId)) return;
        this.state = 'open-confirm';
        this.#keepalive();
        return;
      case 'bgp-keepalive':
        if (this.state !== 'open-confirm') return;
        this.state = 'established';
        this.#handlers.established(this);
        return;
      case 'bgp-notification':
        this.#socket.close();
        this.#end(`Received: ${message.error}`);
        return;
      default:
        this.#fail('Message header error');
    }
  }

  /** Timers of BIRD are shortened by up to a quarter, at random. */
  #keepalive(): void {
    this.#send({ type: 'bgp-keepalive' }, BYTES.keepalive);
    const delay = Math.round(this.#timings.bgpKeepalive * (1 - this.#random.unit() / 4));
    this.#keepaliveTimer = this.#host.after(delay, () => this.#keepalive());
  }

  #watchHold(delay: number): Timer {
    return this.#host.after(delay, () => {
      const left = this.#heardAt + this.#timings.bgpHold - this.#host.now();
      if (left <= 0) return this.#fail('Hold timer expired');
      this.#holdTimer = this.#watchHold(left);
    });
  }
}
