/** Text from files must not drive a terminal, and a shown command must survive a shell. */
import { execaSync } from 'execa';
import t from 'tap';
import { escapeLine, escapeText, shellCommand } from './escape.js';
import { wantsColours } from './streams.js';

t.test('escape sequences, direction marks and line separators become visible', async (t) => {
  t.equal(escapeText('\u001b[31mred\u001b[0m'), '\\x1b[31mred\\x1b[0m');
  t.equal(escapeText('a\u202eb\u2066c'), 'a\\u202eb\\u2066c');
  t.equal(escapeText('\u009b2J\u007f\r'), '\\x9b2J\\x7f\\x0d');
});

t.test('letters of any script stay, a line feed only where lines are wanted', async (t) => {
  t.equal(escapeText('Ünïcode 漢字 ✓\nnext\tcolumn'), 'Ünïcode 漢字 ✓\nnext column');
  t.equal(escapeLine('one\ntwo'), 'one\\ntwo');
});

t.test('a shown command gives back its arguments in a shell', { skip: process.platform === 'win32' }, async (t) => {
  const args = ['run', 'a b', "it's", '$HOME', '!slow && x', '[a=1,b=2]', '', '*', '`id`', '"'];
  const { stdout } = execaSync('sh', ['-c', `printf '%s\\n' ${shellCommand(args)}`]);
  t.same(stdout.split('\n'), args);
});

t.test('NO_COLOR beats FORCE_COLOR, which beats the check for a terminal', async (t) => {
  t.equal(wantsColours({}, true), true);
  t.equal(wantsColours({}, false), false);
  t.equal(wantsColours({ NO_COLOR: '1', FORCE_COLOR: '1' }, true), false);
  t.equal(wantsColours({ NO_COLOR: '' }, true), true);
  t.equal(wantsColours({ FORCE_COLOR: '1' }, false), true);
  t.equal(wantsColours({ FORCE_COLOR: '0' }, true), false);
  t.equal(wantsColours({ TERM: 'dumb' }, true), false);
});
