/**
 * Text to source trees, by YAML 1.2 (core schema) with two decisions of ours: `<<` merges as it did in 1.1, with keys of the
 * mapping itself winning over merged ones and earlier merged ones over later; and keys are strings. Aliases are shared, and
 * refused where written out they would stand for more than WEIGHT_MAX values. Knows nothing of scenarios.
 */
import type { Document, ParsedNode, Scalar, YAMLError, YAMLMap } from 'yaml';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import type { Code } from './codes.js';
import type { Findings } from './findings.js';
import { FILE_SIZE_MAX } from './source.js';
import type { Range, SourceEntry, SourceNode } from './source-tree.js';
import { placeIn, SourceDocument } from './source-tree.js';

const WEIGHT_MAX = 100_000;
const DEPTH_MAX = 100;
/** NUL and the other C0 controls that no text holds, and what a decoder leaves of bytes that are no UTF-8. */
const BINARY = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\ufffd]/;

/** How the library reports its own recursion where it catches it. */
const STACK_OVERFLOW = /maximum call stack/i;

const ERROR_CODES: Readonly<Record<string, Code>> = { DUPLICATE_KEY: 'WT0011' };
/** After these the structure is whole, and the rest of the file is worth checking. */
const HARMLESS: ReadonlySet<string> = new Set(['DUPLICATE_KEY']);

/**
 * All documents of a file. Problems go to `findings`; undefined where nothing further can be said about the file.
 * A file of comments alone has no documents.
 */
export function parseYaml(file: string, text: string, findings: Findings): readonly SourceDocument[] | undefined {
  const start = { file, line: 1, column: 1 };
  if (text.length > FILE_SIZE_MAX) {
    findings.add('WT0003', start, `the file has ${text.length} characters; at most ${FILE_SIZE_MAX} are read`);
    return undefined;
  }
  const binary = BINARY.exec(text);
  if (binary) {
    findings.add('WT0004', start, `the file is not UTF-8 text: byte or character ${binary.index + 1} is none`);
    return undefined;
  }
  const lines = new LineCounter();
  const documents = readDocuments(text, lines);
  if (documents === undefined) {
    findings.add('WT0016', start, `the file is nested more than ${DEPTH_MAX} levels deep`);
    return undefined;
  }
  if (documents.some((document) => document.errors.some((error) => STACK_OVERFLOW.test(error.message)))) {
    findings.add('WT0016', start, `the file is nested more than ${DEPTH_MAX} levels deep`);
    return undefined;
  }
  let usable = true;
  for (const document of documents) {
    const unquoted = document.errors.find((error) => isUnquotedReference(text, error));
    if (unquoted) {
      reportUnquotedReference(file, text, lines, unquoted, findings);
      return undefined;
    }
    for (const error of document.errors) {
      usable = reportYamlError(file, text, lines, error, findings) && usable;
    }
  }
  if (!usable) return undefined;
  return documents.flatMap((document) => treeOf(file, text, lines, document, findings) ?? []);
}

