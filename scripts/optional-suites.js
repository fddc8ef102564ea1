/**
 * Suites that need more than Node.js: each with the means it needs, and one line for each that does not run and why. The real
 * kernel and kind will bring theirs.
 */
import { join } from 'node:path';
import { goTest, hasGo } from './go.js';
import { runSuites, SUITES as SCHEDULER_SUITES } from './scheduler-suites.js';
import { root, say } from './toolchain.js';

/** @type {readonly {name: string, needs: {means: string, here: () => boolean}[], run: () => Promise<Count>}[]} */
const SUITES = [
  {
    name: "the scheduler's unit and PromQL tests",
    needs: [{ means: 'Go', here: hasGo }],
    run: () => runSuites(SCHEDULER_SUITES.filter(({ quick }) => quick)),
  },
  {
    name: 'the tests of the agent inside a kernel',
    needs: [{ means: 'Go', here: hasGo }],
    run: () => goTest(join(root, 'guest'), { what: 'testing the agent' }),
  },
];

/** Runs those whose means are here; answers how many tests passed and failed. A suite left out counts as one skipped. */
export async function runOptionalSuites(suites = SUITES) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const suite of suites) {
    const missing = suite.needs.filter(({ here }) => !here());
    if (missing.length > 0) {
      say(`not run: ${suite.name}, which needs ${missing.map(({ means }) => means).join(' and ')}`);
      count.skipped += 1;
      continue;
    }
    const result = await suite.run();
    for (const key of Object.keys(count)) count[key] += result[key];
  }
  return count;
}
