/**
 * Which files a user means by a path: a file itself; of a folder every YAML file that is not plainly something else, so that a
 * scenario with a broken head is told of and not passed over.
 */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure, systemReason } from '../failure.js';
import type { DiskFiles } from './disk-files.js';

const YAML = /\.ya?ml$/;
/** Folders that hold no scenario: what others installed, what was written, Kubernetes objects. */
const PASSED_OVER = new Set(['node_modules', 'dist', 'reports', 'manifests']);

/** A top-level kind or apiVersion of something else: a cluster file, a Kubernetes object, a compose file's `services`. */
function isSomethingElse(text: string): boolean {
  const kind = /^["']?kind["']?\s*:\s*["']?(\w+)/m.exec(text)?.[1];
  const version = /^["']?apiVersion["']?\s*:\s*["']?([\w./-]+)/m.exec(text)?.[1];
  if (kind !== undefined) return kind !== 'Scenario';
  return version !== undefined && !version.startsWith('windtunnel/');
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw new Failure(ExitCode.usage, `cannot read the folder ${folder}: ${systemReason(error)}`);
  }
}

/** A run bundle holds copies of the files that it was made from. */
function isBundle(entries: readonly Dirent[]): boolean {
  return ['run.json', 'plan.json'].every((name) => entries.some((entry) => entry.name === name));
}

function* scenariosBelow(folder: string, cwd: string, files: DiskFiles): Generator<string> {
  const entries = entriesOf(resolve(cwd, folder));
  if (isBundle(entries)) return;
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = folder === '.' ? entry.name : join(folder, entry.name).replaceAll('\\', '/');
    if (entry.isDirectory()) {
      if (!PASSED_OVER.has(entry.name)) yield* scenariosBelow(path, cwd, files);
    } else if (YAML.test(entry.name)) {
      const read = files.read(path);
      if (!read.ok || !isSomethingElse(read.text)) yield path;
    }
  }
}

/** Scenario files in order of the paths given, each once. A path that is not there stays: the plan tells of it. */
export function findScenarios(paths: readonly string[], cwd: string, files: DiskFiles): string[] {
  const found = new Set<string>();
  for (const given of paths) {
    const path = given.replace(/[\\/]+$/, '') || given;
    const stat = statSync(resolve(cwd, path), { throwIfNoEntry: false });
    if (stat?.isDirectory()) for (const file of scenariosBelow(path, cwd, files)) found.add(file);
    else found.add(path);
  }
  return [...found];
}
