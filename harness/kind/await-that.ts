/** Waiting for what somebody else does, with progress: every ten seconds what is awaited, and what was last seen. */
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';

export interface Waiting {
  /** `node-exporter to be ready on every node`. */
  readonly what: string;
  /** What is still wrong; undefined when nothing is. A rejection is what was last seen, too. */
  readonly look: () => Promise<string | undefined>;
  readonly timeoutMs: number;
  readonly pollMs?: number;
  readonly say: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly hint?: string;
}

const POLL_MS = 500;
const SAY_EVERY_MS = 10_000;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Throws a {@link Failure} with what was last seen when the time is over. */
export async function awaitThat(waiting: Waiting): Promise<void> {
  const { what, look, timeoutMs, pollMs = POLL_MS, say, signal, hint } = waiting;
  const startedAt = Date.now();
  for (let saidAt = startedAt; ; await sleep(pollMs)) {
    signal?.throwIfAborted();
    const seen = await look().catch((error: Error) => error.message);
    if (seen === undefined) return;
    if (Date.now() - startedAt > timeoutMs)
      throw new Failure(ExitCode.infraError, `waited ${timeoutMs / 1000} s for ${what}; last seen: ${seen}`, hint);
    if (Date.now() - saidAt < SAY_EVERY_MS) continue;
    saidAt = Date.now();
    say(`waiting for ${what}: ${seen}`);
  }
}
