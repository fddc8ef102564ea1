/** Sleeping runs the world, and ends where time travel stops it. */
import t from 'tap';
import { EventKind, EventQueue } from '../base/event-queue.js';
import { SECOND } from '../base/instant.js';
import { StoppedError } from '../ports/testbed.js';
import { VirtualClock } from './clock.js';

function ticking(stopAt?: number, breathe?: () => Promise<void>) {
  const queue = new EventQueue(0);
  const ticks: number[] = [];
  const tick = () => {
    ticks.push(queue.now() / SECOND);
    queue.after(SECOND, EventKind.kernel, 0, tick);
  };
  queue.after(SECOND, EventKind.kernel, 0, tick);
  const options = { epoch: 7, ...(stopAt !== undefined && { stopAt }), ...(breathe && { breathe }) };
  return { queue, ticks, clock: new VirtualClock(queue, options) };
}

t.test('a sleep runs all events up to and at its end, and no further', async (t) => {
  const { clock, ticks } = ticking();
  await clock.sleepUntil(3 * SECOND);
  t.same(ticks, [1, 2, 3]);
  t.equal(clock.now(), 3 * SECOND);
  await clock.sleepUntil(SECOND);
  t.equal(clock.now(), 3 * SECOND, 'an instant that is past is here already');
  t.equal(clock.epoch, 7);
});

t.test('a stopped clock runs to its stop, and never past it', async (t) => {
  const { clock, ticks } = ticking(2.5 * SECOND);
  await clock.sleepUntil(SECOND);
  await t.rejects(clock.sleepUntil(2.5 * SECOND), StoppedError);
  t.equal(clock.now(), 2.5 * SECOND);
  await t.rejects(clock.sleepUntil(9 * SECOND), StoppedError);
  t.same(ticks, [1, 2]);
});

t.test('others get their turn once in many events, and can end the run', async (t) => {
  let breaths = 0;
  const { clock, queue } = ticking(undefined, async () => {
    if (++breaths === 3) throw new StoppedError('signal');
  });
  for (let i = 0; i < 1000; i++) queue.after(SECOND, EventKind.kernel, 0, () => {});
  await clock.sleepUntil(SECOND);
  t.equal(breaths, 0);
  await clock.sleepUntil(30_000 * SECOND);
  t.equal(breaths, 1);
  await clock.sleepUntil(30_001 * SECOND);
  t.equal(breaths, 1, 'not again so soon');
  await clock.sleepUntil(60_000 * SECOND);
  await t.rejects(clock.sleepUntil(90_000 * SECOND), /signal/);
});
