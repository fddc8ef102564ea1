import fc from 'fast-check';
import t from 'tap';
import { type Outcome, SampleWindow, StateWindow, type Window } from './window.js';

type Seen = readonly [at: number, holds: boolean | null];

function judgeState(window: Omit<Window, 'from'>, seen: readonly Seen[], until: number): Outcome | undefined {
  const machine = new StateWindow({ from: 100, ...window });
  for (const [at, holds] of seen) machine.observe(at, holds);
  return machine.settle(until)?.outcome;
}

const steady: Seen[] = [[100, true]];
t.test('a state, for D alone: from the start, all through, its last instant too', async (t) => {
  t.equal(judgeState({ for: 50 }, steady, 149), undefined);
  t.equal(judgeState({ for: 50 }, steady, 150), 'pass');
  t.equal(judgeState({ for: 50 }, [...steady, [150, false]], 150), 'fail');
  t.equal(judgeState({ for: 50 }, [...steady, [151, false]], 151), 'pass');
  t.equal(
    judgeState(
      { for: 50 },
      [
        [100, false],
        [101, true],
      ],
      300,
    ),
    'fail',
  );
});
t.test('a state, within W alone: once, its last instant too', async (t) => {
  t.equal(judgeState({ within: 50 }, [[100, false]], 149), undefined);
  t.equal(
    judgeState(
      { within: 50 },
      [
        [100, false],
        [150, true],
      ],
      150,
    ),
    'pass',
  );
  t.equal(
    judgeState(
      { within: 50 },
      [
        [100, false],
        [151, true],
      ],
      151,
    ),
    'fail',
  );
});
t.test('a state, within W for D: it may have begun and broken before', async (t) => {
  const flapping: Seen[] = [
    [100, true],
    [110, false],
    [150, true],
  ];
  t.equal(judgeState({ within: 50, for: 30 }, flapping, 179), undefined);
  t.equal(judgeState({ within: 50, for: 30 }, flapping, 180), 'pass');
  t.equal(judgeState({ within: 49, for: 30 }, flapping, 180), 'fail');
  t.equal(judgeState({ within: 50, for: 30 }, [...flapping, [170, false]], 170), 'fail', 'no time is left');
});
t.test('a state, neither: what is seen first decides', async (t) => {
  t.equal(judgeState({}, [[100, true]], 100), 'pass');
  t.equal(judgeState({}, [[100, false]], 100), 'fail');
  t.equal(judgeState({}, [[100, null]], 100), 'unknown');
  t.equal(judgeState({}, [[103, true]], 103), 'pass', 'asking took its time');
});
t.test('a state, nothing to see is unknown, something against it is a failure', async (t) => {
  t.equal(judgeState({ within: 50 }, [[100, null]], 150), 'unknown');
  t.equal(
    judgeState(
      { within: 50 },
      [
        [100, null],
        [120, false],
        [130, null],
      ],
      150,
    ),
    'fail',
  );
  t.equal(
    judgeState(
      { for: 50 },
      [
        [100, true],
        [120, null],
      ],
      150,
    ),
    'unknown',
  );
});
t.test('a state: giving up fails what was seen, and tells how long it held', async (t) => {
  const machine = new StateWindow({ from: 100, for: 50 });
  machine.observe(100, true);
  t.strictSame(machine.giveUp(120), { outcome: 'fail', reason: 'broke', held: 20 });
  t.equal(new StateWindow({ from: 100, for: 50 }).giveUp(120).outcome, 'unknown');
});

const every = 10;
const timeout = 30;
type Sample = readonly [startedAt: number, endedAt: number, holds: boolean];

function judgeSamples(window: Omit<Window, 'from'>, samples: readonly Sample[], until: number): Outcome | undefined {
  const machine = new SampleWindow({ from: 100, ...window }, { every, timeout });
  for (const [startedAt, endedAt, holds] of samples) machine.add(startedAt, endedAt, holds);
  return machine.settle(until)?.outcome;
}

const quick = (from: number, to: number, holds = true): Sample[] => {
  const samples: Sample[] = [];
  for (let at = from; at < to; at += every) samples.push([at, at + 1, holds]);
  return samples;
};

