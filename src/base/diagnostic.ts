/**
 * What is wrong in a file that a user wrote: plain data with a place, and its rendering.
 * Knows nothing of YAML or of the schema.
 */

/**
 * A place in a file; lines and columns count from 1. `file` is as the user would type it; for what the command line says it is the
 * option, `--tags`, or empty.
 */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endColumn?: number;
}

export interface Diagnostic extends Place {
  /** Stable, `WT0123`; docs/errors.md lists them. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** Sorts by file, line, column, code: the order in which a reader meets the problems. */
export function compareDiagnostics(a: Diagnostic, b: Diagnostic): number {
  return (
    (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
    a.line - b.line ||
    a.column - b.column ||
    (a.code < b.code ? -1 : 1)
  );
}

/** What a terminal would act upon: C0, DEL, C1, line separators, and the marks that turn the direction of writing. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
const WIDE =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;
const NO_WIDTH = /^\p{Mn}$/u;

/** Text out of a file, safe to print on one line: control characters become `\x1b`. */
export function escapeControls(text: string): string {
  return text.replace(CONTROL, (character) => {
    const code = character.charCodeAt(0);
    if (character === '\n') return '\\n';
    if (character === '\t') return ' ';
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/**
 * `file:line:col: error WT0123: message`, the line with a caret below it, cut to `width` columns around the place, and the hint.
 * `text` is the whole file; without it the line is left out.
 */
export function renderDiagnostic(diagnostic: Diagnostic, text: string | undefined, width: number): string {
  const { line, column, endColumn, code, message, hint } = diagnostic;
  const lines = [`${whereOf(diagnostic)}error ${code}: ${escapeControls(message)}`];
  const source = text === undefined ? undefined : lineOf(text, line);
  if (source !== undefined && source.trim() !== '') lines.push(...caretLines(source, column, endColumn, width));
  if (hint !== undefined) lines.push(`hint: ${escapeControls(hint)}`);
  return lines.join('\n');
}

/** `a.yaml:2:4: `; of an option its name alone, and nothing where it is no single option. */
function whereOf({ file, line, column }: Place): string {
  if (file === '') return '';
  return file.startsWith('--') ? `${file}: ` : `${escapeControls(file)}:${line}:${column}: `;
}

/** All of them, with an empty line between each two; `texts` holds the files by their names. */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  texts: ReadonlyMap<string, string>,
  width: number,
): string {
  return diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, texts.get(diagnostic.file), width)).join('\n\n');
}

/** The line of that number, counted from 1, without walking over the lines as objects: a file may have a million. */
function lineOf(text: string, line: number): string | undefined {
  let start = 0;
  for (let number = 1; number < line; number++) {
    const end = text.indexOf('\n', start);
    if (end < 0) return undefined;
    start = end + 1;
  }
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? undefined : end).replace(/\r$/, '');
}

const LEAD_MAX = 2000;

function caretLines(source: string, column: number, endColumn: number | undefined, width: number): readonly string[] {
  const room = Math.max(20, width) - 2;
  // A line of a megabyte is cut before it is measured.
  const from = Math.max(0, column - 1 - LEAD_MAX);
  const cells = cellsOf(source.slice(from, column - 1 + LEAD_MAX));
  const before = cellsOf(source.slice(from, column - 1)).length;
  const marked = Math.max(
    1,
    cellsOf(source.slice(column - 1, Math.min(endColumn ?? column, column + LEAD_MAX) - 1)).length,
  );
  const start = before < room - 12 ? 0 : before - Math.floor(room / 2);
  const shown = cells.slice(start, start + room);
  if (start > 0 || from > 0) shown[0] = '…';
  if (start + room < cells.length) shown[shown.length - 1] = '…';
  const caret = '^'.repeat(Math.max(1, Math.min(marked, room - (before - start))));
  return [`  ${shown.join('').trimEnd()}`, `  ${' '.repeat(before - start)}${caret}`];
}

/** One entry a column of the terminal; a wide character is followed by an empty one. */
function cellsOf(text: string): string[] {
  const cells: string[] = [];
  for (const character of text) {
    if (character === '\t') cells.push(' ');
    else if (NO_WIDTH.test(character) && cells.length > 0) cells[cells.length - 1] += character;
    else cells.push(character.replace(CONTROL, '·'));
    if (WIDE.test(character)) cells.push('');
  }
  return cells;
}
