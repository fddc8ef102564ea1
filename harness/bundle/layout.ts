/**
 * Where things lie in a run bundle, and what run.json says. A bundle is complete without the program that wrote it; nothing in
 * it tells the wall time but the folder's name and timings.json, so that two runs with one seed give the same bytes.
 *
 *   reports/2026-11-22T07-45-12Z-1/
 *     README.md                                              how to read it without the program
 *     run.json  plan.json  timings.json  files/PATH          what was run, on which files
 *     cases/SLUG/case.json                                   verdicts, causes, steps
 *     cases/SLUG/ARM/{arm.json,history.jsonl}                what was run, and what happened, one record a line
 *     cases/SLUG/ARM/evidence/ID/{snapshot.json,HOST.txt,api.txt}
 *     cases/SLUG/ARM/captures/NAME.HOST.txt                  packets, as tcpdump prints them
 *     cases/SLUG/cluster/                                    of a real cluster: kind's config, and its logs where it did not come up
 *   reports/latest                                           a link to the newest, or a file with its name
 */
import { createHash } from 'node:crypto';
import { isAbsolute, join, relative, sep } from 'node:path';
import { armFolder as armName } from '../../src/evidence/paths.js';
import type { CaseSpec } from '../../src/plan/plan.js';
import type { CaseResult, Verdict } from '../../src/verdict/verdict.js';

export const BUNDLE_SCHEMA_VERSION = 1;

export const README_FILE = 'README.md';
export const RUN_FILE = 'run.json';
export const PLAN_FILE = 'plan.json';
export const TIMINGS_FILE = 'timings.json';
export const CASE_FILE = 'case.json';
/** The arm as it was run: its plan with the addresses that the testbed had. */
export const ARM_FILE = 'arm.json';
export const HISTORY_FILE = 'history.jsonl';
export const SNAPSHOT_FILE = 'snapshot.json';
export const LATEST = 'latest';

/** run.json. `running` in a bundle that nobody writes any more: the run was killed. */
export interface RunRecord {
  readonly schemaVersion: number;
  readonly state: 'running' | 'finished' | 'aborted';
  /** Why it was aborted: `SIGINT`, `--timeout 10m`. */
  readonly abortedBy?: string;
  readonly seed: string;
  /** To paste into a shell. */
  readonly command: string;
  readonly versions: { readonly windtunnel: string; readonly node: string };
  readonly deadlineFactor: number;
  /** Absent in bundles of older versions: 1. */
  readonly timeScale?: number;
  readonly verdict?: Verdict;
  readonly exitCode?: number;
  /** In order of the plan; without a verdict while it was not judged. */
  readonly cases: readonly { readonly id: string; readonly slug: string; readonly verdict?: Verdict }[];
}

/** What case.json says of a case besides its result, so that it is understood alone. */
export interface CaseAbout {
  readonly scenario: string;
  readonly file: string;
  readonly tags: readonly string[];
  readonly matrix: CaseSpec['matrix'];
  readonly backend: string;
  readonly seed: string;
  /** The call that runs just this case again. */
  readonly again: string;
}

/** case.json. */
export type CaseRecord = CaseAbout & CaseResult;

/** timings.json: all wall times, in whole milliseconds. */
export interface Timings {
  readonly startedAt: string;
  readonly wallMs: number;
  readonly cases: Readonly<Record<string, { readonly wallMs: number }>>;
}

const SAFE = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;

/**
 * A name from a file as the name of one file or folder: itself where it is harmless, otherwise its harmless characters and a
 * hash that keeps it apart from others. Never a path, never hidden, never `..`.
 */
export function entryName(name: string): string {
  if (SAFE.test(name)) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  const kept = name.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '');
  return `${kept.slice(0, 80) || 'name'}-${hash}`;
}

export function caseFolder(bundle: string, slug: string): string {
  return join(bundle, 'cases', entryName(slug));
}

export function armFolder(bundle: string, slug: string, arm: string): string {
  return join(caseFolder(bundle, slug), armName(arm));
}

/** Where the copy of an input file lies: its path as seen from `cwd`, a step upwards spelt `up`. */
export function inputCopyPath(bundle: string, file: string, cwd: string): string {
  const path = isAbsolute(file) ? relative(cwd, file) : file;
  const parts = path.split(/[\\/]/).filter((part) => part !== '' && part !== '.');
  return join(bundle, 'files', parts.map((part) => (part === '..' ? 'up' : entryName(part))).join(sep));
}

/** `2026-11-22T07-45-12Z-1`: sorts by time, legal on every file system. */
export function bundleName(startedAt: Date, seed: string): string {
  return `${startedAt
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-')}-${entryName(seed)}`;
}
