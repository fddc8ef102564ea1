/** The table of allowed imports holds over the whole tree, and its judge sees what it should see. */
import t from 'tap';
import { importsOf, judgeImports } from './import-rules.js';
import { ROOMS, type Room } from './imports.js';
import { typescriptFiles } from './source-tree.js';

const TABLE: readonly Room[] = [
  { room: 'src/sim', imports: ['src/base'], types: ['src/ports'] },
  { room: 'harness', imports: ['src'], packages: ['node:', 'commander'] },
  { room: 'harness/bundle', imports: [], packages: ['node:'] },
];

const judge = (path: string, text: string) => judgeImports({ path, text }, TABLE);

t.test('no file imports what its room must not', async (t) => {
  const problems = typescriptFiles().flatMap((file) => judgeImports(file, ROOMS));
  t.same(problems, [], problems.join('\n'));
});

t.test('a breach is named with file, line and both rooms', async (t) => {
  t.same(
    judge(
      'src/sim/testbed.ts',
      "import { a } from '../base/a.js';\nimport { main } from '../../harness/cli/run.js';\n",
    ),
    ['src/sim/testbed.ts:2: error: src/sim must not import harness/cli'],
  );
});

t.test('the longest row wins, so a room inside a room has its own rule', async (t) => {
  t.same(judge('harness/cli/run.ts', "import { a } from '../../src/sim/a.js';\nimport 'commander';\n"), []);
  t.same(judge('harness/bundle/write.ts', "import { a } from '../../src/sim/a.js';\nimport 'commander';\n"), [
    'harness/bundle/write.ts:1: error: harness/bundle must not import src/sim',
    'harness/bundle/write.ts:2: error: harness/bundle must not import the package commander',
  ]);
});

t.test('where only types are allowed, a value is a breach', async (t) => {
  t.same(judge('src/sim/a.ts', "import type { Clock } from '../ports/testbed.js';\n"), []);
  t.same(judge('src/sim/a.ts', "import { type Clock } from '../ports/testbed.js';\n"), []);
  t.same(judge('src/sim/a.ts', "import { StoppedError } from '../ports/testbed.js';\n"), [
    'src/sim/a.ts:1: error: src/sim may use only types of src/ports/testbed.ts; use import type',
  ]);
});

t.test('built-in modules, dynamic imports and re-exports are seen; comments and strings are not', async (t) => {
  const text = [
    "// import fs from 'node:fs';",
    'const text = "import x from \'node:os\'";',
    "export { run } from '../../harness/cli/run.js';",
    "export const load = () => import('node:path');",
  ].join('\n');
  t.same(
    importsOf({ path: 'src/sim/a.ts', text }).map(({ from, line }) => [line, from]),
    [
      [3, '../../harness/cli/run.js'],
      [4, 'node:path'],
    ],
  );
  t.equal(judge('src/sim/a.ts', text).length, 2);
});

t.test('a test may use any package, but src stays apart from harness', async (t) => {
  t.same(judge('src/sim/a.test.ts', "import t from 'tap';\nimport { x } from '../../harness/x.js';\n"), [
    'src/sim/a.test.ts:2: error: src must not import harness/x.js, not in a test either'.replace('x.js', 'x.ts'),
  ]);
});

t.test('a file in no room is told to get a row', async (t) => {
  t.match(judge('lib/a.ts', ''), [/no row/]);
});
