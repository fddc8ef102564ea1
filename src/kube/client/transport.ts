/**
 * Connections of one client-go client: each request without one dials for itself, the first that comes up serves all (HTTP/2).
 * Knows sockets and hellos, not requests.
 * Source: net/http Transport (queueForDial, tryPutIdleConn), k8s.io/apimachinery util/net/http.go, util/connrotation.
 * Departs from Go: one handshake round trip; a dial whose request was given up goes on, as Go's does.
 */
import type { Ipv4 } from '../../base/ip.js';
import { formatIpv4 } from '../../base/ip.js';
import type { Errno, HostKernel, TcpSocket, Timer } from '../../net/sockets.js';
import type { ServerFrame } from '../api/wire.js';
import { isFrame, SIZES } from '../api/wire.js';
import type { Timings } from '../timings.js';
import { DIALER_KEEP_ALIVE } from '../timings.js';
import { certificateError, dialError, dialTimeoutError, readError } from './errors.js';
import { Http2Connection } from './http2.js';

export interface TransportOptions {
  readonly host: HostKernel;
  /** Owner of its sockets: `kubelet`. */
  readonly process: string;
  readonly ip: Ipv4;
  readonly port: number;
  /** The cluster's certificate authority. */
  readonly authority: string;
  readonly timings: Timings;
}

/** Somebody who needs a connection. Told once. */
export interface Want {
  ready(connection: Http2Connection): void;
  failed(error: string): void;
}

export class Transport {
  readonly options: TransportOptions;
  #connection: Http2Connection | undefined;
  readonly #waiting = new Set<Want>();
  readonly #dials = new Set<Dial>();
  #closed = false;

  constructor(options: TransportOptions) {
    this.options = options;
  }

  /** Whether a connection is up. */
  get connected(): boolean {
    return this.#connection !== undefined;
  }

  want(want: Want): void {
    if (this.#connection) return want.ready(this.#connection);
    this.#waiting.add(want);
    const dial: Dial = new Dial(this.options, {
      established: (socket) => this.#established(dial, socket),
      failed: (error) => {
        this.#dials.delete(dial);
        if (this.#waiting.delete(want)) want.failed(error);
      },
    });
    this.#dials.add(dial);
  }

  /** The want is not waited for any more. */
  forget(want: Want): void {
    this.#waiting.delete(want);
  }

  /** connrotation.CloseAll: closes what is established; dials go on. */
  closeAll(): void {
    this.#connection?.close();
  }

  /** As a process that ends: everything is reset, nobody is told. */
  kill(): void {
    this.#closed = true;
    this.#waiting.clear();
    for (const dial of this.#dials) dial.abort();
    this.#dials.clear();
    this.#connection?.kill();
    this.#connection = undefined;
  }

  #established(dial: Dial, socket: TcpSocket): void {
    this.#dials.delete(dial);
    if (this.#closed || this.#connection) return socket.close();
    const { host, timings } = this.options;
    const connection: Http2Connection = new Http2Connection(host, socket, timings, () => {
      if (this.#connection === connection) this.#connection = undefined;
    });
    this.#connection = connection;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const want of waiting) want.ready(connection);
  }
}

interface DialHandlers {
  established(socket: TcpSocket): void;
  failed(error: string): void;
}

/** TCP connect and TLS handshake, each with its time-out. */
class Dial {
  readonly #options: TransportOptions;
  readonly #handlers: DialHandlers;
  readonly #socket: TcpSocket;
  #timer: Timer;

  constructor(options: TransportOptions, handlers: DialHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    const { host, ip, port, timings } = options;
    this.#socket = host.connect(ip, port, { process: options.process, keepAlive: DIALER_KEEP_ALIVE });
    this.#timer = host.after(timings.dialTimeout, () => this.#giveUp(dialTimeoutError(ip, port)));
    this.#socket.handlers = {
      established: () => this.#shakeHands(),
      closed: (why) => this.#fail(why === 'eof' ? 'EOF' : dialError(ip, port, why)),
    };
  }

  abort(): void {
    this.#timer.cancel();
    this.#socket.abort();
  }

  #shakeHands(): void {
    const { host, ip, timings } = this.#options;
    this.#timer.cancel();
    this.#timer = host.after(timings.tlsTimeout, () => this.#giveUp('net/http: TLS handshake timeout'));
    this.#socket.handlers = {
      message: (message) => this.#receive(message),
      closed: (why: Errno | 'eof') => this.#fail(why === 'eof' ? 'EOF' : readError(this.#socket, why)),
    };
    this.#socket.send({ type: 'client-hello', serverName: formatIpv4(ip) }, SIZES.hello);
  }

  #receive(message: unknown): void {
    const frame = isFrame(message) ? (message as ServerFrame) : undefined;
    if (frame?.type !== 'server-hello') return this.#giveUp('tls: first record does not look like a TLS handshake');
    const problem = certificateError(frame.identity, this.#options.authority, formatIpv4(this.#options.ip));
    if (problem) return this.#giveUp(`tls: failed to verify certificate: ${problem}`);
    this.#timer.cancel();
    this.#handlers.established(this.#socket);
  }

  #giveUp(error: string): void {
    this.#socket.close();
    this.#fail(error);
  }

  #fail(error: string): void {
    this.#timer.cancel();
    this.#handlers.failed(error);
  }
}
