/** What a terminal would show is what the picture shows. */
import t from 'tap';
import { abridge } from './main.js';
import { parseAnsi, terminalSvg } from './terminal-svg.js';

const ESC = '\u001b';

t.test('colours and weights begin and end where their sequences stand', async (t) => {
  t.same(
    parseAnsi(`a ${ESC}[1m${ESC}[32mb${ESC}[39m c${ESC}[22m d`).map(({ text, style }) => [
      text,
      style.bold,
      style.colour,
    ]),
    [
      ['a ', false, undefined],
      ['b', true, '#7ee787'],
      [' c', true, undefined],
      [' d', false, undefined],
    ],
  );
});

t.test('text is escaped, and cut at the width of the terminal', async (t) => {
  const svg = terminalSvg([`${ESC}[31m<&>${ESC}[39m0123456789`], 'x', 8);
  t.match(svg, '<tspan fill="#ff7b72">&#60;&#38;&#62;</tspan><tspan>0123…</tspan>');
  t.notMatch(svg, ESC);
});

t.test('the middle of many cases is left out, of few none', async (t) => {
  const lines = ['head', ...Array.from({ length: 20 }, (_, i) => `case ${i}`), 'tail'];
  const short = abridge(lines, (line) => line.startsWith('case'));
  t.equal(short.length, 1 + 7 + 1 + 4 + 1);
  t.match(short[8], '9 more');
  t.same(
    abridge(lines.slice(0, 9), (line) => line.startsWith('case')),
    lines.slice(0, 9),
  );
});
