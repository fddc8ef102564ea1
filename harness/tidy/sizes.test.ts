/** Functions and files stay short; a longer one wants a new noun. */
import t from 'tap';
import { FILE_LINES_MAX, FUNCTION_LINES_MAX, judgeSizes } from './sizes.js';
import { typescriptFiles } from './source-tree.js';

t.test('no file and no function of the tree is over its limit', async (t) => {
  const problems = typescriptFiles().flatMap(judgeSizes);
  t.same(problems, [], problems.join('\n'));
});

t.test('a function of exactly the limit passes, one line more is named', async (t) => {
  const body = (lines: number) => `const a = 1;\nconst grow = () => {\n${'  a;\n'.repeat(lines - 2)}};\n`;
  t.same(judgeSizes({ path: 'x.ts', text: body(FUNCTION_LINES_MAX) }), []);
  t.same(judgeSizes({ path: 'x.ts', text: body(FUNCTION_LINES_MAX + 1) }), [
    'x.ts:2: error: grow has 61 lines; the limit is 60',
  ]);
});

t.test('methods and functions of the language are measured too', async (t) => {
  const inner = '\n'.repeat(FUNCTION_LINES_MAX);
  t.match(judgeSizes({ path: 'x.ts', text: `class A { step() {${inner}} }` }), [/step has 61 lines/]);
  t.match(judgeSizes({ path: 'x.ts', text: `export function walk(): void {${inner}}` }), [/walk has 61 lines/]);
});

t.test('a file over its limit is named', async (t) => {
  t.same(judgeSizes({ path: 'x.ts', text: '//\n'.repeat(FILE_LINES_MAX) }), []);
  t.match(judgeSizes({ path: 'x.ts', text: '//\n'.repeat(FILE_LINES_MAX + 1) }), [/the file has 301 lines/]);
});
