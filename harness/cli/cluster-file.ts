/** Reads a cluster file alone, with all that a scenario's cluster is checked for: it goes through the plan of a scenario that does nothing. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Diagnostic } from '../../src/base/diagnostic.js';
import { KIND } from '../../src/plan/capabilities.js';
import { makePlan } from '../../src/plan/make-plan.js';
import type { ClusterSpec } from '../../src/scenario/model.js';
import type { FileRead } from '../../src/scenario/source.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { DiskFiles } from '../files/disk-files.js';

const SCENARIO = 'cluster-up.yaml';

class BesideScenario extends DiskFiles {
  constructor(
    cwd: string,
    readonly cluster: string,
  ) {
    super(cwd);
  }

  override read(path: string): FileRead {
    if (path !== SCENARIO) return super.read(path);
    const head = 'apiVersion: windtunnel/v1alpha1\nkind: Scenario\nmetadata: {name: cluster-up}\n';
    return { ok: true, text: `${head}cluster: {from: ${JSON.stringify(this.cluster)}}\nsteps: [{sleep: 1s}]\n` };
  }
}

export interface ReadCluster {
  /** Absent where something is wrong. */
  readonly cluster?: ClusterSpec;
  /** Why kind cannot make it. */
  readonly refusal?: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly texts: ReadonlyMap<string, string>;
}

/** Throws a {@link Failure} where there is no such file: the scenario that would be said to name it is nobody's. */
export function readCluster(cwd: string, file: string): ReadCluster {
  if (!existsSync(resolve(cwd, file))) throw new Failure(ExitCode.usage, `no file ${file}`);
  const request = { scenarios: [SCENARIO], backends: [KIND], seed: '1', focus: [], matrix: [], noControl: true };
  const { plan, diagnostics, texts } = makePlan(
    { ...request, deadlineFactor: 1, timeScale: 1 },
    new BesideScenario(cwd, file),
  );
  const [spec] = plan?.cases ?? [];
  const cluster = spec?.arms[0]?.cluster;
  return { diagnostics, texts, ...(cluster && { cluster }), ...(spec?.skip !== undefined && { refusal: spec.skip }) };
}
