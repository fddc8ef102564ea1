/** Where an arm's run goes to while it happens, and how it may be steered. A run that dies leaves what it had handed over. */
import type { Micros } from '../base/instant.js';
import type { PacketRow, Snapshot } from '../evidence/rows.js';
import type { HistoryRecord } from '../verdict/history.js';

/** Receives everything once, in order. A bundle writes it down at once; a simulation may drop it, the result does not need it. */
export interface ArmSink {
  record(record: HistoryRecord): void;
  snapshot(snapshot: Snapshot): void;
  /** All packets of a capture at one place, when it has ended. */
  capture(name: string, on: string, packets: readonly PacketRow[]): void;
}

/** What a long wait waits for. */
export interface Progress {
  readonly at: Micros;
  readonly step: string;
  readonly awaited: readonly { readonly text: string; readonly seen: string }[];
}

export interface RunOptions {
  /** What the engine itself draws from: arrivals. */
  readonly seed?: string;
  /** How often a state is observed, in testbed time; 100 ms unless given. */
  readonly pollEvery?: Micros;
  /** The whole case, catch and finally apart; none unless given. */
  readonly caseTimeout?: Micros;
  /** Catch and finally together have a time of their own; 5 minutes unless given. */
  readonly cleanupTimeout?: Micros;
  /** Called every 10 s of testbed time while a step waits. */
  readonly onProgress?: (progress: Progress) => void;
}
