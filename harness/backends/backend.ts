/** The port of a backend: what it can do, what it needs, and how it brings a testbed up. */
import type { Micros } from '../../src/base/instant.js';
import type { Capabilities } from '../../src/plan/capabilities.js';
import type { ArmSpec } from '../../src/plan/plan.js';
import type { Testbed } from '../../src/ports/testbed.js';
import type { BackendName } from '../../src/scenario/model.js';
import type { KindRun } from '../kind/session.js';

export interface BringUp {
  readonly seed: string;
  readonly caseId: string;
  /** Virtual clocks only: the clock stops there, and sleeps reject. */
  readonly stopAt?: Micros;
  /** Called now and then by a backend that computes for long; a rejection ends the arm. */
  readonly breathe?: () => Promise<void>;
}

/** Something a backend needs beside Node.js, looked for before a run and told by doctor. */
export interface Need {
  /** A program on the PATH. */
  readonly program: string;
  /** Why, and how to get it. */
  readonly hint?: string;
  /** The package of Debian and Ubuntu that has it. */
  readonly debian?: string;
  /** Where it is not a matter of the PATH. */
  readonly isHere?: () => Promise<boolean>;
}

/** What a run says to its backend, as plain data. */
export interface BackendSettings {
  readonly kind?: KindRun;
}

/** Where the arms of one case go on, one after the other, on what the backend shares between them. */
export interface CaseSession {
  bringUp(arm: ArmSpec): Promise<Testbed>;
  /** After the last arm. Rejects where something could not be removed; the journal has it then. */
  close(passed: boolean): Promise<void>;
}

export interface SessionStart {
  readonly settings: BackendSettings;
  readonly seed: string;
  /** Progress of bring-up, a line each. */
  readonly say: (text: string) => void;
  readonly breathe?: () => Promise<void>;
  /** Of the run's bundle, for what the backend has to leave there. */
  readonly folder: string;
}

export interface About {
  readonly lines: readonly string[];
  /** What keeps it from being ready, with what to do. */
  readonly missing: readonly string[];
}

export interface Backend {
  readonly name: BackendName;
  readonly summary: string;
  readonly clock: 'virtual' | 'wall';
  /** It can be brought to an instant again and asked there: what inspect needs. */
  readonly travels: boolean;
  readonly needs: readonly Need[];
  /** What doctor tells beside its needs; looks at the machine. */
  readonly about?: (settings: BackendSettings) => Promise<About>;
  /** Both absent while the backend is not built. */
  readonly capabilities?: Capabilities;
  readonly load?: () => Promise<(arm: ArmSpec, options: BringUp) => Promise<Testbed>>;
  /** Instead of `load`, where the arms of a case share a cluster. */
  readonly session?: () => Promise<(start: SessionStart) => CaseSession>;
}
