/**
 * windtunnel.config.yaml: found from the working folder upwards or named by `--config`, read, checked, and filled with what is meant
 * where it says nothing. Knows no flag: who has one lays it over these values, and over their origins.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { type Diagnostic, escapeControls, type Place } from '../../src/base/diagnostic.js';
import { formatDuration, MILLISECOND } from '../../src/base/instant.js';
import { show } from '../../src/scenario/explain.js';
import { Findings } from '../../src/scenario/findings.js';
import { checkedShape } from '../../src/scenario/shape.js';
import { FILE_SIZE_MAX } from '../../src/scenario/source.js';
import type { Path, SourceDocument } from '../../src/scenario/source-tree.js';
import { parseYaml } from '../../src/scenario/yaml.js';
import { systemReason } from '../failure.js';
import {
  type KEEP,
  kindsOf,
  type PortRange,
  parsePorts,
  parseTimeLimit,
  SETTINGS,
  type SettingsFile,
} from './settings-schema.js';

export type { PortRange } from './settings-schema.js';

export const SETTINGS_FILE = 'windtunnel.config.yaml';

/** When a cluster outlives its run. */
export type Keep = (typeof KEEP)[number];

export interface RunSettings {
  readonly backend?: string;
  readonly deadlineFactor?: number;
  readonly timeScale?: number;
  /** As the flag has it: relative to the working folder. */
  readonly output?: string;
}

export interface KindSettings {
  /** Absolute. */
  readonly imageMap?: string;
  readonly apiServerAddress?: string;
  readonly apiServerPorts?: PortRange;
  readonly kubeadmConfigPatches: readonly string[];
  readonly bringUp: { readonly timeoutMs: number; readonly attempts: number };
  readonly keep: Keep;
  readonly emulateIPVS: boolean;
}

export interface Settings {
  readonly run: RunSettings;
  readonly kind: KindSettings;
  /** Where each value came from, by the path of its key: `run.backend` -> `windtunnel.config.yaml:4:12` or `default`. */
  readonly origins: ReadonlyMap<string, string>;
  /** As the user would type it; absent where there is none. */
  readonly file?: string;
}

export type SettingsResult =
  | { readonly ok: true; readonly settings: Settings }
  /** `texts` has the file by its name, for the lines under the messages. */
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[]; readonly texts: ReadonlyMap<string, string> };

/** Of what has one; the others are absent. */
export const DEFAULT_KIND_SETTINGS = {
  kubeadmConfigPatches: [],
  bringUp: { timeoutMs: 600_000, attempts: 1 },
  keep: 'never',
  emulateIPVS: false,
} as const satisfies KindSettings;

const KEYS = [
  'run.backend',
  'run.deadlineFactor',
  'run.timeScale',
  'run.output',
  'backends.kind.imageMap',
  'backends.kind.apiServerAddress',
  'backends.kind.apiServerPorts',
  'backends.kind.kubeadmConfigPatches',
  'backends.kind.bringUp.timeout',
  'backends.kind.bringUp.attempts',
  'backends.kind.keep',
  'backends.kind.emulateIPVS',
] as const;

type Key = (typeof KEYS)[number];

/** A file, and what it is called in messages. */
export interface NamedFile {
  readonly file: string;
  readonly path: string;
  /** Where it is named: an option has only a name. */
  readonly namedAt: Place;
}

/** The one document of a file and its text; what keeps it from being read stands in `findings`. */
export function readDocument(
  { file, path, namedAt }: NamedFile,
  findings: Findings,
): { readonly document: SourceDocument | undefined; readonly text: string } {
  const text = readText(file, path, namedAt, findings) ?? '';
  const documents = findings.size > 0 ? undefined : parseYaml(file, text, findings);
  const [document, second] = documents ?? [];
  if (second) findings.add('WT0017', second.placeOf([]), 'the file holds several documents', 'give each its own file');
  if (documents && !document) findings.add('WT0005', { file, line: 1, column: 1 }, 'the file is empty');
  return { document, text };
}

function readText(file: string, path: string, namedAt: Place, findings: Findings): string | undefined {
  try {
    const stat = statSync(path);
    // A device would be read for ever.
    if (!stat.isFile()) findings.add('WT0002', namedAt, `${file} is ${stat.isDirectory() ? 'a folder' : 'no file'}`);
    else if (stat.size > FILE_SIZE_MAX) findings.add('WT0003', namedAt, `${file} has more than 5 MiB`);
    else return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    if (missing) findings.add('WT0001', namedAt, `no file ${file}`);
    else findings.add('WT0002', namedAt, `${file} cannot be read: ${systemReason(error)}`);
  }
  return undefined;
}

