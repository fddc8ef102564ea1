/** What a backend needs of this machine and does not find, and the command that would add it. Looks at folders only. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Backend, Need } from './backend.js';

/** Guests have these on their PATH, and many users do not. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin'];

function isThere(program: string, folders: readonly string[]): boolean {
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

/** `path` as in the environment. */
export function missingNeeds({ needs }: Backend, path: string): readonly Need[] {
  const folders = [...path.split(delimiter), ...SYSTEM_FOLDERS];
  return needs.filter(({ program, isHere }) => !(isHere ? isHere() : isThere(program, folders)));
}

/** What would add all of them; undefined where no package has any. */
export function commandThatAdds(missing: readonly Need[]): string | undefined {
  const packages = missing.flatMap(({ debian }) => debian ?? []);
  return packages.length > 0 ? `apt-get install ${[...new Set(packages)].join(' ')}` : undefined;
}
