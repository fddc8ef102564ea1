import t from 'tap';
import { Findings } from './findings.js';
import { FILE_SIZE_MAX } from './source.js';
import { parseYaml } from './yaml.js';

function read(text: string) {
  const findings = new Findings();
  const documents = parseYaml('f.yaml', text, findings);
  const told = findings.sorted().map((item) => `${item.line}:${item.column} ${item.code}`);
  return { documents, told, messages: findings.sorted().map((item) => item.message) };
}

const plain = (text: string) => read(text).documents?.[0]?.value;

t.test('an empty file and one of comments hold no document', async (t) => {
  for (const text of ['', '\n\n', '# nothing\n', '---\n']) t.same(read(text).documents, [], JSON.stringify(text));
});

t.test('a binary file is refused, whatever it holds besides', async (t) => {
  t.same(read('a: 1\u0000').told, ['1:1 WT0004']);
  t.same(read('\ufffd\ufffdELF').told, ['1:1 WT0004']);
});

t.test('a file of 10 MB is refused before it is parsed', async (t) => {
  const { documents, messages } = read('a: [x]\n'.repeat(1_500_000));
  t.equal(documents, undefined);
  t.match(messages[0], `at most ${FILE_SIZE_MAX}`);
});

t.test('a bomb of aliases is refused, and plain size is no bomb', async (t) => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 12; level++) {
    lines.push(
      `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    );
  }
  t.same(read(lines.join('\n')).told, ['6:10 WT0013']);
  const flat = `a: &a [${Array(2000).fill('x').join(', ')}]\nb: [${Array(100).fill('*a').join(', ')}]`;
  t.same(read(flat).told, ['1:1 WT0013'], 'many aliases that are small each');
  t.same(read(`a: [${Array(150_000).fill(1).join(',')}]`).told, [], 'a long list without aliases');
});

t.test('a key given twice is told at the second one, and the rest of the file is still read', async (t) => {
  const { told, messages, documents } = read('a: 1\nb: 2\na: 3\n');
  t.same(told, ['3:1 WT0011']);
  t.match(messages[0], 'the key a is given twice');
  t.same(documents?.[0]?.value, { a: 1, b: 2 });
});

t.test('keys that are no strings are refused with a hint to quote them', async (t) => {
  t.same(read('1: a\ntrue: b\n? [x]\n: c\n').told, ['1:1 WT0012', '2:1 WT0012', '3:3 WT0012']);
});

t.test('YAML is 1.2: yes and on are texts, 0o7 is seven', async (t) => {
  t.same(plain('a: yes\nb: on\nc: 0o7\nd: True\ne: ~\n'), { a: 'yes', b: 'on', c: 7, d: true, e: null });
});

t.test('an alias is its anchor, and problems in it are told at the anchor', async (t) => {
  const [document] = read('a: &x {k: [1, 2]}\nb: *x\n').documents ?? [];
  t.same(document?.value, { a: { k: [1, 2] }, b: { k: [1, 2] } });
  t.match(document?.placeOf(['b', 'k', 1]), { line: 1, column: 15 });
});

t.test('<< merges: own keys win, earlier mappings win over later', async (t) => {
  const text = 'a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 9}\nd: {<<: *b}\n';
  t.same(plain(text), { a: { x: 1, y: 1 }, b: { y: 2, z: 2 }, c: { x: 9, y: 1, z: 2 }, d: { y: 2, z: 2 } });
  t.same(read('a: {<<: 3}').told, ['1:5 WT0015']);
});

t.test('aliases without an anchor, and anchors that contain themselves, are refused', async (t) => {
  t.same(read('a: *x').told, ['1:4 WT0014']);
  t.same(read('a: &a [*a]').told, ['1:8 WT0014']);
});

t.test('deep nesting is refused, not a crash', async (t) => {
  t.same(read('['.repeat(100_000)).told, ['1:1 WT0016']);
  t.same(read('- '.repeat(5000)).told, ['1:1 WT0016']);
  t.equal(read(`${'['.repeat(200)}${']'.repeat(200)}`).told.length, 1);
});

t.test('a syntax error stops the file, with its place', async (t) => {
  const { documents, told } = read('a: [1\nb: "x\n');
  t.equal(documents, undefined);
  t.ok(told.every((line) => line.endsWith('WT0010')));
});

t.test('__proto__ is a key like any other', async (t) => {
  const value = plain('__proto__: {polluted: true}\n') as Record<string, unknown>;
  t.same(Object.keys(value), ['__proto__']);
  t.equal(({} as Record<string, unknown>).polluted, undefined);
});

t.test('places end on their own line only, and count from 1', async (t) => {
  const [document] = read('a:\n  b: |\n    x\n    y\n  c: "é"\n').documents ?? [];
  t.same(document?.placeOf(['a', 'c']), { file: 'f.yaml', line: 5, column: 6, endColumn: 9 });
  t.same(document?.placeOfKey(['a', 'b']), { file: 'f.yaml', line: 2, column: 3, endColumn: 4 });
  t.equal(document?.placeOf(['a', 'b']).endColumn, undefined);
});

t.test('a reference without quotes inside brackets is told once, with what to write', async (t) => {
  const { told, messages } = read('a:\n  b: [1, ${nodes.worker-1.ip}]\n');
  t.same(told, ['2:10 WT0010']);
  t.same(messages, ['${nodes.worker-1.ip} stands without quotes inside [ ] or { }']);
  t.same(read('- {node: ${x}, is: ok}\n- b').told, ['1:10 WT0010']);
  t.same(read('- {node: "${x}", is: ok}\n- ${y}').told, []);
  t.same(read('a: [b: {c}: d}\n').told.length > 0, true, 'other errors stay');
});
