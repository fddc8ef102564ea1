/** Judges the imports of one file by the table of rooms. Files of tests may import any package and any room of their own world. */
import { posix } from 'node:path';
import type { Room } from './imports.js';
import { lineOf, parse, type SourceFile } from './source-tree.js';

export interface Import {
  readonly from: string;
  readonly line: number;
  /** Every name of it is a type. */
  readonly typesOnly: boolean;
}

/** Static, dynamic and re-exporting imports, in the order of the file. */
export function importsOf(file: SourceFile): Import[] {
  const { module } = parse(file);
  const found: (Import & { readonly start: number })[] = [];
  const add = (from: string, start: number, typesOnly: boolean) =>
    found.push({ from, start, typesOnly, line: lineOf(file.text, start) });
  for (const entry of module.staticImports) {
    const typesOnly = entry.entries.length > 0 && entry.entries.every(({ isType }) => isType);
    add(entry.moduleRequest.value, entry.start, typesOnly);
  }
  for (const entry of module.staticExports) {
    const [first] = entry.entries;
    if (first?.moduleRequest) {
      add(
        first.moduleRequest.value,
        entry.start,
        entry.entries.every(({ isType }) => isType),
      );
    }
  }
  for (const entry of module.dynamicImports) {
    const request = file.text.slice(entry.moduleRequest.start, entry.moduleRequest.end);
    add(request.replace(/^['"`]|['"`]$/g, ''), entry.start, false);
  }
  return found.sort((a, b) => a.start - b.start).map(({ from, line, typesOnly }) => ({ from, line, typesOnly }));
}

function isBelow(path: string, room: string): boolean {
  return path === room || path.startsWith(`${room}/`);
}

/** The row whose path is the longest that holds `path`. */
export function roomOf(path: string, rooms: readonly Room[]): Room | undefined {
  return rooms.filter(({ room }) => isBelow(path, room)).sort((a, b) => b.room.length - a.room.length)[0];
}

/** `src/sim` for `src/sim/testbed.ts`, `harness/cli` for `harness/cli/run.ts`. */
function folderOf(path: string): string {
  return path.split('/').slice(0, 2).join('/');
}

function judgePackage(name: string, room: Room): string | undefined {
  const packages = room.packages ?? [];
  if (name.startsWith('node:')) {
    return packages.includes('node:') ? undefined : `${room.room} must not import ${name}: no built-in module there`;
  }
  const owner = name.startsWith('@') ? name.split('/').slice(0, 2).join('/') : (name.split('/')[0] ?? name);
  return packages.includes(owner) ? undefined : `${room.room} must not import the package ${owner}`;
}

function judgeFile(target: string, room: Room, entry: Import): string | undefined {
  if (isBelow(target, room.room) || room.imports.some((allowed) => isBelow(target, allowed))) return undefined;
  const typesAllowed = (room.types ?? []).some((allowed) => isBelow(target, allowed));
  if (typesAllowed && entry.typesOnly) return undefined;
  const part = typesAllowed ? 'import type' : 'import';
  return typesAllowed
    ? `${room.room} may use only types of ${target}; use ${part}`
    : `${room.room} must not ${part} ${folderOf(target)}`;
}

/** `file:line: error: src/sim must not import harness/cli`, one line for each breach. */
export function judgeImports(file: SourceFile, rooms: readonly Room[]): string[] {
  const room = roomOf(file.path, rooms);
  if (!room) return [`${file.path}:1: error: no row of harness/tidy/imports.ts holds this file; add its room`];
  const isTest = /(\.test|-fixture)\.ts$/.test(file.path);
  const problems: string[] = [];
  for (const entry of importsOf(file)) {
    const isFile = entry.from.startsWith('.');
    const target = isFile ? posix.join(posix.dirname(file.path), entry.from).replace(/\.js$/, '.ts') : entry.from;
    let problem: string | undefined;
    if (isTest) problem = judgeTest(file, isFile ? target : undefined);
    else if (isFile) problem = judgeFile(target, room, entry);
    else problem = judgePackage(entry.from, room);
    if (problem) problems.push(`${file.path}:${entry.line}: error: ${problem}`);
  }
  return problems;
}

/** A test reads example files and drives real parts of other rooms; only the direction between the two worlds binds it. */
function judgeTest(file: SourceFile, target: string | undefined): string | undefined {
  if (target === undefined || !file.path.startsWith('src/') || target.startsWith('src/')) return undefined;
  return `src must not import ${folderOf(target)}, not in a test either`;
}
