/** `shell`: a terminal on a host of a run that is held (`run --hold-on-failure` prints the command). */
import { connect, type Socket } from 'node:net';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { attach } from '../terminal/prompt.js';
import type { Context } from './context.js';

const HINT = 'run --hold-on-failure prints the commands';

async function open(path: string): Promise<Socket> {
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', () => reject(new Failure(ExitCode.infraError, `no run is held at ${path}`, HINT)));
  });
  return socket;
}

/** The answer's first line is empty, or says why there is no shell. What comes behind it is the shell's. */
async function greeted(socket: Socket): Promise<Buffer> {
  let said = Buffer.alloc(0);
  for (;;) {
    const chunk = await new Promise<Buffer | undefined>((resolve) => {
      socket.once('data', resolve);
      socket.once('close', () => resolve(undefined));
    });
    if (chunk) said = Buffer.concat([said, chunk]);
    const end = said.indexOf('\n');
    if (end < 0 && chunk) continue;
    socket.pause();
    if (end !== 0) throw new Failure(ExitCode.infraError, said.toString().trim() || 'the run has ended', HINT);
    return said.subarray(1);
  }
}

/** Ends when the shell does. Throws where nobody listens at the path, or the host is not there. */
export async function shellCommand(path: string, host: string, { onSignal }: Context): Promise<number> {
  const socket = await open(path);
  socket.write(`${host}\n`);
  socket.unshift(await greeted(socket));
  const release = onSignal('SIGTERM', () => socket.destroy());
  try {
    await attach(socket);
  } finally {
    release();
  }
  return ExitCode.passed;
}
