/**
 * Reads a run bundle, finished or not. What is missing because the run was killed is `undefined` or shorter; a folder that is
 * no bundle is a {@link Failure}. Trusts the content of its files as far as the program that wrote them.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Snapshot } from '../../src/evidence/rows.js';
import type { ArmSpec, CaseSpec, Plan } from '../../src/plan/plan.js';
import type { HistoryRecord } from '../../src/verdict/history.js';
import { ExitCode } from '../../src/verdict/merge.js';
import type { CaseResult } from '../../src/verdict/verdict.js';
import { Failure, systemReason } from '../failure.js';
import {
  ARM_FILE,
  armFolder,
  BUNDLE_SCHEMA_VERSION,
  CASE_FILE,
  type CaseRecord,
  caseFolder,
  HISTORY_FILE,
  LATEST,
  PLAN_FILE,
  RUN_FILE,
  type RunRecord,
  SNAPSHOT_FILE,
  TIMINGS_FILE,
  type Timings,
} from './layout.js';

export interface StoredRun {
  readonly folder: string;
  readonly run: RunRecord;
  readonly plan: Plan;
  readonly timings: Timings | undefined;
}

export interface StoredArm {
  /** As it was run; undefined where its testbed did not come up. */
  readonly spec: ArmSpec | undefined;
  readonly history: readonly HistoryRecord[];
  readonly snapshots: readonly Snapshot[];
}

function readJson<T>(path: string): T {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    throw new Failure(ExitCode.usage, `cannot read ${path}: ${systemReason(error)}`);
  }
}

function readJsonIfThere<T>(path: string): T | undefined {
  return existsSync(path) ? readJson<T>(path) : undefined;
}

/** `reports/latest` may be a file that names the folder beside it. */
function resolveBundle(path: string): string {
  if (!existsSync(path)) {
    throw new Failure(ExitCode.usage, `no run bundle at ${path}`, 'windtunnel run makes one; --output says where');
  }
  if (statSync(path).isDirectory()) return path;
  const name = path.endsWith(LATEST) ? readFileSync(path, 'utf8').trim() : '';
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    throw new Failure(ExitCode.usage, `${path} is no run bundle`, 'name the folder that holds run.json');
  }
  return join(dirname(path), name);
}

export function readRun(path: string): StoredRun {
  const folder = resolveBundle(path);
  const run = readJsonIfThere<RunRecord>(join(folder, RUN_FILE));
  if (!run) throw new Failure(ExitCode.usage, `${path} is no run bundle`, 'name the folder that holds run.json');
  if (run.schemaVersion !== BUNDLE_SCHEMA_VERSION) {
    throw new Failure(
      ExitCode.usage,
      `${path} has bundle version ${run.schemaVersion}; this program reads ${BUNDLE_SCHEMA_VERSION}`,
    );
  }
  const plan = readJson<Plan>(join(folder, PLAN_FILE));
  return { folder, run, plan, timings: readJsonIfThere<Timings>(join(folder, TIMINGS_FILE)) };
}

/** Undefined where the case was not judged before the run ended. */
export function readCaseResult(stored: StoredRun, slug: string): CaseResult | undefined {
  const record = readJsonIfThere<CaseRecord>(join(caseFolder(stored.folder, slug), CASE_FILE));
  if (!record) return undefined;
  const { scenario, file, tags, matrix, backend, seed, again, ...result } = record;
  return result;
}

/** A last line without its end was cut off when the run was killed, and is left out. */
function readHistory(path: string): HistoryRecord[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as HistoryRecord);
}

export function readArm(stored: StoredRun, slug: string, arm: string): StoredArm {
  const folder = armFolder(stored.folder, slug, arm);
  const evidence = join(folder, 'evidence');
  const ids = existsSync(evidence) ? readdirSync(evidence).sort() : [];
  const snapshots = ids
    .map((id) => readJsonIfThere<Snapshot>(join(evidence, id, SNAPSHOT_FILE)))
    .filter((snapshot) => snapshot !== undefined)
    .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  const spec = readJsonIfThere<ArmSpec>(join(folder, ARM_FILE));
  return { spec, history: readHistory(join(folder, HISTORY_FILE)), snapshots };
}

/** The case that `name` means: its id or slug, or a part of the id that only one case has. */
export function findCase(cases: readonly CaseSpec[], name: string): CaseSpec {
  const exact = cases.find(({ id, slug }) => id === name || slug === name);
  if (exact) return exact;
  const matches = cases.filter(({ id }) => id.includes(name));
  const [only] = matches;
  if (only && matches.length === 1) return only;
  const shown = (matches.length > 0 ? matches : cases).slice(0, 12).map(({ id }) => `\n  ${id}`);
  const count = matches.length === 0 ? 'no case has' : `${matches.length} cases have`;
  throw new Failure(ExitCode.usage, `${count} ${name} in its id`, `name one of these:${shown.join('')}`);
}
