/** What ends a run early, and what a second run of an arm is compared by. */
import t from 'tap';
import { AbortWatch } from './abort.js';
import { ArmMemory, findDivergence } from './arm-record.js';
import { slowOnly } from './case-runner.js';

type Listener = () => void;

/** Signals as a test sends them. */
class Signals {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly listen = (signal: string, callback: Listener) => {
    const set = this.#listeners.get(signal) ?? new Set();
    this.#listeners.set(signal, set.add(callback));
    return () => void set.delete(callback);
  };
  send(signal: string): number {
    const listeners = [...(this.#listeners.get(signal) ?? [])];
    for (const callback of listeners) callback();
    return listeners.length;
  }
}

t.test('the first signal aborts and names the exit code; npm sending it twice changes nothing', async (t) => {
  const signals = new Signals();
  const watch = new AbortWatch(signals.listen, undefined);
  t.equal(watch.signal.aborted, false);
  signals.send('SIGTERM');
  signals.send('SIGTERM');
  signals.send('SIGINT');
  t.ok(watch.signal.aborted);
  t.same(watch.abortion, { by: 'SIGTERM', exitCode: 143 });
  watch.end();
  t.equal(signals.send('SIGINT'), 0, 'nothing listens any more');
});

t.test('the time-out of a run aborts it, and leaves the exit code to the verdicts', async (t) => {
  const watch = new AbortWatch(new Signals().listen, { ms: 1, text: '1ms' });
  await new Promise((resolve) => watch.signal.addEventListener('abort', resolve));
  t.same(watch.abortion, { by: '--timeout 1ms' });
  watch.end();
});

t.test('progress is told of a case that takes long, and not at every step of its clock', async (t) => {
  let now = 500;
  const told: number[] = [];
  const onProgress = slowOnly(
    ({ at }) => void told.push(at),
    () => now,
  );
  for (const [at, wallMs] of [1, 9_999, 10_500, 11_000, 11_499, 11_500].entries()) {
    now = wallMs;
    onProgress({ at, step: 'it holds', awaited: [] });
  }
  t.same(told, [2, 5]);
});

function memory(...lines: string[]): ArmMemory {
  const record = new ArmMemory();
  lines.forEach((text, i) => {
    record.record({ kind: 'bring-up', at: i * 1_000_000, text });
  });
  return record;
}

t.test('two runs that went alike do not diverge', async (t) => {
  t.equal(findDivergence(memory('a', 'b'), memory('a', 'b')), undefined);
});

t.test('the first record that differs is named with its time', async (t) => {
  const divergence = findDivergence(memory('a', 'b', 'c'), memory('a', 'x', 'y'));
  t.equal(divergence?.at, 1_000_000);
  t.match(divergence?.text, /^record 2 at 1\.000 s: first .*"b".*, then .*"x"/);
});

t.test('a run that goes on where the other ended diverges there', async (t) => {
  t.match(findDivergence(memory('a'), memory('a', 'b'))?.text, /^record 2 at 1\.000 s: first nothing, then /);
});

t.test('evidence that differs is named by its snapshot', async (t) => {
  const [one, two] = [memory('a'), memory('a')];
  one.snapshot({ id: '01-x', label: 'x', at: 5, gateway: '10.0.0.1', hosts: [] });
  two.snapshot({ id: '01-x', label: 'x', at: 5, gateway: '10.0.0.2', hosts: [] });
  t.match(findDivergence(one, two)?.text, /^snapshot 01-x/);
});
