/**
 * How long TCP waits for an acknowledgement, and when it gives up: by the number of SYNs while connecting, by time afterwards.
 * Source: net/ipv4/tcp_timer.c (tcp_write_timeout, tcp_model_timeout, tcp_orphan_retries).
 */
import type { Micros } from '../base/instant.js';
import { MILLISECOND, SECOND } from '../base/instant.js';
import type { TcpState } from './tcp-socket.js';

const SYN_RTO: Micros = SECOND;
const RTO_MIN: Micros = 200 * MILLISECOND;
const RTO_MAX: Micros = 120 * SECOND;
/** What 0 in net.ipv4.tcp_orphan_retries stands for, once the program has closed its side. */
const ORPHAN_RETRIES = 8;

export class TcpTimers {
  constructor(readonly sysctl: (key: string) => number) {}

  /** `backoff` counts the time-outs since an acknowledgement, less those that an unreachable network explains. */
  retransmitAfter(state: TcpState, backoff: number): Micros {
    const base = isConnecting(state) ? SYN_RTO : RTO_MIN;
    return Math.min(base * 2 ** Math.max(backoff - this.#linear(state), 0), RTO_MAX);
  }

  /** After `retransmits` of the oldest segment, which has waited for `waited`. */
  givesUp(state: TcpState, retransmits: number, waited: Micros): boolean {
    if (state === 'SYN-SENT') return retransmits >= this.sysctl('net.ipv4.tcp_syn_retries') + this.#linear(state);
    if (state === 'SYN-RECV') return retransmits >= this.sysctl('net.ipv4.tcp_synack_retries');
    const orphan = state !== 'ESTAB';
    const retries = orphan
      ? this.sysctl('net.ipv4.tcp_orphan_retries') || ORPHAN_RETRIES
      : this.sysctl('net.ipv4.tcp_retries2');
    let limit = 0;
    for (let backoff = 0; backoff <= retries; backoff++) limit += this.retransmitAfter(state, backoff);
    return waited >= limit;
  }

  /** So many of the first SYNs come at even distances, beside those that back off. */
  #linear(state: TcpState): number {
    return state === 'SYN-SENT' ? this.sysctl('net.ipv4.tcp_syn_linear_timeouts') : 0;
  }
}

function isConnecting(state: TcpState): boolean {
  return state === 'SYN-SENT' || state === 'SYN-RECV';
}
