/**
 * Suites that need more than Node.js: each with the means it needs, and one line for each that does not run and why.
 * None is there yet; the scheduler in Go, the real kernel and kind each bring one.
 */
import { spawnSync } from 'node:child_process';
import { say } from './toolchain.js';

/** @type {readonly {name: string, needs: {means: string, probe: readonly string[]}[], run: () => number}[]} */
const SUITES = [];

/** Runs those whose means are here; answers how many passed, failed and were left out. */
export function runOptionalSuites(suites = SUITES) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const suite of suites) {
    const missing = suite.needs.filter(({ probe: [command, ...args] }) => spawnSync(command, args).status !== 0);
    if (missing.length > 0) {
      say(`not run: ${suite.name}, which needs ${missing.map(({ means }) => means).join(' and ')}`);
      count.skipped += 1;
    } else if (suite.run() === 0) count.passed += 1;
    else count.failed += 1;
  }
  return count;
}
