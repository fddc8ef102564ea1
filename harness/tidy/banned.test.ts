/** The core stays pure, one file owns the terminal, and nothing of a machine is published. */
import t from 'tap';
import { judgeNames, judgePrivateWords } from './banned.js';
import { filesBelow, typescriptFiles } from './source-tree.js';

const judge = (path: string, text: string) => judgeNames({ path, text });

t.test('no file of the tree uses what is banned in its world', async (t) => {
  const files = typescriptFiles().filter(({ path }) => !path.endsWith('.test.ts'));
  const problems = files.flatMap(judgeNames);
  t.same(problems, [], problems.join('\n'));
});

t.test('nothing of one machine is published', async (t) => {
  const published = filesBelow('.', ['.ts', '.js', '.json', '.md', '.yaml', '.yml', '.svg', '.txt', 'run']);
  const problems = published.flatMap(judgePrivateWords);
  t.same(problems, [], problems.join('\n'));
});

t.test('each door to the outside is named with its replacement', async (t) => {
  t.same(judge('src/sim/a.ts', 'export const now = () =>\n  Date.now();'), [
    'src/sim/a.ts:2: error: Date is banned in src/, use the Clock port',
  ]);
  for (const text of ['Math.random()', 'process.env', 'console.log(1)', 'setTimeout(f, 1)', 'new Date()']) {
    t.equal(judge('src/a.ts', `declare const f: () => void;\n${text};`).length, 1, text);
  }
});

t.test('keys, types, own names, comments and strings are no use of a global', async (t) => {
  const text = [
    '/** Not Math.random, not Date. */',
    'interface Socket { readonly process: string; readonly at: Date }',
    'const row = { process: "kubelet", console: 1 };',
    'export const f = (process: string) => process + row.process + Math.floor(1);',
  ].join('\n');
  t.same(judge('src/a.ts', text), []);
});

t.test('the terminal has one owner in harness', async (t) => {
  t.equal(judge('harness/cli/run.ts', 'process.exit(1)').length, 1);
  t.equal(judge('harness/cli/run.ts', 'console.log(1)').length, 1);
  t.same(judge('harness/terminal/streams.ts', 'process.stdout.write("x")'), []);
  t.same(judge('harness/cli/run.ts', 'process.cwd()'), []);
});

t.test('a path of a machine is found with its line', async (t) => {
  t.same(judgePrivateWords({ path: 'a.md', text: `one\n${'/wo'}${'rk/main'}` }).length, 1);
});
