import * as fc from 'fast-check';
import t from 'tap';
import { planOf } from './plan-fixture.js';
import { parseTags } from './tags.js';

const fits = (text: string, ...tags: string[]) => {
  const parsed = parseTags(text);
  return parsed.ok ? parsed.fits(new Set(tags)) : `${parsed.offset}: ${parsed.message}`;
};

t.test('tags with && || ! and parentheses, && before ||', async (t) => {
  t.equal(fits('externalip && !slow', 'externalip'), true);
  t.equal(fits('externalip && !slow', 'externalip', 'slow'), false);
  t.equal(fits('a || b && c', 'a'), true);
  t.equal(fits('(a || b) && c', 'a'), false);
  t.equal(fits('!!a', 'a'), true);
  t.equal(fits('!(a||b)', 'c'), true);
  t.equal(fits('self-locking.v2_x', 'self-locking.v2_x'), true);
  t.equal(fits('  '), true, 'an empty expression fits everything');
});

t.test('a malformed expression is told at its column', async (t) => {
  t.equal(fits('a &&'), '4: expected a tag at the end');
  t.equal(fits('a b'), '2: expected && or || before b');
  t.equal(fits('(a || b'), '7: expected )');
  t.equal(fits('a & b'), '2: expected && or || before &');
  t.equal(fits('&& a'), '0: expected a tag, not &&');
  const result = planOf('', { tags: 'a &&' });
  t.match(result.diagnostics, [{ file: '--tags', line: 1, column: 5, code: 'WT0605' }]);
  t.equal(result.texts.get('--tags'), 'a &&');
});

t.test('any expression is read as it is written', async () => {
  type Tree = { text: string; holds: (tags: ReadonlySet<string>) => boolean };
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('a', 'b', 'c').map((tag): Tree => ({ text: tag, holds: (tags) => tags.has(tag) })),
      tie('tree').map((x): Tree => ({ text: `!(${x.text})`, holds: (tags) => !x.holds(tags) })),
      fc
        .tuple(tie('tree'), tie('tree'))
        .map(([x, y]): Tree => ({ text: `(${x.text})&&(${y.text})`, holds: (tags) => x.holds(tags) && y.holds(tags) })),
      fc
        .tuple(tie('tree'), tie('tree'))
        .map(([x, y]): Tree => ({ text: `${x.text} || (${y.text})`, holds: (tags) => x.holds(tags) || y.holds(tags) })),
    ),
  }));
  const same = fc.property(tree, fc.subarray(['a', 'b', 'c']), ({ text, holds }, tags) => {
    return fits(text, ...tags) === holds(new Set(tags));
  });
  await fc.assert(same);
});