/** `given` is what `--config` says. Without a file all is as by default. */
export function findSettings(cwd: string, given: string | undefined): SettingsResult {
  const found = given === undefined ? lookUp(cwd) : named(cwd, given);
  if (!found) return { ok: true, settings: { ...settingsOf({}, cwd), origins: originsOf(undefined) } };
  const findings = new Findings();
  const { document, text } = readDocument(found, findings);
  const values = document && checkedShape(SETTINGS, document, findings);
  if (document) checkImageMap(document, found, findings);
  if (!values || findings.size > 0) {
    return { ok: false, diagnostics: findings.sorted(), texts: new Map([[found.file, text]]) };
  }
  const settings = settingsOf(values, dirname(found.path));
  return { ok: true, settings: { ...settings, origins: originsOf(document), file: found.file } };
}

function named(cwd: string, given: string): NamedFile {
  return { file: given, path: resolve(cwd, given), namedAt: { file: '--config', line: 1, column: 1 } };
}

/** The nearest one, from the working folder upwards. */
function lookUp(cwd: string): NamedFile | undefined {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const path = join(folder, SETTINGS_FILE);
    if (existsSync(path)) {
      const file = relative(cwd, path).replaceAll('\\', '/');
      return { file, path, namedAt: { file, line: 1, column: 1 } };
    }
    if (folder === dirname(folder)) return undefined;
  }
}

const IMAGE_MAP: Path = ['backends', 'kind', 'imageMap'];

function checkImageMap(document: SourceDocument, { file, path }: NamedFile, findings: Findings): void {
  const map = document.at(IMAGE_MAP)?.value;
  if (typeof map !== 'string' || map.trim() === '' || existsSync(resolve(dirname(path), map))) return;
  const looked = join(dirname(file), map).replaceAll('\\', '/');
  const hint = `looked for ${looked}; a path is relative to the file that names it`;
  findings.add('WT0001', document.placeOf(IMAGE_MAP), `no file ${map} in folder ${dirname(file)}`, hint);
}

type Defined<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}

function settingsOf(
  { run = {}, backends: { kind = {} } = {} }: Pick<SettingsFile, 'run' | 'backends'>,
  folder: string,
): Pick<Settings, 'run' | 'kind'> {
  const { imageMap, apiServerPorts, bringUp: { timeout, attempts } = {}, ...rest } = kind;
  const ports = parsePorts(apiServerPorts);
  const timeoutMs = timeout === undefined ? undefined : parseTimeLimit(timeout);
  return {
    run: defined(run),
    kind: {
      ...DEFAULT_KIND_SETTINGS,
      ...defined(rest),
      ...(imageMap !== undefined && { imageMap: resolve(folder, imageMap) }),
      ...(ports && { apiServerPorts: ports }),
      bringUp: { ...DEFAULT_KIND_SETTINGS.bringUp, ...defined({ timeoutMs, attempts }) },
    },
  };
}

function originsOf(document: SourceDocument | undefined): ReadonlyMap<string, string> {
  const originOf = (key: string): string => {
    const path = key.split('.');
    if (document?.at(path) === undefined) return 'default';
    const { file, line, column } = document.placeOf(path);
    return `${file}:${line}:${column}`;
  };
  return new Map(KEYS.map((key) => [key, originOf(key)]));
}

/** What `--print-config` shows: each value, and where it came from. */
export function printSettings({ run, kind, origins }: Settings): string {
  const { apiServerPorts: ports, bringUp } = kind;
  const patched = kind.kubeadmConfigPatches.flatMap((patch) => kindsOf(patch).map(show));
  const values: Readonly<Record<Key, string | number | boolean | undefined>> = {
    'run.backend': run.backend,
    'run.deadlineFactor': run.deadlineFactor,
    'run.timeScale': run.timeScale,
    'run.output': run.output,
    'backends.kind.imageMap': kind.imageMap,
    'backends.kind.apiServerAddress': kind.apiServerAddress,
    'backends.kind.apiServerPorts': ports && `${ports.first}-${ports.last}`,
    'backends.kind.kubeadmConfigPatches': patched.length > 0 ? `of ${patched.join(', ')}` : undefined,
    'backends.kind.bringUp.timeout': formatDuration(bringUp.timeoutMs * MILLISECOND),
    'backends.kind.bringUp.attempts': bringUp.attempts,
    'backends.kind.keep': kind.keep,
    'backends.kind.emulateIPVS': kind.emulateIPVS,
  };
  const rows = KEYS.map((key) => [key, escapeControls(String(values[key] ?? '-')), origins.get(key) ?? 'default']);
  return tableOf([['setting', 'value', 'from'], ...rows]);
}

function tableOf(rows: readonly (readonly string[])[]): string {
  const widthOf = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const widths = [widthOf(0), widthOf(1), 0];
  const lineOf = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return `${rows.map((row) => lineOf(row).trimEnd()).join('\n')}\n`;
}
