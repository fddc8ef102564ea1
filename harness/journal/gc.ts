/** Ends what runs that were killed have left, by their journal. What a living run has made is not touched. */
import { type Entry, forget, leftovers } from './journal.js';
import { endLabelled, labelled } from './processes.js';

export interface Collected extends Entry {
  /** How many of its processes still ran. */
  readonly processes: number;
}

/** With `dryRun` nothing is ended, and the journal stays. */
export function collect({ dryRun }: { readonly dryRun: boolean }): readonly Collected[] {
  return leftovers().map((entry) => {
    const processes = dryRun ? labelled(entry.label).length : endLabelled(entry.label);
    if (!dryRun) forget(entry);
    return { ...entry, processes };
  });
}
