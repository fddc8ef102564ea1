/**
 * How disrupted a zone is, and how fast its nodes may be tainted for eviction. Source: node_lifecycle_controller.go
 * ComputeZoneState, handleDisruption, setLimiterInZone; scheduler/rate_limited_queue.go SwapLimiter. One zone: nodes of the model
 * have no zone labels.
 */
import type { Micros } from '../../base/instant.js';

export type ZoneState = 'Initial' | 'Normal' | 'PartialDisruption' | 'FullDisruption';

const UNHEALTHY_THRESHOLD = 0.55;
const NOT_READY_MIN = 3;
export const LARGE_CLUSTER = 50;

export function zoneStateOf(ready: number, notReady: number): ZoneState {
  if (ready === 0 && notReady > 0) return 'FullDisruption';
  const share = notReady / (notReady + ready);
  return notReady >= NOT_READY_MIN && share >= UNHEALTHY_THRESHOLD ? 'PartialDisruption' : 'Normal';
}

/** A token bucket that holds one token; `interval` undefined: never a token again. */
export class EvictionLimiter {
  #interval: Micros | undefined;
  /** When the token is there. */
  #nextAt: Micros;

  constructor(interval: Micros, now: Micros) {
    this.#interval = interval;
    this.#nextAt = now;
  }

  /** When the next taint may be set, undefined for never. */
  nextAt(): Micros | undefined {
    return this.#interval === undefined ? undefined : this.#nextAt;
  }

  tryAccept(now: Micros): boolean {
    if (this.#interval === undefined || now < this.#nextAt) return false;
    this.#nextAt = now + this.#interval;
    return true;
  }

  /** A limiter that had no token left hands none to its successor. */
  swap(interval: Micros | undefined, now: Micros): void {
    if (interval === this.#interval) return;
    const drained = this.#interval === undefined || now < this.#nextAt;
    this.#interval = interval;
    if (interval !== undefined) this.#nextAt = drained ? now + interval : now;
  }
}
