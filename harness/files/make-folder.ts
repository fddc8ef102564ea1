/**
 * Makes a folder with its parents. Not `mkdir` with `recursive`: where a parent refuses a child by ENOENT, as /proc does, Node.js 20
 * asks for ever.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

export function makeFolder(path: string): void {
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) makeFolder(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    // Also where another thread was quicker, or where a link to a folder stands there.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
