/**
 * Writes a run bundle while the run goes on: after every call the folder is readable, also where the process dies next.
 * Every failure of the file system is a {@link Failure} with the exit code of the environment. Judges nothing.
 */

import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { CaseSpec, Plan } from '../../src/plan/plan.js';
import type { HistoryRecord } from '../../src/verdict/history.js';
import { ExitCode } from '../../src/verdict/merge.js';
import type { CaseResult } from '../../src/verdict/verdict.js';
import { Failure, systemReason } from '../failure.js';
import { makeFolder } from '../files/make-folder.js';
import {
  bundleName,
  CASE_FILE,
  type CaseRecord,
  caseFolder,
  HISTORY_FILE,
  inputCopyPath,
  LATEST,
  PLAN_FILE,
  README_FILE,
  RUN_FILE,
  type RunRecord,
  TIMINGS_FILE,
  type Timings,
} from './layout.js';
import { BUNDLE_README } from './readme.js';

/** Names the file and the reason, and turns them into one kind of error. */
export function guard<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const reason = systemReason(error);
    throw new Failure(ExitCode.infraError, `cannot write ${path}: ${reason}`, 'choose another folder with --output');
  }
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** A reader sees the old content or the new, never a part. */
function replaceFile(path: string, text: string): void {
  guard(path, () => {
    writeFileSync(`${path}.part`, text);
    renameSync(`${path}.part`, path);
  });
}

/** Makes missing folders, and the file. */
export function writeBelow(path: string, content: string | Uint8Array): void {
  guard(path, () => {
    makeFolder(dirname(path));
    writeFileSync(path, content);
  });
}

/** The files of the run itself. Cases are written through {@link HistoryFile} and {@link writeCase}, also by other threads. */
export class BundleWriter {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes a folder of its own below `output`, also where another run began in the same second. */
  static create(output: string, startedAt: Date, seed: string): BundleWriter {
    guard(output, () => makeFolder(output));
    const name = bundleName(startedAt, seed);
    for (let attempt = 1; ; attempt++) {
      const folder = join(output, attempt === 1 ? name : `${name}.${attempt}`);
      if (existsSync(folder)) continue;
      guard(folder, () => mkdirSync(folder));
      writeBelow(join(folder, README_FILE), BUNDLE_README);
      return new BundleWriter(folder);
    }
  }

  writeRun(run: RunRecord): void {
    replaceFile(join(this.folder, RUN_FILE), toJson(run));
  }

  writePlan(plan: Plan): void {
    replaceFile(join(this.folder, PLAN_FILE), toJson(plan));
  }

  writeTimings(timings: Timings): void {
    replaceFile(join(this.folder, TIMINGS_FILE), toJson(timings));
  }

  /** Keeps a file that the plan was made from. */
  copyInput(file: string, content: string | Uint8Array, cwd: string): void {
    writeBelow(inputCopyPath(this.folder, file, cwd), content);
  }

  /** Points `latest` here: a link, or a file with the folder's name where links cannot be made. */
  pointLatest(): void {
    const link = join(dirname(this.folder), LATEST);
    const part = `${link}.part`;
    guard(link, () => {
      rmSync(part, { force: true });
      try {
        symlinkSync(basename(this.folder), part, 'dir');
      } catch {
        writeFileSync(part, `${basename(this.folder)}\n`);
      }
      renameSync(part, link);
    });
  }
}

export function writeCase(
  bundle: string,
  { scenario, matrix, backend, seed }: CaseSpec,
  result: CaseResult,
  again: string,
): void {
  const folder = caseFolder(bundle, result.slug);
  guard(folder, () => makeFolder(folder));
  const { name, file, tags } = scenario;
  const record: CaseRecord = { scenario: name, file, tags, matrix, backend, seed, again, ...result };
  replaceFile(join(folder, CASE_FILE), toJson(record));
}

/** Records gather in memory up to this many characters, or to the next record of a step. */
const BUFFER_CHARACTERS = 64 * 1024;

/** history.jsonl of one arm. */
export class HistoryFile {
  readonly #path: string;
  readonly #file: number;
  #buffer = '';

  constructor(folder: string) {
    this.#path = join(folder, HISTORY_FILE);
    this.#file = guard(this.#path, () => {
      makeFolder(folder);
      return openSync(this.#path, 'w');
    });
  }

  append(record: HistoryRecord): void {
    this.#buffer += `${JSON.stringify(record)}\n`;
    if (record.kind === 'step' || this.#buffer.length > BUFFER_CHARACTERS) this.flush();
  }

  flush(): void {
    const text = this.#buffer;
    this.#buffer = '';
    if (text !== '') guard(this.#path, () => writeSync(this.#file, text));
  }

  /** Never throws: a full disk was told by the write before. */
  close(): void {
    try {
      this.flush();
    } finally {
      closeSync(this.#file);
    }
  }
}
