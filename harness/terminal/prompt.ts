/** Asks for one line after the other. Ends with the input, also where it is a pipe. */
import { createInterface } from 'node:readline/promises';

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
