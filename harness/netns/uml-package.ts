/**
 * Where a user-mode Linux is on this machine: the program and its modules, as the package user-mode-linux of Debian and Ubuntu lays
 * them out, below `/` or below the folder that WINDTUNNEL_UML names (an unpacked package: another version, no installation).
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';

export const UML_HINT = 'apt-get install user-mode-linux';

export interface UmlPackage {
  /** `/usr/bin/linux.uml`. */
  readonly program: string;
  /** The modules of one version: `/usr/lib/uml/modules/6.1.176`. */
  readonly modules: string;
  /** `6.1.176`. */
  readonly release: string;
}

/** 6.1.99 before 6.1.176. */
const byVersion = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });

/** Throws a {@link Failure} where one of the two is missing. */
export function findUmlPackage(given = process.env.WINDTUNNEL_UML ?? '/'): UmlPackage {
  const root = resolve(given);
  const program = ['usr/bin/linux.uml', 'bin/linux.uml'].map((path) => join(root, path)).find(existsSync);
  if (program === undefined) throw new Failure(ExitCode.infraError, `no usr/bin/linux.uml below ${root}`, UML_HINT);
  const folder = join(root, 'usr/lib/uml/modules');
  const [release] = existsSync(folder) ? readdirSync(folder).sort(byVersion).reverse() : [];
  if (release === undefined) throw new Failure(ExitCode.infraError, `no kernel modules in ${folder}`, UML_HINT);
  return { program, modules: join(folder, release), release };
}

export function hasUmlPackage(): boolean {
  try {
    findUmlPackage();
    return true;
  } catch {
    return false;
  }
}
