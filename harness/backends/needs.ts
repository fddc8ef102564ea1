/** What a backend needs of this machine and does not find, and the command that would add it. Looks at folders, and asks a need that knows better. */
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
export async function missingNeeds({ needs }: Backend, path: string): Promise<readonly Need[]> {
  const folders = [...path.split(delimiter), ...SYSTEM_FOLDERS];
  const here = await Promise.all(needs.map(({ program, isHere }) => isHere?.() ?? isThere(program, folders)));
  return needs.filter((_, index) => !here[index]);
}

/** What would add all of them; undefined where no package has any. */
export function commandThatAdds(missing: readonly Need[]): string | undefined {
  const packages = missing.flatMap(({ debian }) => debian ?? []);
  return packages.length > 0 ? `apt-get install ${[...new Set(packages)].join(' ')}` : undefined;
}
