/** The outage scenarios on the simulator and on a real kernel, by the program as users call it: verdicts and causes side by side. */
import { inWords, reportedCases } from './reported.js';

export interface ScenarioRow {
  readonly id: string;
  /** `pass: externalip-is-node-address`. */
  readonly sim: string;
  readonly kernel: string;
  /** Why it does not run on the kernel. */
  readonly skipped?: string;
}

export const sameVerdict = ({ sim, kernel, skipped }: ScenarioRow) => skipped !== undefined || sim === kernel;

const FOLDERS = ['scenarios/outage', 'scenarios/mitigation'];
/** Timers at a tenth; a guest is slower than what it stands for, so deadlines are not as tight. */
const PACE = ['--time-scale', '0.1', '--deadline-factor', '3'];

/** The only reason for which a case may be left out on the kernel. */
const MAY_BE_SKIPPED = /^netns has no encapsulation /;

const report = (backend: string, env: Readonly<Record<string, string>>) =>
  reportedCases([...FOLDERS, '--backend', backend, ...PACE, '--quiet'], { env });

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
