/**
 * A TCP connection of a real kernel with the face of TcpSocket. Real bytes travel: each message is a frame with a number and as many
 * bytes as the model says that it weighs; what the message says is kept here, and handed over when its frame has arrived.
 */
import type { Ipv4 } from '../../src/base/ip.js';
import { ipv4 } from '../../src/base/ip.js';
import type { Errno, KeepAliveTimes, TcpHandlers, TcpSocket } from '../../src/net/sockets.js';
import type { AgentEvent, AgentLine } from './line.js';
import type { WallLoop } from './wall-loop.js';

/** Messages that were sent and have not arrived. Those of a connection that is cut stay until the testbed ends. */
export class Mail {
  readonly #letters = new Map<number, unknown>();
  #last = 0;

  post(message: unknown): number {
    this.#letters.set(++this.#last, message);
    return this.#last;
  }

  take(number: number): unknown {
    const message = this.#letters.get(number);
    this.#letters.delete(number);
    return message;
  }
}

interface Surroundings {
  readonly line: AgentLine;
  readonly loop: WallLoop;
  readonly mail: Mail;
}

interface Address {
  readonly ip: Ipv4;
  readonly port: number;
}

export class LinuxSocket implements TcpSocket {
  handlers: TcpHandlers = {};
  local: Address = { ip: 0, port: 0 };
  #over = false;
  #established = false;
  #queued: (() => void)[] = [];

  constructor(
    readonly surroundings: Surroundings,
    readonly number: number,
    readonly remote: Address,
  ) {
    surroundings.line.listen(number, (event) => surroundings.loop.enter(() => this.#take(event)));
  }

  /** A connection that the kernel has accepted. */
  static accepted(surroundings: Surroundings, event: AgentEvent): LinuxSocket {
    const socket = new LinuxSocket(surroundings, event.socket ?? 0, addressOf(event.remote));
    socket.local = addressOf(event.local);
    socket.#established = true;
    return socket;
  }

  /** What is sent before the connection stands goes out when it does, as from a program that waits for connect(2). */
  send(message: unknown, bytes: number): void {
    const { line, mail } = this.surroundings;
    const send = () => line.tell({ do: 'send', number: this.number, message: mail.post(message), bytes });
    if (this.#over) return;
    if (this.#established) send();
    else this.#queued.push(send);
  }

  close(): void {
    this.#end('close');
  }

  abort(): void {
    this.#end('abort');
  }

  /** Always 0: the kernel's Send-Q is read from ss, where it is asked for. */
  unacknowledged(): number {
    return 0;
  }

  #end(how: 'close' | 'abort'): void {
    if (this.#over) return;
    this.#over = true;
    this.surroundings.line.forget(this.number);
    this.surroundings.line.tell({ do: how, number: this.number });
  }

  #take(event: AgentEvent): void {
    if (this.#over) return;
    if (event.event === 'established') {
      this.#established = true;
      this.local = addressOf(event.local);
      this.handlers.established?.();
      for (const send of this.#queued.splice(0)) send();
    } else if (event.event === 'message') this.handlers.message?.(this.surroundings.mail.take(event.message ?? 0));
    else if (event.event === 'closed') {
      this.#over = true;
      this.surroundings.line.forget(this.number);
      this.handlers.closed?.(event.why as Errno | 'eof');
    }
  }
}

function addressOf(text = '0.0.0.0:0'): Address {
  const colon = text.lastIndexOf(':');
  return { ip: ipv4(text.slice(0, colon)), port: Number(text.slice(colon + 1)) };
}

/** As the agent wants it. */
export function keepAliveMs(times: KeepAliveTimes | undefined) {
  return times && { idleMs: times.idle / 1000, intervalMs: times.interval / 1000, probes: times.probes };
}
