/** A map whose key is a pair of endpoints: what TCP and connection tracking look up for every packet, without making a text of it. */
import type { Ipv4 } from '../base/ip.js';

export interface Half {
  readonly ip: Ipv4;
  readonly port: number;
}

export class PairMap<V> {
  readonly #byFirst = new Map<number, Map<number, V>>();

  get(first: Half, second: Half): V | undefined {
    return this.#byFirst.get(numberOf(first))?.get(numberOf(second));
  }

  set(first: Half, second: Half, value: V): void {
    const key = numberOf(first);
    let bySecond = this.#byFirst.get(key);
    if (!bySecond) {
      bySecond = new Map();
      this.#byFirst.set(key, bySecond);
    }
    bySecond.set(numberOf(second), value);
  }

  delete(first: Half, second: Half): void {
    const key = numberOf(first);
    const bySecond = this.#byFirst.get(key);
    if (bySecond?.delete(numberOf(second)) && bySecond.size === 0) this.#byFirst.delete(key);
  }

  /** In order of their first endpoint's first appearance. */
  *values(): Iterable<V> {
    for (const bySecond of this.#byFirst.values()) yield* bySecond.values();
  }
}

/** 48 bits: exact in a double. */
function numberOf({ ip, port }: Half): number {
  return ip * 65536 + port;
}
