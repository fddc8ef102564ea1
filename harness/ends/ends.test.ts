import t from 'tap';
import { Ends } from './ends.js';

t.test('all is ended, the last first and once, and the first error is told then', async (t) => {
  const ends = new Ends();
  const ended: number[] = [];
  const end = (number: number, error?: Error) => async () => {
    ended.push(number);
    if (error) throw error;
  };
  ends.add(end(1));
  ends.add(end(2, new Error('second')));
  ends.add(end(3, new Error('third')));
  await t.rejects(ends.run(), { message: 'third' });
  t.same(ended, [3, 2, 1]);
  await ends.run();
  t.equal(ended.length, 3);
});
