/**
 * One TCP connection: handshake, acknowledgement, retransmission with back-off, keep-alive, and the errors that a program sees.
 * Source: RFC 9293, net/ipv4/tcp_timer.c, tcp_ipv4.c (tcp_v4_err). Departs from Linux: a message is one segment whatever
 * its size, no congestion or flow control, go-back-N instead of SACK, a fixed RTO of 200 ms (links here answer in less),
 * no TIME-WAIT, and a program that reads end of file closes its side at once.
 */
import type { Event } from '../base/event-queue.js';
import type { Micros } from '../base/instant.js';
import { SECOND } from '../base/instant.js';
import type { Ipv4 } from '../base/ip.js';
import { KeepAlive } from './keep-alive.js';
import type { IcmpError, TcpFlags, TcpSegment } from './packet.js';
import type { OutputRoute } from './routing.js';
import type { ConnectOptions, Errno, TcpHandlers, TcpSocket } from './sockets.js';
import type { TcpTimers } from './tcp-timers.js';

/** net.ipv4.tcp_fin_timeout: how long a half-closed connection waits for the other side's FIN. */
const FIN_TIMEOUT: Micros = 60 * SECOND;

export type TcpState = 'SYN-SENT' | 'SYN-RECV' | 'ESTAB' | 'FIN-WAIT' | 'LAST-ACK' | 'CLOSED';

export interface TcpEnvironment {
  now(): Micros;
  after(delay: Micros, run: () => void): Event;
  readonly timers: TcpTimers;
  /** Sends through the host's IP layer; an errno where there is no route. */
  transmit(connection: TcpConnection, segment: TcpSegment, confirm: boolean): Errno | undefined;
  forget(connection: TcpConnection): void;
  /** A passive open has completed. */
  accepted(connection: TcpConnection): void;
}

interface Unacked {
  readonly seq: number;
  /** Sequence space it takes: its bytes, or 1 for SYN and FIN. */
  readonly length: number;
  readonly segment: TcpSegment;
}

export class TcpConnection implements TcpSocket {
  handlers: TcpHandlers = {};
  state: TcpState;
  /** The route in use, good while its generation is the host's. */
  route: OutputRoute | undefined;
  receivedBytes = 0;
  #sendNext = 0;
  #sendUnacked = 0;
  #receiveNext = 0;
  #queue: Unacked[] = [];
  #early: { message: unknown; bytes: number }[] = [];
  #timer: Event | undefined;
  #keepAlive: KeepAlive | undefined;
  #retransmits = 0;
  #backoff = 0;
  /** When the oldest segment in flight was sent, or the latest acknowledgement came. */
  #waitsSince: Micros = 0;
  /** sk_err_soft: what the network said about segments in flight. */
  #softError: Errno | undefined;
  #lastSent: Micros = 0;
  #ackPending = false;
  #recovering = false;
  #progress = false;
  #finQueued = false;
  #told = false;

  constructor(
    readonly local: { readonly ip: Ipv4; readonly port: number },
    readonly remote: { readonly ip: Ipv4; readonly port: number },
    readonly options: ConnectOptions,
    readonly environment: TcpEnvironment,
    active: boolean,
  ) {
    this.state = active ? 'SYN-SENT' : 'SYN-RECV';
  }

  /** Sends the SYN, or for a passive open the SYN-ACK to a SYN with `seq` 0. */
  open(): Errno | undefined {
    if (this.state === 'SYN-RECV') this.#receiveNext = 1;
    return this.#enqueue(this.state === 'SYN-SENT' ? 'S' : 'S.', 1, undefined, 0);
  }

  send(message: unknown, bytes: number): void {
    if (this.state === 'SYN-SENT' || this.state === 'SYN-RECV') this.#early.push({ message, bytes });
    else if (this.state === 'ESTAB') this.#enqueue('P.', bytes, message, bytes);
  }

  close(): void {
    this.#told = true;
    if (this.state === 'SYN-SENT' || this.state === 'SYN-RECV') return this.#end();
    if (this.state !== 'ESTAB') return;
    this.#fin('FIN-WAIT');
  }

