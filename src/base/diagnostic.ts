/**
 * What is wrong in a file that a user wrote: plain data with a place, and its rendering.
 * Knows nothing of YAML or of the schema.
 */

/** A place in a file; lines and columns count from 1. `file` is as the user would type it. */
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
