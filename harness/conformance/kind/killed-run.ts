/** A run that is killed. Refuses to know what is left of it. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROGRAM } from '../reported.js';

/** SIGKILL after that time; resolves when it has ended. Where `signal` aborts it is killed at once, and the reason is thrown. */
export async function killedRun(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  afterMs: number,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  // In a group of its own: SIGINT of a terminal is not to end it in peace.
  const run = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: 'ignore', detached: true });
  const ended = new Promise((resolve) => run.once('exit', resolve));
  await sleep(afterMs, undefined, { signal }).catch(() => {});
  run.kill('SIGKILL');
  await ended;
  signal.throwIfAborted();
}
