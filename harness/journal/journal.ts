/**
 * The journal: what a run is about to make outside its own process, written down before it is made and struck out once it is gone.
 * What a killed run left stands here, and `gc` ends it. One file an entry, so that runs side by side never share one.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { makeFolder } from '../files/make-folder.js';

/** What is made outside: where it is, and by what it is found. */
export interface Made {
  /** A guest of user-mode Linux, a program beside one, a cluster of containers, or what arms put on a cluster that is the user's. */
  readonly kind: 'guest' | 'program' | 'cluster' | 'arms';
  /** Of containers: the daemon that has them; empty for the one that `docker` finds by itself. */
  readonly dockerHost?: string;
  /** Of arms: the cluster that they run on, which itself stays. */
  readonly cluster?: UsedCluster;
}

export interface UsedCluster {
  /** What kind calls it. */
  readonly name: string;
  /** Marks all that was made for it. */
  readonly label: string;
  readonly nodes: readonly UsedNode[];
  /** What arms made there that no label marks: it is the scenario's, word for word. */
  readonly objects?: readonly UsedObject[];
  /** What arms changed in the kernels of nodes, the last at the end. */
  readonly changes?: readonly UsedChange[];
}

export interface UsedChange {
  readonly container: string;
  /** The command that takes the change back, run in the container; once more is no error. */
  readonly back: readonly string[];
}

export interface UsedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

export interface UsedNode {
  readonly name: string;
  readonly container: string;
  readonly role: 'control-plane' | 'worker';
  readonly ip: string;
}

/** All processes of a guest or program carry the label in their environment or their arguments; what a cluster has is named by it. */
export interface Entry extends Made {
  /** Found by nothing else: never given twice. */
  readonly label: string;
  /** The process that made it; its start tells it from a later one of the same number. */
  readonly owner: { readonly pid: number; readonly started: string };
  readonly madeAt: string;
}

/** What this package keeps between runs. Only gc and its own files look here. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kube-windtunnel');
}

const folder = () => join(cacheFolder(), 'journal');
const fileOf = (label: string) => join(folder(), `${label}.json`);

/** The start of a process in clock ticks since boot (proc(5), field 22); undefined where it does not run. */
export function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Writes down what is about to be made, and gives it its label. */
export function enter(made: Made): Entry {
  const owner = { pid: process.pid, started: startOf(process.pid) ?? '' };
  const entry: Entry = { ...made, label: randomUUID(), owner, madeAt: new Date().toISOString() };
  makeFolder(folder());
  write(entry);
  return entry;
}

/** Of an entry that is not yet in its place: a process that was killed by then leaves it. */
const NEW = '.new';
/** It takes milliseconds. */
const PLACED_WITHIN_MS = 3_600_000;

/** Whoever reads it finds the old one or the new one, whole. */
function write(entry: Entry): void {
  const file = fileOf(entry.label);
  writeFileSync(`${file}${NEW}`, `${JSON.stringify(entry)}\n`);
  renameSync(`${file}${NEW}`, file);
}

/** Of arms. */
type OnCluster = Entry & { readonly cluster: UsedCluster };
/** What is written down of a cluster bit by bit, as it is made. */
type Noted = Pick<Required<UsedCluster>, 'objects' | 'changes'>;

/** Writes down what is about to be made or changed there; the entry with it is the answer. */
export function enterOn<T extends OnCluster, K extends keyof Noted>(entry: T, what: K, one: Noted[K][number]): T {
  return rewritten(entry, what, [...(entry.cluster[what] ?? []), one]);
}

/** It was not made, or has been taken back. The entry without it is the answer. */
export function strikeOn<T extends OnCluster, K extends keyof Noted>(entry: T, what: K, one: Noted[K][number]): T {
  const all: readonly Noted[K][number][] = entry.cluster[what] ?? [];
  // Of one that was noted twice the first may be made yet.
  const index = all.findLastIndex((other) => isDeepStrictEqual(other, one));
  return rewritten(
    entry,
    what,
    all.filter((_, at) => at !== index),
  );
}

function rewritten<T extends OnCluster>(entry: T, what: keyof Noted, list: readonly unknown[]): T {
  const next = { ...entry, cluster: { ...entry.cluster, [what]: list } };
  write(next);
  return next;
}

/** Where a guest of this label keeps what it writes for itself (uml_dir of user-mode Linux). */
export const guestFolder = (label: string) => join(cacheFolder(), 'guests', label);

/** It is gone: its files go too, and then the entry. */
export function forget({ label }: Entry): void {
  rmSync(guestFolder(label), { recursive: true, force: true });
  rmSync(`${fileOf(label)}${NEW}`, { force: true });
  rmSync(fileOf(label), { force: true });
}

/** Drops entries that will never be put in their place: what they were to tell of was not made. */
export function dropUnplaced(): void {
  if (!existsSync(folder())) return;
  for (const name of readdirSync(folder()).filter((name) => name.endsWith(NEW))) {
    const file = join(folder(), name);
    const { mtimeMs = Date.now() } = statSync(file, { throwIfNoEntry: false }) ?? {};
    if (Date.now() - mtimeMs > PLACED_WITHIN_MS) rmSync(file, { force: true });
  }
}

/** Entries whose run no longer lives, oldest first. A file that was cut short is an entry of its name alone. */
export const leftovers = (): readonly Entry[] => entries().filter((entry) => !lives(entry));

/** Entries of runs that live, this process's own among them. */
export const living = (): readonly Entry[] => entries().filter(lives);

const lives = ({ owner }: Entry) => owner.started !== '' && startOf(owner.pid) === owner.started;

function entries(): readonly Entry[] {
  if (!existsSync(folder())) return [];
  return readdirSync(folder())
    .filter((name) => name.endsWith('.json'))
    .map((name) => read(name.slice(0, -'.json'.length)))
    .sort((a, b) => a.madeAt.localeCompare(b.madeAt));
}

function read(label: string): Entry {
  try {
    return JSON.parse(readFileSync(fileOf(label), 'utf8')) as Entry;
  } catch {
    return { kind: 'guest', label, owner: { pid: 0, started: '' }, madeAt: '' };
  }
}
