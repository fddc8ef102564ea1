/**
 * Which files of a folder of kernel modules must be loaded for some names, and in which order. Reads what the modules say of
 * themselves (the tags `depends=` in .modinfo), so that no index has to be there; where none tells what is built in, nothing is.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface LoadOrder {
  /** Files, what is depended on first. */
  readonly paths: readonly string[];
  /** Neither a file nor built in. */
  readonly missing: readonly string[];
}

/** The kernel takes `-` and `_` in a module's name for the same. */
function named(path: string): string {
  return basename(path, '.ko').replaceAll('-', '_');
}

function dependsOf(path: string): string[] {
  const content = readFileSync(path);
  const tag = Buffer.from('\0depends=');
  const start = content.indexOf(tag);
  if (start < 0) return [];
  const text = content.toString('latin1', start + tag.length, content.indexOf(0, start + tag.length));
  return text.split(',').filter((name) => name !== '');
}

function builtIn(folder: string): Set<string> {
  const list = join(folder, 'modules.builtin');
  const text = existsSync(list) ? readFileSync(list, 'utf8') : '';
  return new Set(text.trim().split('\n').map(named));
}

/** `folder` is the one of a version, with `kernel/` and `modules.builtin` in it. */
export function loadOrder(folder: string, names: readonly string[]): LoadOrder {
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (entry.endsWith('.ko')) files.set(named(entry), join(folder, entry));
  const within = builtIn(folder);
  const paths = new Set<string>();
  const missing = new Set<string>();
  const visit = (name: string) => {
    const path = files.get(named(name));
    if (path === undefined) {
      if (!within.has(named(name))) missing.add(name);
    } else if (!paths.has(path)) {
      for (const needed of dependsOf(path)) visit(needed);
      paths.add(path);
    }
  };
  names.forEach(visit);
  return { paths: [...paths], missing: [...missing] };
}
