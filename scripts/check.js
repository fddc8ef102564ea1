/**
 * `npm run check`: what CI runs. Every check runs also where one before it failed; the summary stands at the end.
 * `--no-tests` leaves the tests out, for a caller that has run them. Ends with `checks: N passed, N failed`.
 */
import { runTests } from './test-files.js';
import { build, install, requireNode, run, runPackage, windtunnel } from './toolchain.js';

const CHECKS = [
  { name: 'formatting and lint (biome)', run: () => runPackage('@biomejs/biome', ['ci', '--colors=off', '.']) },
  { name: 'types (tsc)', run: () => (build({ force: true }) ? 0 : 1) },
  { name: 'unused files, exports and dependencies (knip)', run: () => runPackage('knip', []) },
  { name: 'schema and reference page are fresh', run: () => windtunnel(['schema', '--check']) },
  { name: 'no leftovers in the work tree (git)', run: () => run('git', ['diff', '--check']) },
  { name: 'tests (tap)', tests: true, run: () => runTests().code },
];

requireNode();
install();
const results = [];
for (const check of CHECKS) {
  if (check.tests && process.argv.includes('--no-tests')) continue;
  process.stdout.write(`\n== ${check.name}\n`);
  results.push({ name: check.name, passed: check.run() === 0 });
}
process.stdout.write('\n');
for (const { name, passed } of results) process.stdout.write(`${passed ? 'passed' : 'FAILED'}  ${name}\n`);
const failed = results.filter(({ passed }) => !passed).length;
process.stdout.write(`checks: ${results.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
