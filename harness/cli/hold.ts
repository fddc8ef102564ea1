/** `--hold-on-failure`: tells how to look at the hosts of a case that failed, and waits until somebody has looked. */
import { createInterface } from 'node:readline';
import { ExitCode } from '../../src/verdict/merge.js';
import { findBackend } from '../backends/table.js';
import { Failure } from '../failure.js';
import type { Hold } from '../run/case-runner.js';
import { escapeLine, shellCommand } from '../terminal/escape.js';
import type { Context } from './context.js';
import type { RunOptions } from './options.js';

/** Undefined without the option. Throws where the backend has nothing to hold, or several cases would be held at once. */
export function holdFor({ holdOnFailure, backend, jobs }: RunOptions, context: Context): Hold | undefined {
  if (!holdOnFailure) return undefined;
  const wrong = (text: string, hint: string) => new Failure(ExitCode.usage, `--hold-on-failure ${text}`, hint);
  if (findBackend(backend).clock === 'virtual')
    throw wrong(`has nothing to hold on the backend ${backend}`, 'windtunnel inspect looks at a modelled case');
  if (jobs !== undefined && jobs !== '1') throw wrong('holds one case at a time', 'leave --jobs away');
  return async (spec, { path, hosts }) => {
    const { err } = context.streams;
    err.write(`held: ${escapeLine(spec.id)} failed, and its hosts are up\n`);
    for (const host of hosts) err.write(`  ${shellCommand(['npx', 'windtunnel', 'shell', path, host])}\n`);
    err.write('Enter goes on; Ctrl-C ends the run\n');
    await pressed(context);
  };
}

/** A line on standard input, or a signal. Input that has ended presses nothing. */
function pressed({ onSignal }: Context): Promise<void> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin });
    // Keeps the process up where standard input has ended.
    const wait = setInterval(() => {}, 2 ** 30);
    const release = [onSignal('SIGINT', () => end()), onSignal('SIGTERM', () => end())];
    const end = () => {
      clearInterval(wait);
      lines.close();
      for (const stop of release) stop();
      resolve();
    };
    lines.once('line', end);
  });
}
