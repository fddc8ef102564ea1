/**
 * Where the process begins and ends: reads argv and the environment, carries out one command, and sets the exit code.
 * Nothing else in harness/ ends the process.
 */
import { type Command, CommanderError } from 'commander';
import { ExitCode } from '../src/verdict/merge.js';
import type { Context } from './cli/context.js';
import { makeProgram } from './cli/program.js';
import { Failure } from './failure.js';
import { packageVersion } from './package.js';
import { escapeText } from './terminal/escape.js';
import { processStreams } from './terminal/streams.js';

function onSignal(signal: 'SIGINT' | 'SIGTERM', callback: () => void): () => void {
  process.on(signal, callback);
  return () => process.off(signal, callback);
}

/** Shows what went wrong, and answers the exit code. */
function report(error: unknown, context: Context): number {
  const { err } = context.streams;
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.passed : ExitCode.usage;
  const { red } = err.colours;
  if (error instanceof Failure) {
    err.write(`${red('error:')} ${escapeText(error.message)}\n`);
    if (error.hint) err.write(`hint: ${escapeText(error.hint)}\n`);
    return error.exitCode;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  err.write(`${red('error:')} this is a bug of windtunnel, please report it\n${escapeText(text)}\n`);
  return ExitCode.infraError;
}

/** With the words of its words. */
const allOf = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(allOf)];

async function main(): Promise<void> {
  const streams = processStreams(process.env);
  const context: Context = { streams, env: process.env, cwd: process.cwd(), argv: process.argv.slice(2), onSignal };
  let exitCode: number = ExitCode.passed;
  const program = makeProgram(context, packageVersion(), (code) => {
    exitCode = code;
  });
  const output = {
    writeOut: (text: string) => streams.out.write(text),
    writeErr: (text: string) => streams.err.write(text),
    getOutHasColors: () => streams.out.colours.isColorSupported,
    getErrHasColors: () => streams.err.colours.isColorSupported,
  };
  for (const command of allOf(program)) command.exitOverride().configureOutput(output);
  try {
    await program.parseAsync(context.argv as string[], { from: 'user' });
  } catch (error) {
    exitCode = report(error, context);
  }
  process.exitCode = exitCode;
  await streams.flush();
}

await main();
