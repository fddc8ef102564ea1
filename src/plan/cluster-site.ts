/** Places of a merged cluster's values: what was laid over last and has the value, else the cluster file. */

import type { z } from 'zod';
import { assert } from '../base/assert.js';
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

  /** A name in `path` stands for the item of that name where there is a list. */
  report(path: Path, code: Code, message: string, hint?: string): void {
    const { document, path: there } = this.#whereIs(path);
    this.findings.add(code, document.placeOf(there), message, hint);
  }

  /** The same at the key that `path` ends in. */
  reportKey(path: Path, code: Code, message: string, hint?: string): void {
    const { document, path: there } = this.#whereIs(path);
    this.findings.add(code, document.placeOfKey(there), message, hint);
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

  /** In the part that is on top of those that have it; of what none has, what is nearest around it. */
  #whereIs(path: Path): ClusterLayer {
    for (let length = path.length; length > 0; length--) {
      for (const { document, path: base } of [...this.#layers].reverse()) {
        const there = [...base, ...indexed(document, base, path.slice(0, length))];
        if (document.at(there)) return { document, path: there };
      }
    }
    const [bottom] = this.#layers;
    assert(bottom, 'a cluster has parts');
    return bottom;
  }
}

/** Names of items as their places in this document's list; other steps as they are. */
function indexed(document: SourceDocument, base: Path, path: Path): Path {
  const there: (string | number)[] = [];
  for (const step of path) {
    const items = document.at([...base, ...there])?.items ?? [];
    const index = items.findIndex(({ entries }) => entries?.get('name')?.node.value === step);
    there.push(index < 0 ? step : index);
  }
  return there;
}

function isNode(value: unknown, name: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const node = value as { name?: unknown; count?: unknown };
  if (node.name === name) return true;
  return node.count !== undefined && typeof node.name === 'string' && name.startsWith(`${node.name}-`);
}
