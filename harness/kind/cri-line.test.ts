/** Lines as a kubelet keeps them. */
import t from 'tap';
import { criLine, criWords } from './cri-line.js';

const AT = '2026-11-22T19:40:57.244868011Z';

t.test('a line is its stream, its words, and whether it goes on', async (t) => {
  t.strictSame(criLine(`${AT} stderr F I1122 a  b`), { stream: 'stderr', isPart: false, words: 'I1122 a  b' });
  t.strictSame(criLine(`${AT} stdout P half`), { stream: 'stdout', isPart: true, words: 'half' });
  t.strictSame(criLine(`${AT} stdout F `), { stream: 'stdout', isPart: false, words: '' });
});

t.test('other lines are as they are', async (t) => {
  for (const line of ['', 'I1122 19:40:57.244868 1 a.go:1] "x"', `${AT} stdlog F x`]) {
    t.equal(criLine(line), undefined);
    t.equal(criWords(line), line);
  }
  t.equal(criWords(`${AT} stdout F x`), 'x');
});
