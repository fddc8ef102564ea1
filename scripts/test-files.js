/**
 * Runs the compiled tests with tap and counts what they say. tap runs JavaScript: its own TypeScript loader needs a compiler
 * API that TypeScript 7 no longer has, and without it coverage maps back to the sources through source maps.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, runPackage, say } from './toolchain.js';

const POINT = /^( *)(not )?ok \d+(.*)$/;

/**
 * Counts test points one level below a file: the tests of a file, subtests or single assertions. A file that ends badly with
 * all its tests passed (a crash at the end, no test at all) counts as one failure of its own.
 */
export function countTap(text) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  let failedInFile = 0;
  for (const line of text.split('\n')) {
    const point = POINT.exec(line);
    if (!point) continue;
    const [, indent, notOk, rest] = point;
    if (indent.length === 4) {
      if (/ # (SKIP|TODO)\b/i.test(rest)) count.skipped += 1;
      else if (notOk) {
        count.failed += 1;
        failedInFile += 1;
      } else count.passed += 1;
    } else if (indent.length === 0) {
      if (notOk && failedInFile === 0) count.failed += 1;
      failedInFile = 0;
    }
  }
  return count;
}

/** The sections of the files that failed, whole: a log has room, and the reason may stand anywhere in them. */
export function failedSections(text) {
  const sections = text.split(/^(?=# Subtest: )/m);
  return sections.filter((section) => /^not ok /m.test(section)).join('');
}

/** tap compiles its own plug-ins when told; node_modules keeps them until it is installed anew. */
function buildPlugins() {
  const stamp = join(root, 'node_modules', '.tap-plugins');
  const wanted = readFileSync(join(root, '.taprc'), 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('building the plug-ins of tap');
  if (runPackage('tap', ['build'], { stdio: ['ignore', 'ignore', 2] }) === 0) writeFileSync(stamp, wanted);
}

/** Runs every test below dist/, or those named by `patterns`. `coverage` is slower, and off otherwise. */
export function runTests({ patterns = [], coverage = false } = {}) {
  const folder = join(root, '.build');
  const output = join(folder, 'tests.tap');
  mkdirSync(folder, { recursive: true });
  rmSync(output, { force: true });
  buildPlugins();
  const code = runPackage('tap', [
    'run',
    `--reporter=${process.stdout.isTTY ? 'terse' : 'silent'}`,
    `--output-file=${output}`,
    coverage ? '--allow-incomplete-coverage' : '--disable-coverage',
    ...(patterns.length > 0 ? patterns : ['dist/src/**/*.test.js', 'dist/harness/**/*.test.js']),
  ]);
  const text = existsSync(output) ? readFileSync(output, 'utf8') : '';
  const count = countTap(text);
  if (!process.stdout.isTTY) process.stdout.write(failedSections(text));
  if (code !== 0 && count.failed === 0) count.failed = 1;
  return { code, ...count };
}
