/**
 * One root seed, named random streams: a new draw in one stream does not shift any other.
 * The generator is xoroshiro128+ of pure-rand, seeded by a 32-bit FNV-1a hash of the root seed and the stream's name.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

const RESOLUTION = 0x3fffffff;

/** A stream of draws. Stateful: each draw moves this stream and no other. */
export class RandomStream {
  readonly #generator: RandomGenerator;
  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  /** An integer in [low, high], both included. */
  integer(low: number, high: number): number {
    return uniformInt(this.#generator, low, high);
  }

  /** A number in [0, 1), in steps of 2^-30. */
  unit(): number {
    return uniformInt(this.#generator, 0, RESOLUTION) / (RESOLUTION + 1);
  }

  /** k8s.io/apimachinery wait.Jitter: a duration in [base, base * (1 + factor)), rounded to microseconds. */
  jitter(base: number, factor: number): number {
    return Math.round(base * (1 + this.unit() * factor));
  }
}

/** The streams of one case; `stream('kubelet:worker-1')` starts anew at each call, so keep what it returns. */
export class RandomSource {
  readonly #root: string;
  constructor(root: string) {
    this.#root = root;
  }

  stream(name: string): RandomStream {
    return new RandomStream(fnv1a(`${this.#root}\u0000${name}`));
  }
}

/** FNV-1a, 32 bits, over UTF-16 code units. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash | 0;
}
