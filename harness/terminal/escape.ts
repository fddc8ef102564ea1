/** Makes text from files harmless for a terminal, line by line where lines are wanted; and arguments for a shell. */
import { escapeControls } from '../../src/base/diagnostic.js';

/** Keeps line ends; every other control character becomes visible. */
export function escapeText(text: string): string {
  return text.split('\n').map(escapeControls).join('\n');
}

/** A line end becomes visible too. */
export const escapeLine = escapeControls;

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** An argument vector as a line to paste into a POSIX shell. */
export function shellCommand(argv: readonly string[]): string {
  return argv.map((arg) => (PLAIN.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`)).join(' ');
}
