/**
 * The TypeScript files of the repository with their syntax trees, for the tests of this room. Parses with oxc, because
 * TypeScript 7 has no JavaScript API. Knows no rule.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ParseResult, parseSync } from 'oxc-parser';

/** This file is compiled to dist/harness/tidy or, for a single builder, to .build/NAME/harness/tidy. */
export const root = fileURLToPath(import.meta.url).replace(/[\\/](dist|\.build[\\/][^\\/]+)[\\/]harness[\\/].*$/, '');

export interface SourceFile {
  /** Below the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Any node of the tree: ESTree with TypeScript's additions. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const SKIPPED = new Set(['node_modules', 'dist', '.build', '.git', '.tap', 'reports']);

/** All files below `folder` whose name ends in one of `endings`, in order of their paths. */
export function filesBelow(folder: string, endings: readonly string[]): SourceFile[] {
  const files: SourceFile[] = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!SKIPPED.has(entry.name)) files.push(...filesBelow(path, endings));
    } else if (endings.some((ending) => entry.name.endsWith(ending))) {
      files.push({ path: path.split(sep).join('/'), text: readFileSync(join(root, path), 'utf8') });
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

export function typescriptFiles(): SourceFile[] {
  return [...filesBelow('src', ['.ts']), ...filesBelow('harness', ['.ts'])];
}

export function parse(file: SourceFile): ParseResult {
  const result = parseSync(file.path, file.text);
  const [problem] = result.errors;
  if (problem) throw new Error(`${file.path}: ${problem.message}`);
  return result;
}

/** Calls `visit` for every node below `node`, itself included, with its parent and the key it hangs on. */
export function walk(
  node: SyntaxNode,
  visit: (node: SyntaxNode, parent: SyntaxNode | undefined, key: string) => void,
  parent?: SyntaxNode,
  key = '',
): void {
  visit(node, parent, key);
  for (const [name, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) walk(child, visit, node, name);
    }
  }
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/** Counts from 1. */
export function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < offset; i = text.indexOf('\n', i + 1)) line += 1;
  return line;
}
