/**
 * `npm test`: installs, builds, runs every test of the tree, then the suites whose further means are here.
 * `npm test -- dist/src/net/**\/*.test.js` runs some; `--coverage` measures. Ends with `tests: N passed, N failed`.
 */
import { runOptionalSuites } from './optional-suites.js';
import { runTests } from './test-files.js';
import { prepare } from './toolchain.js';

prepare();
const args = process.argv.slice(2);
const patterns = args.filter((arg) => !arg.startsWith('-'));
const tests = runTests({ patterns, coverage: args.includes('--coverage') });
const suites = patterns.length > 0 ? { passed: 0, failed: 0, skipped: 0 } : await runOptionalSuites();
const passed = tests.passed + suites.passed;
const failed = tests.failed + suites.failed;
const skipped = tests.skipped + suites.skipped;
process.stdout.write(`tests: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
