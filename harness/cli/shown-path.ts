/** A path as a user would type it: relative to the folder they are in, absolute where that leads out of it. */
import { relative } from 'node:path';

export function shownPath(path: string, cwd: string): string {
  const shown = relative(cwd, path);
  return shown.startsWith('..') ? path : shown || '.';
}
