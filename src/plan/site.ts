/**
 * Where a resolved value came from, so that what is wrong with it is told at its place in the file: the scenario, the cluster
 * file beneath it, or a manifest.
 */

import type { z } from 'zod';
import type { Place } from '../base/diagnostic.js';
import { type Micros, parseDuration } from '../base/instant.js';
import type { Code } from '../scenario/codes.js';
import { explain, show } from '../scenario/explain.js';
import type { Findings } from '../scenario/findings.js';
import type { Path, SourceDocument } from '../scenario/source-tree.js';
import type { Scope, Setting } from './scope.js';

export class Site {
  readonly document: SourceDocument;
  readonly findings: Findings;
  readonly #path: Path;

  constructor(document: SourceDocument, findings: Findings, path: Path = []) {
    this.document = document;
    this.findings = findings;
    this.#path = path;
  }

  /** The site of something inside. */
  below(...path: Path): Site {
    return new Site(this.document, this.findings, [...this.#path, ...path]);
  }

  /** The site of another document, from its beginning. */
  in(document: SourceDocument): Site {
    return new Site(document, this.findings);
  }

  get place(): Place {
    return this.document.placeOf(this.#path);
  }

  report(path: Path, code: Code, message: string, hint?: string): void {
    this.findings.add(code, this.document.placeOf([...this.#path, ...path]), message, hint);
  }

  /** The same at the key that `path` ends in. */
  reportKey(path: Path, code: Code, message: string, hint?: string): void {
    this.findings.add(code, this.document.placeOfKey([...this.#path, ...path]), message, hint);
  }

  /** `value` with its references replaced; undefined where something was reported. */
  resolve(scope: Scope, value: unknown, setting: Setting, ...path: Path): unknown {
    let sound = true;
    const resolved = scope.resolve(value, setting, path, (where, code, message, hint) => {
      sound = false;
      this.report(where, code, message, hint);
    });
    return sound ? resolved : undefined;
  }

  /** Checks a value whose references were replaced against its schema. */
  parse<T>(schema: z.ZodType<T>, value: unknown): T | undefined {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      const path = issue.path as Path;
      const wrong = valueAt(value, path);
      const explanation = explain(issue.message, wrong);
      const key = path.findLast((step) => typeof step === 'string') ?? 'this word';
      if (explanation) this.report(path, explanation.code, explanation.message, explanation.hint);
      else this.report(path, 'WT0316', `${String(key)} does not take ${show(wrong)}`);
    }
    return undefined;
  }

  /** A duration of the language; reported, and zero, where references made it something else. */
  duration(text: string, ...path: Path): Micros {
    const micros = parseDuration(text);
    if (micros !== undefined && micros >= 0) return micros;
    this.parseFailure('@duration', text, path);
    return 0;
  }

  /** Reports a value by the explanation of its kind, `@address`. */
  parseFailure(kind: string, value: unknown, path: Path): void {
    const explanation = explain(kind, value);
    if (explanation) this.report(path, explanation.code, explanation.message, explanation.hint);
  }
}

function valueAt(value: unknown, path: Path): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<string | number, unknown>)[step];
  }
  return current;
}
