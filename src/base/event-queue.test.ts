import * as fc from 'fast-check';
import t from 'tap';
import { EventKind, EventQueue } from './event-queue.js';

t.test(
  'at one instant frames come before kernel timers, those before programs, then by host and by sequence',
  async (t) => {
    const queue = new EventQueue(0);
    const seen: string[] = [];
    const add = (kind: keyof typeof EventKind, host: number, name: string) =>
      queue.after(5, EventKind[kind], host, () => seen.push(name));
    add('program', 0, 'program');
    add('kernel', 1, 'kernel of host 1, first');
    add('kernel', 1, 'kernel of host 1, second');
    add('kernel', 0, 'kernel of host 0');
    add('frame', 2, 'frame');
    queue.runUntil(5);
    t.same(seen, ['frame', 'kernel of host 0', 'kernel of host 1, first', 'kernel of host 1, second', 'program']);
  },
);

t.test('events run in order of time, whatever the order in which they were made', async () => {
  await fc.assert(
    fc.property(fc.array(fc.nat(1000)), (delays) => {
      const queue = new EventQueue(-500);
      const seen: number[] = [];
      for (const delay of delays) queue.after(delay, EventKind.kernel, 0, () => seen.push(queue.now()));
      queue.runUntil(500);
      const expected = delays.map((delay) => delay - 500).sort((a, b) => a - b);
      return JSON.stringify(seen) === JSON.stringify(expected);
    }),
  );
});

t.test('a cancelled event does not run, an event at the end of the run does, and time stands at the end', async (t) => {
  const queue = new EventQueue(0);
  const seen: string[] = [];
  queue.after(1, EventKind.kernel, 0, () => seen.push('cancelled')).cancel();
  queue.after(10, EventKind.kernel, 0, () => seen.push('at the end'));
  queue.after(11, EventKind.kernel, 0, () => seen.push('too late'));
  queue.runUntil(10);
  t.same([seen, queue.now(), queue.executed()], [['at the end'], 10, 1]);
});

t.test('time never goes back, and a delay is a whole number of microseconds', async (t) => {
  const queue = new EventQueue(10);
  t.throws(() => queue.runUntil(9), /back/);
  t.throws(() => queue.after(-1, EventKind.kernel, 0, () => {}), /no duration/);
  t.throws(() => queue.after(0.5, EventKind.kernel, 0, () => {}), /no duration/);
});
