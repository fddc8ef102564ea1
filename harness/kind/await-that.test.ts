/** A wait ends when nothing is wrong any more, when its time is over, or when the run is. */
import t from 'tap';
import { ExitCode } from '../../src/verdict/merge.js';
import { allOrNone, awaitThat, awaitValue, type Seen } from './await-that.js';

const waiting = { what: 'the tide to turn', say: () => {}, pollMs: 1 };

t.test('it looks until nothing is wrong', async (t) => {
  const seen = ['low', 'lower'];
  await awaitThat({ ...waiting, look: async () => seen.shift(), timeoutMs: 10_000 });
  t.same(seen, []);
});

t.test('a time that is over is a failure with what was last seen, also where the look itself failed', async (t) => {
  const late = (look: () => Promise<string>) =>
    awaitThat({ ...waiting, look, timeoutMs: 5, hint: 'wait for the moon' });
  const exitCode = ExitCode.infraError;
  await t.rejects(
    late(async () => 'low water'),
    {
      exitCode,
      message: 'waited 0.005 s for the tide to turn; last seen: low water',
      hint: 'wait for the moon',
    },
  );
  await t.rejects(
    late(() => Promise.reject(new Error('ECONNREFUSED'))),
    { exitCode, message: /last seen: ECONNREFUSED$/ },
  );
});

t.test('a look that takes long is followed by a pause as long', async (t) => {
  let looks = 0;
  const look = async () => {
    await new Promise((resolve) => setTimeout(resolve, 40));
    return ++looks < 4 ? 'low' : undefined;
  };
  const startedAt = performance.now();
  await awaitThat({ ...waiting, look, timeoutMs: 10_000 });
  t.ok(performance.now() - startedAt >= 7 * 38, 'four looks, three pauses');
});

t.test('a look that waits by itself is followed by no pause; one that comes back early is', async (t) => {
  const pausesMs: number[] = [];
  const took = [300, 300, 0, 0];
  let endedAt: number | undefined;
  const look = async () => {
    if (endedAt !== undefined) pausesMs.push(performance.now() - endedAt);
    await new Promise((resolve) => setTimeout(resolve, took.shift()));
    endedAt = performance.now();
    return took.length === 0 ? undefined : 'low';
  };
  await awaitThat({ ...waiting, look, isPatient: true, pollMs: 200, timeoutMs: 10_000 });
  const [first = 0, second = 0, third = 0] = pausesMs;
  t.ok(Math.max(first, second) < 150, 'whoever waits for an answer is there when it comes');
  t.ok(third > 150, 'who refuses at once is not asked without end');
});

t.test('every ten seconds it says what it waits for', async (t) => {
  const said: string[] = [];
  let now = Date.now();
  t.intercept(Date, 'now', { value: () => now });
  let looks = 0;
  const look = async () => {
    now += 4_000;
    return ++looks < 8 ? `look ${looks}` : undefined;
  };
  await awaitThat({ ...waiting, say: (text) => said.push(text), look, timeoutMs: 60_000 });
  t.same(said, ['waiting for the tide to turn: look 3', 'waiting for the tide to turn: look 6']);
});

t.test('a run that is over ends the wait with its reason', async (t) => {
  const controller = new AbortController();
  const look = async () => {
    controller.abort(new Error('interrupted'));
    return 'low water';
  };
  await t.rejects(awaitThat({ ...waiting, look, timeoutMs: 10_000, signal: controller.signal }), /interrupted/);
});

t.test('a run that is over in the middle of a pause ends it', async (t) => {
  const controller = new AbortController();
  const look = async () => {
    setTimeout(() => controller.abort(new Error('interrupted')), 20);
    return 'low water';
  };
  const startedAt = performance.now();
  const { signal } = controller;
  await t.rejects(awaitThat({ ...waiting, look, timeoutMs: 10_000, pollMs: 4_000, signal }), {
    message: 'interrupted',
  });
  t.ok(performance.now() - startedAt < 3_000);
});

t.test('of waits side by side the others are given up, and over, when one is in vain', async (t) => {
  const over: string[] = [];
  const patient = async (signal: AbortSignal) => {
    const look = async () => 'low water';
    await awaitThat({ ...waiting, look, timeoutMs: 4_000, signal }).catch(() => over.push('given up'));
  };
  const vain = () => Promise.reject(new Error('no sea'));
  await t.rejects(allOrNone([patient, vain, patient]), { message: 'no sea' });
  t.same(over, ['given up', 'given up']);
  const signal = AbortSignal.abort(new Error('interrupted'));
  const heard = async (given: AbortSignal) => given.throwIfAborted();
  await t.rejects(allOrNone([heard], signal), { message: 'interrupted' });
  t.same(await allOrNone([async () => 1, async () => 'two']), [1, 'two']);
});

t.test('a value is waited for, over looks that fail', async (t) => {
  let looks = 0;
  const look = async (): Promise<Seen<string>> => {
    if (++looks === 1) throw new Error('ECONNRESET');
    return looks === 2 ? { seen: 'low water' } : { done: 'high water' };
  };
  t.equal(await awaitValue({ ...waiting, look, timeoutMs: 10_000 }), 'high water');
});

t.test('what no waiting heals ends it at once, with more words; words that cannot be had do not count', async (t) => {
  const look = async (): Promise<Seen<string>> => ({ seen: 'no sea', fatal: true });
  const vain = { ...waiting, look, timeoutMs: 600_000, hint: 'dig' };
  const message = 'waited 0 s for the tide to turn; last seen: no sea';
  const expected = { exitCode: ExitCode.infraError, hint: 'dig' };
  await t.rejects(awaitValue({ ...vain, words: async () => '; it says: sand' }), {
    message: `${message}; it says: sand`,
    ...expected,
  });
  await t.rejects(awaitValue({ ...vain, words: () => Promise.reject(new Error('gone')) }), { message, ...expected });
});
