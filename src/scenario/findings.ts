/** Collects what is wrong, once each: the same problem met on many points of a matrix is one problem. */
import type { Diagnostic, Place } from '../base/diagnostic.js';
import { compareDiagnostics } from '../base/diagnostic.js';
import type { Code } from './codes.js';

export class Findings {
  readonly #found = new Map<string, Diagnostic>();

  add(code: Code, place: Place, message: string, hint?: string): void {
    const key = `${code}\u0000${place.file}\u0000${place.line}:${place.column}\u0000${message}`;
    if (this.#found.has(key)) return;
    const { file, line, column, endColumn } = place;
    this.#found.set(key, {
      file,
      line,
      column,
      ...(endColumn === undefined ? {} : { endColumn }),
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
    });
  }

  /** Whether something is wrong with any of these files. */
  concern(files: ReadonlySet<string>): boolean {
    return [...this.#found.values()].some((diagnostic) => files.has(diagnostic.file));
  }

  get size(): number {
    return this.#found.size;
  }

  /** In the order in which a reader meets them. */
  sorted(): readonly Diagnostic[] {
    return [...this.#found.values()].sort(compareDiagnostics);
  }
}
