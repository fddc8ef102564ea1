/**
 * The journal: what a run is about to make outside its own process, written down before it is made and struck out once it is gone.
 * What a killed run left stands here, and `gc` ends it. One file an entry, so that runs side by side never share one.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '../files/make-folder.js';

/** What is made outside: where it is, and by what it is found. */
export interface Made {
  /** A guest of user-mode Linux, a program beside one, or a cluster of containers. */
  readonly kind: 'guest' | 'program' | 'cluster';
  /** Of a cluster: the daemon that has its containers; empty for the one that `docker` finds by itself. */
  readonly dockerHost?: string;
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
  writeFileSync(fileOf(entry.label), `${JSON.stringify(entry)}\n`);
  return entry;
}

/** Where a guest of this label keeps what it writes for itself (uml_dir of user-mode Linux). */
export const guestFolder = (label: string) => join(cacheFolder(), 'guests', label);

/** It is gone: its files go too, and then the entry. */
export function forget({ label }: Entry): void {
  rmSync(guestFolder(label), { recursive: true, force: true });
  rmSync(fileOf(label), { force: true });
}

/** Entries whose run no longer lives, oldest first. A file that was cut short is an entry of its name alone. */
export function leftovers(): readonly Entry[] {
  if (!existsSync(folder())) return [];
  const entries = readdirSync(folder())
    .filter((name) => name.endsWith('.json'))
    .map((name) => read(name.slice(0, -'.json'.length)));
  return entries
    .filter(({ owner }) => owner.started === '' || startOf(owner.pid) !== owner.started)
    .sort((a, b) => a.madeAt.localeCompare(b.madeAt));
}

function read(label: string): Entry {
  try {
    return JSON.parse(readFileSync(fileOf(label), 'utf8')) as Entry;
  } catch {
    return { kind: 'guest', label, owner: { pid: 0, started: '' }, madeAt: '' };
  }
}
