/** The numbers that `npm test` and CI close with are those of the tests, also where a test file crashes. */
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { root } from './source-tree.js';

interface Scripts {
  countTap(text: string): Counts;
  failedSections(text: string): string;
}
interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}
const module = (await import(pathToFileURL(`${root}/scripts/test-files.js`).href)) as Scripts;

const tap = (...lines: string[]) => module.countTap(lines.join('\n'));

t.test('the tests of a file count, its own point and deeper assertions do not', async (t) => {
  const counts = tap(
    '# Subtest: a.test.js',
    '        ok 1 - deep',
    '    ok 1 - one',
    '    ok 2 - two # time=1ms',
    '    1..2',
    'ok 1 - a.test.js',
  );
  t.same(counts, { passed: 2, failed: 0, skipped: 0 });
});

t.test('failures and skips are told apart', async (t) => {
  const counts = tap(
    '    ok 1 - one',
    '    not ok 2 - two',
    '    ok 3 - three # SKIP no kernel',
    'not ok 1 - a.test.js',
  );
  t.same(counts, { passed: 1, failed: 1, skipped: 1 });
});

t.test('a file that crashes after its tests, or before any, is one failure', async (t) => {
  t.same(tap('    ok 1 - one', 'not ok 1 - a.test.js', 'not ok 2 - b.test.js', 'ok 3 - c.test.js'), {
    passed: 1,
    failed: 2,
    skipped: 0,
  });
});

t.test('what is shown of a log is the files that failed, the first one too', async (t) => {
  const text = ['# Subtest: a.js', '    not ok 1 - x', 'not ok 1 - a.js', '# Subtest: b.js', 'ok 2 - b.js', ''].join(
    '\n',
  );
  t.equal(module.failedSections(text), '# Subtest: a.js\n    not ok 1 - x\nnot ok 1 - a.js\n');
});
