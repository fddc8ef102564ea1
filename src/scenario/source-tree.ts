/**
 * A YAML document as plain values beside the places they came from. Knows YAML's results, nothing of the language.
 * An aliased value is the very same node as its anchor, so its places are the anchor's.
 */
import type { LineCounter } from 'yaml';
import type { Place } from '../base/diagnostic.js';

/** Offsets into the text: start, and the end of the value itself. */
export type Range = readonly [start: number, end: number];

export interface SourceEntry {
  readonly key: Range;
  readonly node: SourceNode;
}

export interface SourceNode {
  readonly value: unknown;
  readonly range: Range;
  readonly entries?: ReadonlyMap<string, SourceEntry>;
  readonly items?: readonly SourceNode[];
  /** How many values it stands for with its aliases written out. */
  readonly weight: number;
}

export type Path = readonly (string | number)[];

/** One document of a file. */
export class SourceDocument {
  readonly file: string;
  readonly root: SourceNode;
  readonly #text: string;
  readonly #lines: LineCounter;

  constructor(file: string, text: string, root: SourceNode, lines: LineCounter) {
    this.file = file;
    this.root = root;
    this.#text = text;
    this.#lines = lines;
  }

  get value(): unknown {
    return this.root.value;
  }

  /** The node at a path, aliases followed. */
  at(path: Path): SourceNode | undefined {
    let node: SourceNode | undefined = this.root;
    for (const step of path) node = childOf(node, step);
    return node;
  }

  /** The place of the value at `path`, or of the nearest value around it that exists. */
  placeOf(path: Path): Place {
    let node = this.root;
    for (const step of path) {
      const child = childOf(node, step);
      if (child === undefined) break;
      node = child;
    }
    return this.placeAt(node.range);
  }

  /** The place of the key that `path` ends in; of the value where that is no key. */
  placeOfKey(path: Path): Place {
    const key = path.at(-1);
    const entry = typeof key === 'string' ? this.at(path.slice(0, -1))?.entries?.get(key) : undefined;
    return entry ? this.placeAt(entry.key) : this.placeOf(path);
  }

  /** Where `part` stands in the source of a scalar; the whole scalar where it is written otherwise there. */
  rangeOf(node: SourceNode, part: string): Range {
    const at = this.#text.indexOf(part, node.range[0]);
    return at >= 0 && at + part.length <= node.range[1] ? [at, at + part.length] : node.range;
  }

  placeAt(range: Range): Place {
    return placeIn(this.file, this.#text, this.#lines, range);
  }
}

export function childOf(node: SourceNode | undefined, step: string | number): SourceNode | undefined {
  return typeof step === 'number' ? node?.items?.[step] : node?.entries?.get(step)?.node;
}

/** A place for a range; its end is told only where it lies on the same line. */
export function placeIn(file: string, text: string, lines: LineCounter, range: Range): Place {
  const start = lines.linePos(range[0]);
  const line = Math.max(1, start.line);
  const column = Math.max(1, start.col);
  const newline = text.indexOf('\n', range[0]);
  const onOneLine = range[1] > range[0] && (newline < 0 || range[1] <= newline);
  return { file, line, column, ...(onOneLine ? { endColumn: column + range[1] - range[0] } : {}) };
}
