/** Ends what runs that were killed have left, by their journal. What a living run has made is not touched. */
import { dropUnplaced, type Entry, forget, leftovers } from './journal.js';
import { endLabelled, labelled } from './processes.js';

export interface Collected extends Entry {
  /** How many of its processes, of its containers and networks, or of the objects too that arms left, were still there. */
  readonly found: number;
  /** Why it could not be ended; it stays in the journal. */
  readonly error?: string;
}

export interface Collecting {
  /** Nothing is ended, and the journal stays. */
  readonly dryRun: boolean;
  /** Ends what a cluster has, or what arms left on one, or only counts it. Rejects where the daemon cannot be asked. */
  readonly endCluster: (entry: Entry, dryRun: boolean) => Promise<number>;
}

async function end(entry: Entry, { dryRun, endCluster }: Collecting): Promise<number> {
  if (entry.kind === 'cluster' || entry.kind === 'arms') return endCluster(entry, dryRun);
  return dryRun ? labelled(entry.label).length : endLabelled(entry.label);
}

export async function collect(collecting: Collecting): Promise<readonly Collected[]> {
  const collected: Collected[] = [];
  if (!collecting.dryRun) dropUnplaced();
  for (const entry of leftovers()) {
    try {
      const found = await end(entry, collecting);
      if (!collecting.dryRun) forget(entry);
      collected.push({ ...entry, found });
    } catch (error) {
      collected.push({ ...entry, found: 0, error: error instanceof Error ? error.message : String(error) });
    }
  }
  return collected;
}
