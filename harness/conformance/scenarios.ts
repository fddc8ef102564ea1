/** The outage scenarios on the simulator and on a real kernel, by the program as users call it: verdicts and causes side by side. */
import { join } from 'node:path';
import { execa } from 'execa';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { packageRoot } from '../package.js';

export interface ScenarioRow {
  readonly id: string;
  /** `pass: externalip-is-node-address`. */
  readonly sim: string;
  readonly kernel: string;
  /** Why it does not run on the kernel. */
  readonly skipped?: string;
}

export const sameVerdict = ({ sim, kernel, skipped }: ScenarioRow) => skipped !== undefined || sim === kernel;

interface Reported {
  readonly cases: readonly {
    readonly id: string;
    readonly verdict: string;
    readonly reason: string | null;
    readonly causes: readonly { readonly id: string }[];
  }[];
}

const FOLDERS = ['scenarios/outage', 'scenarios/mitigation'];
/** Timers at a tenth; a guest is slower than what it stands for, so deadlines are not as tight. */
const PACE = ['--time-scale', '0.1', '--deadline-factor', '3'];

/** The only reason for which a case may be left out on the kernel. */
const MAY_BE_SKIPPED = /^netns has no encapsulation /;

async function report(backend: string, env: Readonly<Record<string, string>>) {
  const program = join(packageRoot, 'bin', 'windtunnel.js');
  const output = ['--output', join('.build', 'conformance'), '--quiet', '--json'];
  const run = ['run', ...FOLDERS, '--backend', backend, ...PACE, ...output];
  const { stdout, stderr } = await execa(process.execPath, [program, ...run], { cwd: packageRoot, env, reject: false });
  if (!stdout.startsWith('{'))
    throw new Failure(ExitCode.infraError, `the scenarios did not run: ${stderr.slice(-500)}`);
  return (JSON.parse(stdout) as Reported).cases;
}

const inWords = ({ verdict, causes }: Reported['cases'][number]) =>
  [`${verdict}:`, ...causes.map((c) => c.id)].join(' ');

/** `root` holds the package with the kernel. */
export async function runScenarios(root: string): Promise<readonly ScenarioRow[]> {
  const modelled = await report('sim', {});
  const real = new Map((await report('netns', { WINDTUNNEL_UML: root })).map((one) => [one.id, one]));
  return modelled.map((one) => {
    const other = real.get(one.id);
    const kernel = other ? inWords(other) : 'not run';
    const row = { id: one.id, sim: inWords(one), kernel };
    const skipped = other?.verdict === 'skipped' && MAY_BE_SKIPPED.test(other.reason ?? '');
    return skipped ? { ...row, skipped: other.reason ?? '' } : row;
  });
}
