/** `--hold-on-failure`: tells how to look at the hosts of a case that failed, and waits until somebody has looked. */
import { ExitCode } from '../../src/verdict/merge.js';
import { findBackend } from '../backends/table.js';
import { Failure } from '../failure.js';
import type { Hold } from '../run/case-runner.js';
import { escapeLine, shellCommand } from '../terminal/escape.js';
import { lineOrEnd } from '../terminal/prompt.js';
import type { Context } from './context.js';
import type { RunOptions } from './options.js';

/** Undefined without the option. Throws where the backend has nothing to hold, or several cases would be held at once. */
export function holdFor({ holdOnFailure, backend, jobs }: RunOptions, context: Context): Hold | undefined {
  if (!holdOnFailure) return undefined;
  const wrong = (text: string, hint: string) => new Failure(ExitCode.usage, `--hold-on-failure ${text}`, hint);
  if (findBackend(backend).clock === 'virtual')
    throw wrong(`has nothing to hold on the backend ${backend}`, 'windtunnel inspect looks at a modelled case');
  if (jobs !== undefined && jobs !== '1') throw wrong('holds one case at a time', 'leave --jobs away');
  let before: Promise<void> = Promise.resolve();
  const one: Hold = async (spec, { path, hosts, commands = [] }) => {
    const { err } = context.streams;
    err.write(`held: ${escapeLine(spec.id)} did not pass, and its hosts are up\n`);
    for (const host of hosts) err.write(`  ${shellCommand(['npx', 'windtunnel', 'shell', path, host])}\n`);
    for (const words of commands) err.write(`  ${shellCommand(words)}\n`);
    err.write('Enter goes on; Ctrl-C ends the run\n');
    await pressed(context);
  };
  // Two sides of a comparison may fail at the same time; people look at one after the other.
  return (spec, shells) => {
    before = before.then(() => one(spec, shells));
    return before;
  };
}

/** A line on standard input, its end (nobody is there to look), or a signal. */
async function pressed({ onSignal }: Context): Promise<void> {
  const { come, release } = lineOrEnd();
  const stops: (() => void)[] = [];
  const signal = new Promise<void>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) stops.push(onSignal(name, resolve));
  });
  await Promise.race([come, signal]);
  for (const stop of stops) stop();
  release();
}
