/** A file that is written like a terminal without colours. Opened at once, so that a wrong path is told before a run starts. */

import { closeSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import pico from 'picocolors';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure, systemReason } from '../failure.js';
import { makeFolder } from '../files/make-folder.js';
import type { OutputStream } from './streams.js';

export class FileStream implements OutputStream {
  readonly colours = pico.createColors(false);
  readonly isTerminal = false;
  readonly columns = 120;
  readonly #path: string;
  readonly #file: number;

  constructor(path: string) {
    this.#path = path;
    this.#file = this.#guard(() => {
      makeFolder(dirname(path));
      return openSync(path, 'w');
    });
  }

  write(text: string): void {
    this.#guard(() => writeSync(this.#file, text));
  }

  close(): void {
    closeSync(this.#file);
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new Failure(ExitCode.infraError, `cannot write ${this.#path}: ${systemReason(error)}`);
    }
  }
}
