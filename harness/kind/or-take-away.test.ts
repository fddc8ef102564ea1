/** What was made in vain is taken away, and why it was in vain is what is thrown. */
import t from 'tap';
import { Ends } from '../ends/ends.js';
import { orTakeAway } from './or-take-away.js';

t.test('what is made stays; what is made in vain goes', async (t) => {
  const ends = new Ends();
  const ended: string[] = [];
  const make = (what: string, error?: Error) => async () => {
    ends.add(() => ended.push(what));
    if (error) throw error;
    return what;
  };
  t.equal(await orTakeAway(ends, t.fail, make('a')), 'a');
  t.same(ended, []);
  await t.rejects(orTakeAway(ends, t.fail, make('b', new Error('no answer'))), { message: 'no answer' });
  t.same(ended, ['b', 'a']);
});

t.test('what does not go is told, and hides nothing', async (t) => {
  const ends = new Ends();
  ends.add(() => Promise.reject(new Error('no daemon')));
  const said: string[] = [];
  const making = orTakeAway(
    ends,
    (text) => said.push(text),
    () => Promise.reject(new Error('no answer')),
  );
  await t.rejects(making, { message: 'no answer' });
  t.same(said, ['not taken away: no daemon']);
});
