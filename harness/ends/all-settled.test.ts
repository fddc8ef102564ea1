/** An error waits for what goes on beside it. */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { allSettled } from './all-settled.js';

t.test('answers in order', async (t) => {
  t.same(await allSettled([sleep(5, 'late'), Promise.resolve('early')]), ['late', 'early']);
});

t.test('the first error of the list is thrown, once all are over', async (t) => {
  const made: string[] = [];
  const late = sleep(20).then(() => made.push('late'));
  await t.rejects(allSettled([late, Promise.reject(new Error('a')), Promise.reject(new Error('b'))]), { message: 'a' });
  t.same(made, ['late']);
});
