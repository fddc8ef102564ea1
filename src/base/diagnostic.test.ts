import * as fc from 'fast-check';
import t from 'tap';
import { type Diagnostic, escapeControls, renderDiagnostic } from './diagnostic.js';

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

const at = (changes: Partial<Diagnostic>): Diagnostic => ({
  file: 'a.yaml',
  line: 2,
  column: 4,
  code: 'WT0101',
  message: 'unknown key b',
  ...changes,
});

t.test('a problem is shown with its place, its line, a caret and a hint', async (t) => {
  const text = 'x: 1\na: {bcd: 2}\n';
  t.same(renderDiagnostic(at({ column: 5, endColumn: 8, hint: 'did you mean c?' }), text, 80).split('\n'), [
    'a.yaml:2:5: error WT0101: unknown key b',
    '  a: {bcd: 2}',
    '      ^^^',
    'hint: did you mean c?',
  ]);
});

t.test('a long line is cut to the width around the place', async (t) => {
  const line = `${'a'.repeat(300)}HERE${'b'.repeat(300)}`;
  const [, shown = '', caret = ''] = renderDiagnostic(at({ line: 1, column: 301, endColumn: 305 }), line, 60).split(
    '\n',
  );
  t.ok(shown.length <= 60);
  t.ok(shown.trim().startsWith('…') && shown.endsWith('…'));
  t.equal(shown.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1), 'HERE');
});

t.test('a line of megabytes is shown at once', async (t) => {
  const shown = renderDiagnostic(at({ line: 1, column: 3_000_000 }), 'x'.repeat(4_000_000), 80);
  t.ok(shown.length < 300);
});

t.test('no control character of a file reaches the terminal', async (t) => {
  const evil = '\u001b[31mred\u0007\u009b2J\u202eabc';
  const shown = renderDiagnostic(at({ line: 1, file: evil, message: evil, hint: evil }), `a: ${evil}`, 80);
  t.notMatch(shown, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  t.match(shown, '\\x1b[31mred');
  const plain = fc.property(fc.string({ unit: 'binary' }), (text) => !CONTROL.test(escapeControls(text)));
  await fc.assert(plain);
});

t.test('the caret stands under the place also after tabs and wide characters', async (t) => {
  const [, shown = '', caret = ''] = renderDiagnostic(at({ line: 1, column: 3 }), '\t日b', 80).split('\n');
  t.equal(shown, '   日b');
  t.equal(caret.indexOf('^'), 5);
});

t.test('what the command line says is told by its option, not by a place in a file', async (t) => {
  t.same(renderDiagnostic(at({ file: '--tags', line: 1, column: 3 }), 'a b', 80).split('\n'), [
    '--tags: error WT0101: unknown key b',
    '  a b',
    '    ^',
  ]);
  t.equal(renderDiagnostic(at({ file: '' }), undefined, 80), 'error WT0101: unknown key b');
});

t.test('a place in no file is shown without a line', async (t) => {
  t.equal(renderDiagnostic(at({}), undefined, 80), 'a.yaml:2:4: error WT0101: unknown key b');
  t.equal(renderDiagnostic(at({ line: 9 }), 'x', 80), 'a.yaml:9:4: error WT0101: unknown key b');
});
