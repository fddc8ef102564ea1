/** When a probe samples, whatever its measurement is. */
import t from 'tap';
import { EventKind, EventQueue } from '../base/event-queue.js';
import { SECOND } from '../base/instant.js';
import type { ProbeSpec } from '../scenario/model.js';
import type { Measure, ProbeHost } from './probes.js';
import { ModelProbes } from './probes.js';

const PROBE: ProbeSpec = {
  name: 'p',
  from: { kind: 'outside' },
  target: { kind: 'ping', to: '172.30.0.2' },
  every: SECOND,
  timeout: 3 * SECOND,
  mode: 'continuous',
  place: { file: 'x.yaml', line: 1, column: 1 },
};

function bench(takes: (count: number) => number) {
  const queue = new EventQueue(0);
  const place = (ordinal: number): ProbeHost => ({
    now: () => queue.now(),
    after: (delay, run) => queue.after(delay, EventKind.program, ordinal, run),
  });
  const state: { host: ProbeHost | undefined } = { host: place(1) };
  let count = 0;
  const measure: Measure = (done) => {
    queue.after(takes(count++), EventKind.program, 1, () => done({ outcome: 'ok', detail: '' }));
  };
  const probes = new ModelProbes(
    () => state.host,
    () => measure,
    place(0),
  );
  const starts = async () => (await probes.samples('p', 0)).map(({ startedAt }) => startedAt / SECOND);
  return { queue, probes, state, place, starts };
}

t.test('samples lie on the grid of `every`, whatever they take', async (t) => {
  const { queue, probes, starts } = bench(() => 0.3 * SECOND);
  await probes.start(PROBE);
  queue.runUntil(4.5 * SECOND);
  t.same(await starts(), [0, 1, 2, 3, 4]);
});

t.test('one is under way at a time; after a long one the next point of the grid is taken', async (t) => {
  const { queue, probes, starts } = bench((n) => (n === 1 ? 2.5 * SECOND : 0.1 * SECOND));
  await probes.start(PROBE);
  queue.runUntil(6 * SECOND - 1);
  t.same(await starts(), [0, 1, 4, 5]);
});

t.test('only finished samples are told, from the asked instant on', async (t) => {
  const { queue, probes } = bench(() => 0.5 * SECOND);
  await probes.start(PROBE);
  queue.runUntil(3.2 * SECOND);
  const told = await probes.samples('p', SECOND);
  t.same(
    told.map(({ startedAt, endedAt }) => [startedAt / SECOND, endedAt / SECOND]),
    [
      [1, 1.5],
      [2, 2.5],
    ],
  );
});

t.test('a stopped probe finishes what is under way and takes no other, until it is started anew', async (t) => {
  const { queue, probes, starts } = bench(() => 0.5 * SECOND);
  await probes.start(PROBE);
  queue.runUntil(1.2 * SECOND);
  await probes.stop('p');
  queue.runUntil(5.25 * SECOND);
  t.same(await starts(), [0, 1]);
  await probes.start(PROBE);
  queue.runUntil(7 * SECOND);
  t.same(await starts(), [0, 1, 5.25, 6.25], 'on a grid of its own');
});

t.test('a probe started twice goes on as it was', async (t) => {
  const { queue, probes, starts } = bench(() => 0.1 * SECOND);
  await probes.start(PROBE);
  queue.runUntil(1.5 * SECOND);
  await probes.start(PROBE);
  queue.runUntil(3.5 * SECOND);
  t.same(await starts(), [0, 1, 2, 3]);
});

t.test('where its place does not exist there are no samples, and what was under way there is lost', async (t) => {
  const { queue, probes, state, place, starts } = bench(() => 0.2 * SECOND);
  state.host = undefined;
  await probes.start(PROBE);
  queue.runUntil(1.5 * SECOND);
  t.same(await starts(), [], 'not there yet');
  state.host = place(1);
  queue.runUntil(3.1 * SECOND);
  state.host = undefined;
  queue.runUntil(5.5 * SECOND);
  t.same(await starts(), [2], 'the one of second 3 went with its place');
  state.host = place(2);
  queue.runUntil(7.5 * SECOND);
  t.same(await starts(), [2, 6, 7], 'and it goes on where the place is again');
});