  abort(): void {
    this.#told = true;
    if (this.state !== 'SYN-SENT' && this.state !== 'CLOSED') this.#emit('R.', this.#sendNext, 0, undefined);
    this.#end();
  }

  unacknowledged(): number {
    return this.#sendNext - this.#sendUnacked;
  }

  receive(segment: TcpSegment): void {
    this.#keepAlive?.heard();
    if (segment.flags === 'R' || segment.flags === 'R.') return this.#receiveReset(segment);
    if (this.state === 'SYN-SENT') {
      if (segment.flags !== 'S.') return;
      this.#receiveNext = segment.seq + 1;
    }
    if (segment.flags === 'S.') this.#ackPending = true;
    if (segment.flags !== 'S') this.#acknowledge(segment.ack);
    if (this.state === 'SYN-SENT' || this.state === 'SYN-RECV') this.#established();
    if (segment.flags !== 'S.' && (this.state as TcpState) !== 'CLOSED') this.#receiveData(segment);
    if (this.#ackPending && (this.state as TcpState) !== 'CLOSED') this.#emit('.', this.#sendNext, 0, undefined);
  }

  /** tcp_v4_err: fatal while connecting; an established connection only takes it as a hint to try again sooner. */
  receiveIcmp(type: IcmpError['type'], seq: number): void {
    // tcp_req_err: who only answers gives up for what no time will mend, and a port may open.
    if (this.state === 'SYN-RECV' && type === 'port-unreachable') return;
    if (type !== 'port-unreachable' && type !== 'time-exceeded' && seq === this.#sendUnacked) this.#revertBackoff();
    if (this.state === 'SYN-SENT' || this.state === 'SYN-RECV') return this.fail(errnoOf(type));
    this.#softError = errnoOf(type);
  }

  /** tcp_ld_RTO_revert (RFC 6069): a time-out that an unreachable host explains does not count, and what is overdue goes out at once. */
  #revertBackoff(): void {
    if (this.#backoff === 0 || this.#queue.length === 0) return;
    this.#backoff--;
    const rest = this.#rto() - (this.environment.now() - this.#lastSent);
    if (rest > 0) this.#arm(rest);
    else this.#timeOut();
  }

  fail(why: Errno): void {
    const told = this.#told;
    this.#told = true;
    this.#end();
    if (!told) this.handlers.closed?.(why);
  }

  #established(): void {
    const passive = this.state === 'SYN-RECV';
    if (this.#sendUnacked === 0) return;
    this.state = 'ESTAB';
    this.#startKeepAlive();
    if (passive) this.environment.accepted(this);
    else this.handlers.established?.();
    const early = this.#early;
    this.#early = [];
    for (const { message, bytes } of early) this.send(message, bytes);
  }

  #receiveReset(segment: TcpSegment): void {
    if (this.state === 'SYN-SENT') {
      if (segment.ack === this.#sendNext) this.fail('ECONNREFUSED');
      return;
    }
    this.fail('ECONNRESET');
  }

  #acknowledge(ack: number): void {
    if (ack <= this.#sendUnacked || ack > this.#sendNext) return;
    this.#sendUnacked = ack;
    this.#progress = true;
    this.#acknowledged();
    this.#timer?.cancel();
    while (this.#queue[0] && this.#queue[0].seq + this.#queue[0].length <= ack) this.#queue.shift();
    if (this.#queue.length === 0) {
      this.#recovering = false;
      if (this.state === 'LAST-ACK') this.#end();
      if (this.state === 'FIN-WAIT') this.#timer = this.environment.after(FIN_TIMEOUT, () => this.#end());
      return;
    }
    this.#arm(this.#rto());
    if (this.#recovering) this.#resendHead();
  }

  #acknowledged(): void {
    this.#retransmits = 0;
    this.#backoff = 0;
    this.#softError = undefined;
    this.#waitsSince = this.environment.now();
  }

  #receiveData(segment: TcpSegment): void {
    const fin = segment.flags === 'F.';
    const length = segment.bytes + (fin ? 1 : 0);
    if (segment.seq !== this.#receiveNext) {
      this.#ackPending = true;
      return;
    }
    if (length === 0) return;
    this.#receiveNext += length;
    this.#ackPending = true;
    if (segment.bytes > 0 && !this.#told) this.handlers.message?.(segment.message);
    if (fin) this.#receiveFin();
  }

  #receiveFin(): void {
    const told = this.#told;
    this.#told = true;
    if (this.state === 'FIN-WAIT') {
      this.#emit('.', this.#sendNext, 0, undefined);
      this.#end();
      return;
    }
    if (this.state === 'ESTAB') this.#fin('LAST-ACK');
    if (!told) this.handlers.closed?.('eof');
  }

  #fin(state: 'FIN-WAIT' | 'LAST-ACK'): void {
    if (this.#finQueued) return;
    this.#finQueued = true;
    this.state = state;
    this.#enqueue('F.', 1, undefined, 0);
  }

  #enqueue(flags: TcpFlags, length: number, message: unknown, bytes: number): Errno | undefined {
    const seq = this.#sendNext;
    if (this.#queue.length === 0) this.#waitsSince = this.environment.now();
    const segment = this.#segment(flags, seq, bytes, message);
    this.#queue.push({ seq, length, segment });
    this.#sendNext += length;
    const failed = this.#emit(flags, seq, bytes, message);
    if (this.#queue.length === 1) this.#arm(this.#rto());
    return failed;
  }

  #segment(flags: TcpFlags, seq: number, bytes: number, message: unknown): TcpSegment {
    return {
      kind: 'tcp',
      sourcePort: this.local.port,
      destinationPort: this.remote.port,
      flags,
      seq,
      ack: flags === 'S' ? 0 : this.#receiveNext,
      bytes,
      message,
    };
  }

  #emit(flags: TcpFlags, seq: number, bytes: number, message: unknown): Errno | undefined {
    this.#ackPending = false;
    this.#lastSent = this.environment.now();
    const confirm = this.#progress;
    this.#progress = false;
    return this.environment.transmit(this, this.#segment(flags, seq, bytes, message), confirm);
  }

  #rto(): Micros {
    return this.environment.timers.retransmitAfter(this.state, this.#backoff);
  }

  #arm(delay: Micros): void {
    this.#timer?.cancel();
    this.#timer = this.environment.after(delay, () => this.#timeOut());
  }

  #timeOut(): void {
    const { timers, now } = this.environment;
    if (timers.givesUp(this.state, this.#retransmits, now() - this.#waitsSince))
      return this.fail(this.#softError ?? 'ETIMEDOUT');
    this.#retransmits++;
    this.#backoff++;
    this.#recovering = true;
    this.#resendHead();
    if (this.state !== 'CLOSED') this.#arm(this.#rto());
  }

  #resendHead(): void {
    const head = this.#queue[0];
    if (head) this.#emit(head.segment.flags, head.seq, head.segment.bytes, head.segment.message);
  }

  #startKeepAlive(): void {
    const { keepAlive } = this.options;
    if (!keepAlive) return;
    this.#keepAlive = new KeepAlive(keepAlive, this.environment, {
      inFlight: () => this.#queue.length > 0,
      probe: () => void this.#emit('.', this.#sendNext - 1, 0, undefined),
      dead: () => this.fail('ETIMEDOUT'),
    });
  }

  #end(): void {
    if (this.state === 'CLOSED') return;
    this.state = 'CLOSED';
    this.#timer?.cancel();
    this.#keepAlive?.stop();
    this.#queue = [];
    this.environment.forget(this);
  }
}

function errnoOf(type: IcmpError['type']): Errno {
  if (type === 'port-unreachable') return 'ECONNREFUSED';
  return type === 'net-unreachable' ? 'ENETUNREACH' : 'EHOSTUNREACH';
}