function readDocuments(text: string, lines: LineCounter): readonly Document.Parsed[] | undefined {
  try {
    const parsed = parseAllDocuments(text, {
      version: '1.2',
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: true,
    });
    return Array.isArray(parsed) ? parsed : [];
  } catch (error) {
    // The library recurses: only a file nested thousands of levels deep exhausts the stack.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function reportYamlError(
  file: string,
  text: string,
  lines: LineCounter,
  error: YAMLError,
  findings: Findings,
): boolean {
  const place = placeIn(file, text, lines, error.pos);
  const message = error.code === 'DUPLICATE_KEY' ? duplicateKey(text, error.pos) : lowerFirst(error.message);
  findings.add(ERROR_CODES[error.code] ?? 'WT0010', place, message);
  return HARMLESS.has(error.code);
}

/** Inside [ ] and { } the brace of `${…}` opens a mapping: what YAML says of that, and of all after it, helps nobody. */
function isUnquotedReference(text: string, { pos: [start] }: YAMLError): boolean {
  return text.charAt(start) === '{' && text.charAt(start - 1) === '$';
}

function reportUnquotedReference(
  file: string,
  text: string,
  lines: LineCounter,
  { pos: [brace] }: YAMLError,
  findings: Findings,
): void {
  const reference = /^\$\{[^{}\s]*\}/.exec(text.slice(brace - 1, brace + 200))?.[0] ?? '${';
  const place = placeIn(file, text, lines, [brace - 1, brace - 1 + reference.length]);
  const shown = reference === '${' ? '${…}' : reference;
  const hint = `write "${shown}" in quotes`;
  findings.add('WT0010', place, `${shown} stands without quotes inside [ ] or { }`, hint);
}

function duplicateKey(text: string, [start]: Range): string {
  const key = /^["']?([^\s:"'{}[\],]*)/.exec(text.slice(start, start + 80))?.[1];
  return key ? `the key ${key} is given twice` : 'a key is given twice';
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function treeOf(
  file: string,
  text: string,
  lines: LineCounter,
  document: Document.Parsed,
  findings: Findings,
): SourceDocument | undefined {
  if (document.contents === null) return undefined;
  const builder = new TreeBuilder(file, text, lines, findings);
  const root = builder.build(document.contents, 0);
  if (builder.expandsTooFar(root)) return undefined;
  if (isScalar(document.contents) && document.contents.value === null) return undefined;
  return new SourceDocument(file, text, root, lines);
}

class TreeBuilder {
  readonly #file: string;
  readonly #text: string;
  readonly #lines: LineCounter;
  readonly #findings: Findings;
  readonly #anchors = new Map<string, SourceNode | 'open'>();
  #built = 0;
  #bomb = false;

  constructor(file: string, text: string, lines: LineCounter, findings: Findings) {
    this.#file = file;
    this.#text = text;
    this.#lines = lines;
    this.#findings = findings;
  }

  build(node: ParsedNode | null, depth: number): SourceNode {
    this.#built += 1;
    if (node === null) return { value: null, range: [0, 0], weight: 1 };
    const range: Range = [node.range[0], node.range[1]];
    if (depth > DEPTH_MAX) {
      this.#add('WT0016', range, `nested more than ${DEPTH_MAX} levels deep`);
      return { value: null, range, weight: 1 };
    }
    if (isAlias(node)) return this.#alias(node.source, range);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, 'open');
    const built = isMap(node)
      ? this.#map(node, range, depth)
      : isSeq(node)
        ? this.#list(node.items as ParsedNode[], range, depth)
        : { value: (node as Scalar).value, range, weight: 1 };
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, built);
    return built;
  }

  /** Many aliases, each small enough, may still be too much together. */
  expandsTooFar(root: SourceNode): boolean {
    if (root.weight <= this.#built + WEIGHT_MAX && !this.#bomb) return false;
    if (this.#bomb) return true;
    this.#add('WT0013', root.range, `the aliases stand for ${root.weight} values; at most ${WEIGHT_MAX} are read`);
    return true;
  }

  #alias(name: string, range: Range): SourceNode {
    const target = this.#anchors.get(name);
    const nothing = { value: null, range, weight: 1 };
    if (target === undefined) {
      this.#add('WT0014', range, `the alias *${name} stands before its anchor, or there is none`);
      return nothing;
    }
    if (target === 'open') {
      this.#add('WT0014', range, `the anchor &${name} contains itself`);
      return nothing;
    }
    return this.#weighed(target, range) ? target : nothing;
  }

  /** Refuses what would be too much written out, before anything walks over it. */
  #weighed(node: SourceNode, range: Range): boolean {
    if (node.weight <= WEIGHT_MAX) return true;
    if (this.#bomb) return false;
    this.#bomb = true;
    this.#add('WT0013', range, `the aliases here stand for ${node.weight} values; at most ${WEIGHT_MAX} are read`);
    return false;
  }

  #list(items: readonly ParsedNode[], range: Range, depth: number): SourceNode {
    const nodes = items.map((item) => this.build(item, depth + 1));
    return { value: nodes.map((node) => node.value), range, items: nodes, weight: sum(nodes) };
  }

  #map(map: YAMLMap, range: Range, depth: number): SourceNode {
    const entries = new Map<string, SourceEntry>();
    const merged: SourceNode[] = [];
    for (const pair of map.items) {
      const key = pair.key as ParsedNode;
      const keyRange: Range = [key.range[0], key.range[1]];
      if (isScalar(key) && key.value === '<<' && key.type === 'PLAIN') {
        merged.push(...this.#mergeSources(this.build(pair.value as ParsedNode | null, depth + 1), keyRange));
        continue;
      }
      const name = this.#keyName(key, keyRange);
      const value = pair.value as ParsedNode | null;
      // A key without a value has no node of its own: its place is the key's.
      const node = value === null ? { value: null, range: keyRange, weight: 1 } : this.build(value, depth + 1);
      if (name !== undefined && !entries.has(name)) entries.set(name, { key: keyRange, node });
    }
    for (const source of merged) {
      for (const [name, entry] of source.entries ?? []) if (!entries.has(name)) entries.set(name, entry);
    }
    const node = { value: objectOf(entries), range, entries, weight: sum([...entries.values()].map((e) => e.node)) };
    return merged.length === 0 || this.#weighed(node, range) ? node : { value: null, range, weight: 1 };
  }

  #mergeSources(node: SourceNode, range: Range): readonly SourceNode[] {
    const sources = node.items ?? [node];
    const maps = sources.filter((source) => source.entries !== undefined);
    if (maps.length < sources.length) this.#add('WT0015', range, '<< merges a mapping, or a list of mappings');
    return maps;
  }

  #keyName(key: ParsedNode, range: Range): string | undefined {
    if (isScalar(key) && typeof key.value === 'string') return key.value;
    const text = this.#text.slice(range[0], Math.min(range[1], range[0] + 40));
    this.#add('WT0012', range, 'a key is a string', isScalar(key) && text ? `write "${text}" in quotes` : undefined);
    return undefined;
  }

  #add(code: Code, range: Range, message: string, hint?: string): void {
    this.#findings.add(code, placeIn(this.#file, this.#text, this.#lines, range), message, hint);
  }
}

function sum(nodes: readonly SourceNode[]): number {
  let weight = 1;
  for (const node of nodes) weight += node.weight;
  return weight;
}

/** Own properties only, also for a key that is called __proto__. */
function objectOf(entries: ReadonlyMap<string, SourceEntry>): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [name, { node }] of entries) {
    if (name === '__proto__') Object.defineProperty(object, name, { value: node.value, enumerable: true });
    else object[name] = node.value;
  }
  return object;
}
