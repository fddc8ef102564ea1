/**
 * Changes to the kernel of a node that outlive whoever makes them: what takes one back is told before it is made, so that it can stand in the
 * journal. Owns how they are taken back; refuses to know why they are made.
 */
import type { UsedChange } from '../journal/journal.js';
import type { KindNode } from './cluster.js';
import { commandFailure, type Docker } from './docker.js';

/** Called before a change is made; the answer is called where it was not made after all, or has been taken back. */
export type NoteChange = (change: UsedChange) => () => void;

/** For a cluster that goes with all that is in it. */
export const unnoted: NoteChange = () => () => {};

/** By the scenario's name of a host; one that is no node goes with the arm. */
export function notingBy(nodes: readonly KindNode[], note: NoteChange = unnoted) {
  const containers = new Map(nodes.map(({ name, container }) => [name, container]));
  return (host: string, back: readonly string[]): (() => void) => {
    const container = containers.get(host);
    return container === undefined ? () => {} : note({ container, back });
  };
}

/** What is said of what was never made, or is taken back already; a node that is down has lost it. */
const GONE = /Cannot find device|Cannot assign requested address|Address not found|is not running|No such container/;

/** The last first. Throws a {@link Failure} with what a node says where it refuses. */
export async function takeBack(docker: Docker, changes: readonly UsedChange[], signal?: AbortSignal): Promise<void> {
  for (const { container, back } of changes.toReversed()) {
    const ran = await docker.exec(container, back, { signal });
    if (ran.code !== 0 && !GONE.test(ran.stderr)) throw commandFailure('docker', ['exec', container, ...back], ran);
  }
}
