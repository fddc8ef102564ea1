/** The file system as the language's {@link SourceFiles}. A text is read once, so that what is planned, shown and kept is the same. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { FILE_SIZE_MAX, type FileRead, joinBeside, type SourceFiles } from '../../src/scenario/source.js';
import { systemReason } from '../failure.js';

export class DiskFiles implements SourceFiles {
  readonly #texts = new Map<string, string>();
  readonly #cwd: string;

  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  read(path: string): FileRead {
    const known = this.#texts.get(path);
    if (known !== undefined) return { ok: true, text: known };
    const read = this.#read(resolve(this.#cwd, path));
    if (read.ok) this.#texts.set(path, read.text);
    return read;
  }

  resolve(from: string, relative: string): string {
    return joinBeside(from, relative);
  }

  #read(path: string): FileRead {
    try {
      const stat = statSync(path);
      if (stat.isDirectory()) return { ok: false, why: 'directory' };
      if (!stat.isFile()) return { ok: false, why: 'unreadable', detail: 'it is neither a file nor a folder' };
      if (stat.size > FILE_SIZE_MAX) return { ok: false, why: 'too-large', bytes: stat.size };
      return { ok: true, text: readFileSync(path, 'utf8') };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return { ok: false, why: 'not-found' };
      return { ok: false, why: 'unreadable', detail: systemReason(error) };
    }
  }
}
