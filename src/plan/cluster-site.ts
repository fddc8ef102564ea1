/** Places of a merged cluster's values: what was laid over last and has the value, else the cluster file. */

import type { z } from 'zod';
import type { Place } from '../base/diagnostic.js';
import type { Code } from '../scenario/codes.js';
import { explain, show } from '../scenario/explain.js';
import type { Findings } from '../scenario/findings.js';
import type { Path, SourceDocument } from '../scenario/source-tree.js';

/** One of the parts that were merged: a document, and where in it the part begins. */
export interface ClusterLayer {
  readonly document: SourceDocument;
  readonly path: Path;
}

export class ClusterSite {
  readonly findings: Findings;
  /** The last one is on top. */
  readonly #layers: readonly ClusterLayer[];

  constructor(layers: readonly ClusterLayer[], findings: Findings) {
    this.#layers = layers;
    this.findings = findings;
  }

  report(path: Path, code: Code, message: string, hint?: string): void {
    this.findings.add(code, this.#placeOf(path), message, hint);
  }

  /** `path` goes on below the node of that name, or of its bulk. */
  reportNode(name: string, path: Path, code: Code, message: string, hint?: string): void {
    for (const { document, path: base } of [...this.#layers].reverse()) {
      const nodes = document.at([...base, 'nodes'])?.items ?? [];
      const index = nodes.findIndex((node) => isNode(node.value, name));
      if (index < 0) continue;
      this.findings.add(code, document.placeOf([...base, 'nodes', index, ...path]), message, hint);
      return;
    }
    this.report(['nodes'], code, message, hint);
  }

  parse<T>(schema: z.ZodType<T>, value: unknown): T | undefined {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      const wrong = (issue.path as Path).reduce<unknown>((at, step) => (at as Record<string, unknown>)?.[step], value);
      const explanation = explain(issue.message, wrong);
      const path = issue.path as Path;
      if (explanation) this.report(path, explanation.code, explanation.message, explanation.hint);
      else this.report(path, 'WT0316', `${String(path.at(-1))} does not take ${show(wrong)}`);
    }
    return undefined;
  }

  parseFailure(kind: string, value: unknown, path: Path): void {
    const explanation = explain(kind, value);
    if (explanation) this.report(path, explanation.code, explanation.message, explanation.hint);
  }

  #placeOf(path: Path): Place {
    for (const { document, path: base } of [...this.#layers].reverse()) {
      if (document.at([...base, ...path])) return document.placeOf([...base, ...path]);
    }
    const bottom = this.#layers[0];
    return bottom ? bottom.document.placeOf([...bottom.path, ...path]) : { file: '', line: 1, column: 1 };
  }
}

function isNode(value: unknown, name: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const node = value as { name?: unknown; count?: unknown };
  if (node.name === name) return true;
  return node.count !== undefined && typeof node.name === 'string' && name.startsWith(`${node.name}-`);
}
