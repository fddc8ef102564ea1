/** `shell`: a terminal on a host of a run that is held (`run --hold-on-failure` prints the command). */
import { connect } from 'node:net';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';

/** Ends when the shell does. Throws where nobody listens at the path. */
export async function shellCommand(path: string, host: string): Promise<number> {
  const { stdin, stdout } = process;
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', () =>
      reject(new Failure(ExitCode.infraError, `no run is held at ${path}`, 'run --hold-on-failure prints the command')),
    );
  });
  socket.write(`${host}\n`);
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.pipe(socket, { end: false });
  // A pipe that has ended is what Ctrl-D is on a terminal.
  stdin.once('end', () => socket.write('\x04'));
  socket.pipe(stdout, { end: false });
  await new Promise((resolve) => socket.once('close', resolve));
  if (stdin.isTTY) stdin.setRawMode(false);
  stdin.unpipe(socket);
  stdin.pause();
  return ExitCode.passed;
}