t.test('samples, for D alone: every sample that starts in the window, the one at its end no more', async (t) => {
  t.equal(judgeSamples({ for: 50 }, quick(100, 150), 149), undefined);
  t.equal(judgeSamples({ for: 50 }, quick(100, 150), 150), 'pass');
  t.equal(judgeSamples({ for: 50 }, [...quick(100, 150), [150, 151, false]], 151), 'pass');
  t.equal(judgeSamples({ for: 50 }, [...quick(100, 140), [140, 141, false]], 141), 'fail');
});
t.test('samples, a sample from before the window does not count', async (t) => {
  t.equal(judgeSamples({ for: 50 }, [[90, 115, false], ...quick(120, 150)], 150), 'pass');
});
t.test('samples, one that is under way at the end is awaited', async (t) => {
  const hanging: Sample[] = [...quick(100, 140)];
  t.equal(judgeSamples({ for: 45 }, hanging, 146), undefined, 'one must have started at 140');
  t.equal(judgeSamples({ for: 45 }, [...hanging, [140, 170, false]], 170), 'fail');
  t.equal(judgeSamples({ for: 45 }, [...hanging, [140, 165, true]], 165), 'pass');
});
t.test('samples, within W for D begins with a sample that holds', async (t) => {
  const late: Sample[] = [...quick(100, 140, false), ...quick(140, 170)];
  t.equal(judgeSamples({ within: 41, for: 30 }, late, 170), 'pass');
  t.equal(judgeSamples({ within: 40, for: 30 }, late, 170), 'fail');
  t.equal(judgeSamples({ within: 41, for: 30 }, [...late.slice(0, -1), [160, 161, false]], 161), 'fail');
});
t.test('samples, within W alone is over with the first that holds', async (t) => {
  t.equal(judgeSamples({ within: 50 }, [...quick(100, 120, false), [120, 121, true]], 121), 'pass');
  t.equal(judgeSamples({ within: 50 }, quick(100, 150, false), 150), 'fail');
});
t.test('samples, neither: the next sample decides, and where none comes nobody knows', async (t) => {
  t.equal(
    judgeSamples(
      {},
      [
        [95, 99, false],
        [105, 106, true],
      ],
      106,
    ),
    'pass',
  );
  t.equal(
    judgeSamples(
      {},
      [
        [95, 99, true],
        [105, 106, false],
      ],
      106,
    ),
    'fail',
  );
  t.equal(judgeSamples({}, [[95, 99, true]], 149), undefined);
  t.equal(judgeSamples({}, [[95, 99, true]], 150), 'unknown');
});
t.test('samples, no sample in the window is unknown', async (t) => {
  t.equal(judgeSamples({ for: 50 }, [], 189), undefined, 'one may still be under way');
  t.equal(judgeSamples({ for: 50 }, [], 190), 'unknown');
  t.equal(judgeSamples({ within: 50, for: 50 }, [], 190), 'unknown');
});

t.test('samples, one at the very start of the window counts', async (t) => {
  t.equal(judgeSamples({ for: 50 }, quick(100, 150, false), 101), 'fail');
  t.equal(judgeSamples({}, [[100, 101, true]], 101), 'pass');
});

t.test('both tell when to look again', async (t) => {
  const state = new StateWindow({ from: 100, within: 50, for: 30 });
  t.equal(state.nextDeadline, 150);
  state.observe(120, true);
  t.equal(state.nextDeadline, 130, 'what is seen first counts from the start');
  state.observe(121, false);
  t.equal(state.nextDeadline, 150);
  t.equal(new StateWindow({ from: 100 }).settle(200), undefined, 'nothing was looked at');
  const samples = new SampleWindow({ from: 100, within: 50, for: 30 }, { every, timeout });
  t.equal(samples.quietUntil, 100);
  samples.add(90, 91, false);
  t.equal(samples.quietUntil, 100);
  samples.add(100, 123, true);
  t.equal(samples.quietUntil, 130, 'the next grid point after its end');
  t.equal(samples.nextDeadline, 130);
  samples.add(130, 130, false);
  t.equal(samples.quietUntil, 140, 'not twice at one point');
  t.equal(new SampleWindow({ from: 100 }, { every, timeout }).nextDeadline, 150);
});

const windows = fc.record(
  { within: fc.integer({ min: 1, max: 60 }), for: fc.integer({ min: 1, max: 60 }) },
  { requiredKeys: [] },
);

t.test('what is clear early stays so, however much is seen later', async () => {
  const states = fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.constantFrom(true, false, null)), {
    minLength: 1,
  });
  fc.assert(
    fc.property(windows, states, (window, steps) => {
      const early = new StateWindow({ from: 100, ...window });
      const late = new StateWindow({ from: 100, ...window });
      let at = 100;
      for (const [gap, holds] of steps) {
        early.observe(at, holds);
        early.settle(at);
        late.observe(at, holds);
        at += gap;
      }
      return early.settle(1000)?.outcome === late.settle(1000)?.outcome;
    }),
  );
  const samples = fc.array(fc.tuple(fc.integer({ min: 1, max: timeout }), fc.boolean()), { minLength: 1 });
  fc.assert(
    fc.property(windows, samples, fc.integer({ min: 70, max: 109 }), (window, took, first) => {
      const early = new SampleWindow({ from: 100, ...window }, { every, timeout });
      const late = new SampleWindow({ from: 100, ...window }, { every, timeout });
      let at = first;
      for (const [duration, holds] of took) {
        for (let now = at; now < at + duration; now++) early.settle(now);
        early.add(at, at + duration, holds);
        late.add(at, at + duration, holds);
        at += Math.ceil(duration / every) * every;
      }
      return early.settle(3000)?.outcome === late.settle(3000)?.outcome;
    }),
  );
});

t.test('a state passes exactly where some run of D begins within W', async () => {
  const bits = fc.array(fc.boolean(), { minLength: 130, maxLength: 130 });
  fc.assert(
    fc.property(windows, bits, ({ within = 0, for: duration = 0 }, values) => {
      const expected = values.some((_, start) => {
        return start <= within && values.slice(start, start + duration + 1).every(Boolean);
      });
      const machine = new StateWindow({ from: 0, within, for: duration });
      values.forEach((holds, at) => {
        machine.observe(at, holds);
        machine.settle(at);
      });
      return (machine.settlement?.outcome === 'pass') === expected;
    }),
  );
});
