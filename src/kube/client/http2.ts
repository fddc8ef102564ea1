/**
 * One HTTP/2 connection of client-go: streams of requests and watches, and the health check that finds a dead peer: a ping after
 * so long without any frame, and the connection's end when it is not answered.
 * Source: golang.org/x/net/http2 transport.go (healthCheck, ReadIdleTimeout, PingTimeout; 1.20 and later set 30 s and 15 s).
 */
import type { Micros } from '../../base/instant.js';
import type { HostKernel, TcpSocket, Timer } from '../../net/sockets.js';
import type { ApiRequest, ClientFrame, ServerFrame } from '../api/wire.js';
import { isFrame, SIZES } from '../api/wire.js';
import type { Timings } from '../timings.js';
import { closedError, readError } from './errors.js';

export interface StreamHandlers {
  frame(frame: ServerFrame): void;
  /** The connection ended under it. Told once; never after `cancel`. */
  broken(error: string): void;
}

export class Http2Connection {
  readonly socket: TcpSocket;
  readonly #host: HostKernel;
  readonly #timings: Timings;
  readonly #ended: () => void;
  readonly #streams = new Map<number, StreamHandlers>();
  #nextId = 1;
  #lastFrameAt: Micros;
  #idleTimer: Timer;
  #pingTimer: Timer | undefined;
  #over = false;

  constructor(host: HostKernel, socket: TcpSocket, timings: Timings, ended: () => void) {
    this.#host = host;
    this.socket = socket;
    this.#timings = timings;
    this.#ended = ended;
    this.#lastFrameAt = host.now();
    this.#idleTimer = this.#watchIdle(timings.readIdle);
    socket.handlers = {
      message: (message) => {
        if (isFrame(message)) this.#receive(message as ServerFrame);
      },
      closed: (why) => {
        if (why === 'eof') socket.close();
        this.#end(readError(socket, why));
      },
    };
  }

  /** Sends a request; its id is for {@link cancel}. */
  open(request: ApiRequest, handlers: StreamHandlers): number {
    const id = this.#nextId;
    this.#nextId += 2;
    this.#streams.set(id, handlers);
    this.#send({ type: 'request', id, request }, SIZES.request);
    return id;
  }

  /** Forgets a stream and tells the server (RST_STREAM). */
  cancel(id: number): void {
    if (!this.#streams.delete(id) || this.#over) return;
    this.#send({ type: 'cancel', id }, SIZES.ping);
  }

  close(): void {
    if (this.#over) return;
    this.socket.close();
    this.#end(closedError(this.socket));
  }

  /** Without telling anybody. */
  kill(): void {
    this.#streams.clear();
    if (this.#over) return;
    this.socket.abort();
    this.#end('');
  }

  #send(frame: ClientFrame, bytes: number): void {
    this.socket.send(frame, bytes);
  }

  #receive(frame: ServerFrame): void {
    this.#lastFrameAt = this.#host.now();
    if (frame.type === 'pong') {
      this.#pingTimer?.cancel();
      this.#pingTimer = undefined;
      return;
    }
    if (!('id' in frame)) return;
    const stream = this.#streams.get(frame.id);
    if (frame.type === 'response' || frame.type === 'list' || frame.type === 'end') this.#streams.delete(frame.id);
    stream?.frame(frame);
  }

  #watchIdle(delay: Micros): Timer {
    return this.#host.after(delay, () => {
      const idle = this.#host.now() - this.#lastFrameAt;
      const { readIdle } = this.#timings;
      if (idle >= readIdle && !this.#pingTimer) this.#ping();
      this.#idleTimer = this.#watchIdle(idle >= readIdle ? readIdle : readIdle - idle);
    });
  }

  #ping(): void {
    this.#pingTimer = this.#host.after(this.#timings.pingTimeout, () => {
      this.socket.close();
      this.#end('http2: client connection lost');
    });
    this.#send({ type: 'ping' }, SIZES.ping);
  }

  #end(error: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#idleTimer.cancel();
    this.#pingTimer?.cancel();
    this.#ended();
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    for (const stream of streams) stream.broken(error);
  }
}
