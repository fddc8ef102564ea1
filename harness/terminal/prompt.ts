/** Asks for one line after the other. Ends with the input, also where it is a pipe. */
import { createInterface } from 'node:readline/promises';
import type { Duplex } from 'node:stream';

/** Waits for a line, or for the end of the input; `release` gives up waiting. */
export function lineOrEnd(): { readonly come: Promise<void>; release(): void } {
  const lines = createInterface({ input: process.stdin });
  const come = new Promise<void>((resolve) => {
    lines.once('line', () => resolve());
    lines.once('close', () => resolve());
  });
  return { come, release: () => lines.close() };
}

/**
 * Makes the terminal, or what stands for it, that of a stream until the stream ends: what is typed goes there stroke by stroke. A
 * pipe that has ended is what Ctrl-D is on a terminal.
 */
export async function attach(stream: Duplex): Promise<void> {
  const { stdin, stdout } = process;
  const raw = (mode: boolean) => void (stdin.isTTY && stdin.setRawMode(mode));
  raw(true);
  try {
    const closed = new Promise((resolve) => stream.once('close', resolve));
    stdin.pipe(stream, { end: false });
    stdin.once('end', () => stream.write('\x04'));
    stream.pipe(stdout, { end: false });
    await closed;
  } finally {
    raw(false);
    stdin.unpipe(stream);
    stdin.pause();
  }
}

/** Calls `answer` with each line until it answers false or the input ends. A terminal is asked `question` anew before each line. */
export async function readLines(question: () => string, answer: (line: string) => Promise<boolean>): Promise<void> {
  const isTerminal = process.stdin.isTTY === true;
  const lines = createInterface({
    input: process.stdin,
    ...(isTerminal && { output: process.stderr, terminal: true }),
  });
  const ask = () => {
    if (!isTerminal) return;
    lines.setPrompt(question());
    lines.prompt();
  };
  ask();
  for await (const line of lines) {
    if (!(await answer(line.trim()))) break;
    ask();
  }
  lines.close();
}
