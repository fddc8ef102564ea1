/** Waiting for what somebody else does, with progress: every ten seconds what is awaited, and what was last seen. */
import timers from 'node:timers/promises';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';

interface Patience {
  /** `node-exporter to be ready on every node`. */
  readonly what: string;
  readonly timeoutMs: number;
  readonly pollMs?: number;
  /** A look waits by itself and costs nobody anything meanwhile: the next one follows at once, and no sooner than `pollMs` after it began. */
  readonly isPatient?: true;
  readonly say: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly hint?: string;
}

export interface Waiting extends Patience {
  /** What is still wrong; undefined when nothing is. A rejection is what was last seen, too. */
  readonly look: () => Promise<string | undefined>;
}

/** What a look saw: what was waited for, or words; `fatal` where waiting on is in vain. */
export type Seen<T> = { readonly done: T } | { readonly seen: string; readonly fatal?: true };

export interface WaitingForValue<T> extends Patience {
  /** A rejection is what was last seen, too. */
  readonly look: () => Promise<Seen<T>>;
  /** More of what is wrong, asked for once and only where the wait is in vain; follows what was last seen. */
  readonly words?: () => Promise<string>;
}

const POLL_MS = 500;
const SAY_EVERY_MS = 10_000;
const LOOK_PAUSE_MAX_MS = 10_000;

/** Throws a {@link Failure} with what was last seen when the time is over. */
export async function awaitThat({ look, ...patience }: Waiting): Promise<void> {
  await awaitValue({
    ...patience,
    look: async () => {
      const seen = await look();
      return seen === undefined ? { done: undefined } : { seen };
    },
  });
}

/** Throws a {@link Failure} with what was last seen when the time is over, or waiting on is in vain. */
export async function awaitValue<T>(waiting: WaitingForValue<T>): Promise<T> {
  const { what, look, timeoutMs, say, signal } = waiting;
  const startedAt = Date.now();
  let tookMs = 0;
  for (let saidAt = startedAt; ; await pause(waiting, tookMs)) {
    signal?.throwIfAborted();
    const lookedAt = performance.now();
    const seen = await look().catch((error: Error): Seen<T> => ({ seen: error.message }));
    if ('done' in seen) return seen.done;
    signal?.throwIfAborted();
    tookMs = performance.now() - lookedAt;
    const waitedMs = Date.now() - startedAt;
    if (seen.fatal) throw await inVain(waiting, Math.round(waitedMs / 1000), seen.seen);
    if (waitedMs > timeoutMs) throw await inVain(waiting, timeoutMs / 1000, seen.seen);
    if (Date.now() - saidAt < SAY_EVERY_MS) continue;
    saidAt = Date.now();
    say(`waiting for ${what}: ${seen.seen}`);
  }
}

/** Until the next look, or the end of the run. */
async function pause({ pollMs = POLL_MS, isPatient, signal }: Patience, tookMs: number): Promise<void> {
  // As long as a look takes nobody looks: on a slow machine whoever asks would hold up what he waits for.
  const ms = isPatient ? Math.max(0, pollMs - tookMs) : Math.max(pollMs, Math.min(tookMs, LOOK_PAUSE_MAX_MS));
  // That the run is over is seen before the next look. By the module's name, so that a test's clock counts.
  await timers.setTimeout(ms, undefined, signal && { signal }).catch(() => {});
}

async function inVain<T>(
  { what, words, hint }: WaitingForValue<T>,
  seconds: number,
  lastSeen: string,
): Promise<Failure> {
  // Words that cannot be had are no error of their own: what was awaited in vain is.
  const more = await words?.().catch(() => '');
  return new Failure(ExitCode.infraError, `waited ${seconds} s for ${what}; last seen: ${lastSeen}${more ?? ''}`, hint);
}

type Works<T extends readonly unknown[]> = { readonly [K in keyof T]: (signal: AbortSignal) => Promise<T[K]> };

/**
 * Waits side by side. Where one is in vain the others are given up by the signal that they are given, and none is under way any more when this
 * throws why.
 */
export async function allOrNone<T extends readonly unknown[] | []>(works: Works<T>, signal?: AbortSignal): Promise<T> {
  const vain = new AbortController();
  const either = signal ? AbortSignal.any([signal, vain.signal]) : vain.signal;
  const running = works.map((work) => work(either));
  try {
    return (await Promise.all(running)) as readonly unknown[] as T;
  } catch (error) {
    vain.abort();
    await Promise.allSettled(running);
    throw error;
  }
}
