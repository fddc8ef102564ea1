/**
 * Where files come from: an interface, so that this folder never touches a disk. harness/ implements it over the file system;
 * `memoryFiles` serves files that are values, in tests and where a file comes out of a bundle.
 */

/** No file of the language is larger; a reader may refuse a larger one without reading it. */
export const FILE_SIZE_MAX = 5 * 1024 * 1024;

export type FileRead =
  /** Decoded as UTF-8; bytes that are none became U+FFFD. */
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly why: 'not-found' | 'directory' | 'unreadable'; readonly detail?: string }
  | { readonly ok: false; readonly why: 'too-large'; readonly bytes: number };

export interface SourceFiles {
  /** Answers `too-large` for a file above {@link FILE_SIZE_MAX}, before reading it. */
  read(path: string): FileRead;
  /** The path of `relative` as the file `from` means it, in the form in which a user would type it. */
  resolve(from: string, relative: string): string;
}

/** Files that are values. Paths are joined as POSIX does. */
export function memoryFiles(files: Readonly<Record<string, string>>): SourceFiles {
  const known = new Map(Object.entries(files));
  return {
    read(path) {
      const text = known.get(path);
      if (text === undefined) return { ok: false, why: 'not-found' };
      return text.length > FILE_SIZE_MAX ? { ok: false, why: 'too-large', bytes: text.length } : { ok: true, text };
    },
    resolve: joinBeside,
  };
}

/** `a/b.yaml` and `../c.yaml` give `c.yaml`. An absolute `relative` stays as it is. */
export function joinBeside(from: string, relative: string): string {
  if (relative.startsWith('/')) return relative;
  const parts = from.split('/').slice(0, -1);
  for (const part of relative.split('/')) {
    if (part === '' || part === '.') continue;
    const last = parts.at(-1);
    if (part === '..' && last !== undefined && last !== '..' && last !== '') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}

/** The folder of a path as a person reads it: `scenarios/outage`, `.`. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : path.slice(0, slash) || '/';
}
