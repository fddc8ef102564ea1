/** Makes text from files harmless for a terminal: control characters and direction marks become visible, line ends may stay. */

/** C0 without line feed, DEL, C1, and the marks that reorder what a reader sees (CVE-2021-42574). */
const HARMFUL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Escapes for one or several lines; a tab becomes a space. */
export function escapeText(text: string): string {
  return text.replace(HARMFUL, (character) => {
    if (character === '\t') return ' ';
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}

/** Escapes for a single line: a line feed becomes visible too. */
export function escapeLine(text: string): string {
  return escapeText(text).replaceAll('\n', '\\n');
}

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** An argument vector as a line to paste into a POSIX shell. */
export function shellCommand(argv: readonly string[]): string {
  return argv.map((arg) => (PLAIN.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`)).join(' ');
}
