/**
 * What one arm leaves behind, on disk while it goes on and in memory for the verdict: its history, snapshots and captures. Also
 * compares a second run of the same arm with the first.
 */

import { join } from 'node:path';
import { formatSeconds, type Micros } from '../../src/base/instant.js';
import { snapshotFolder } from '../../src/evidence/paths.js';
import type { PacketRow, Snapshot } from '../../src/evidence/rows.js';
import { snapshotFiles } from '../../src/evidence/snapshot-files.js';
import { formatPackets } from '../../src/evidence/tcpdump.js';
import type { ArmSpec } from '../../src/plan/plan.js';
import type { ArmSink } from '../../src/run/sink.js';
import type { HistoryRecord } from '../../src/verdict/history.js';
import { ARM_FILE, entryName, SNAPSHOT_FILE } from '../bundle/layout.js';
import { guard, HistoryFile, writeBelow } from '../bundle/write.js';
import { makeFolder } from '../files/make-folder.js';

/** Keeps everything in memory. */
export class ArmMemory implements ArmSink {
  readonly history: HistoryRecord[] = [];
  readonly snapshots: Snapshot[] = [];

  /** The arm as it is run, with the addresses that its testbed has: what a later judge needs. */
  bound(_arm: ArmSpec): void {}

  record(record: HistoryRecord): void {
    this.history.push(record);
  }

  snapshot(snapshot: Snapshot): void {
    this.snapshots.push(snapshot);
  }

  capture(_name: string, _on: string, _packets: readonly PacketRow[]): void {}
}

/** Writes everything below `folder` too, as the bundle has it. */
export class ArmRecorder extends ArmMemory {
  readonly #folder: string;
  readonly #file: HistoryFile;

  constructor(folder: string) {
    super();
    this.#folder = folder;
    guard(folder, () => makeFolder(folder));
    this.#file = new HistoryFile(folder);
  }

  override bound(arm: ArmSpec): void {
    writeBelow(join(this.#folder, ARM_FILE), `${JSON.stringify(arm, null, 2)}\n`);
  }

  override record(record: HistoryRecord): void {
    super.record(record);
    this.#file.append(record);
  }

  override snapshot(snapshot: Snapshot): void {
    super.snapshot(snapshot);
    writeBelow(join(this.#folder, snapshotFolder(snapshot.id), SNAPSHOT_FILE), `${JSON.stringify(snapshot)}\n`);
    for (const { path, text } of snapshotFiles(snapshot)) writeBelow(join(this.#folder, path), text);
  }

  override capture(name: string, on: string, packets: readonly PacketRow[]): void {
    const text = packets.length > 0 ? `${formatPackets(packets)}\n` : '';
    writeBelow(join(this.#folder, 'captures', `${entryName(name)}.${entryName(on)}.txt`), text);
  }

  close(): void {
    this.#file.close();
  }
}

export interface Divergence {
  readonly at: Micros;
  readonly text: string;
}

/** The first record or snapshot in which two runs of one arm differ. */
export function findDivergence(first: ArmMemory, second: ArmMemory): Divergence | undefined {
  const rows = Math.max(first.history.length, second.history.length);
  for (let i = 0; i < rows; i++) {
    const [a, b] = [first.history[i], second.history[i]];
    const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
    if (left === right) continue;
    const at = Math.min(a?.at ?? Number.MAX_SAFE_INTEGER, b?.at ?? Number.MAX_SAFE_INTEGER);
    return {
      at,
      text: `record ${i + 1} at ${formatSeconds(at)} s: first ${left ?? 'nothing'}, then ${right ?? 'nothing'}`,
    };
  }
  for (const [i, snapshot] of first.snapshots.entries()) {
    if (JSON.stringify(snapshot) === JSON.stringify(second.snapshots[i])) continue;
    return { at: snapshot.at, text: `snapshot ${snapshot.id} at ${formatSeconds(snapshot.at)} s` };
  }
  return undefined;
}
