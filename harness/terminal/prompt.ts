/** Asks for one line after the other. Ends with the input, also where it is a pipe. */
import { createInterface } from 'node:readline/promises';

/** Calls `answer` with each line until it answers false or the input ends. `question` is asked anew before each line. */
export async function readLines(question: () => string, answer: (line: string) => Promise<boolean>): Promise<void> {
  const lines = createInterface({
    input: process.stdin,
    output: process.stderr,
    terminal: process.stdin.isTTY === true,
  });
  const ask = () => {
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
