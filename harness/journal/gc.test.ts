/** What a killed run left is found by its journal and its label, and nothing else is touched. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { collect } from './gc.js';
import { cacheFolder, enter, forget, leftovers, startOf } from './journal.js';
import { LABEL, labelled } from './processes.js';

process.env.XDG_CACHE_HOME = t.testdir();

function sleeper(label: string): number {
  const child = spawn('sleep', ['60'], { env: { ...process.env, [LABEL]: label }, stdio: 'ignore', detached: true });
  t.teardown(() => child.kill('SIGKILL'));
  return child.pid ?? 0;
}

/** As if the process that wrote it had died: no process of that number has that start. */
function abandon(entry: ReturnType<typeof enter>): void {
  const dead = { ...entry, owner: { ...entry.owner, started: '1' } };
  writeFileSync(join(cacheFolder(), 'journal', `${entry.label}.json`), JSON.stringify(dead));
}

t.test('a living run keeps what it made; a dead one loses it; others are never touched', async (t) => {
  const mine = enter('guest');
  const dead = enter('guest');
  abandon(dead);
  const kept = sleeper(mine.label);
  const left = sleeper(dead.label);
  const foreign = sleeper('somebody-else');
  t.same(
    leftovers().map(({ label }) => label),
    [dead.label],
  );
  t.match(collect({ dryRun: true }), [{ label: dead.label, processes: 1 }]);
  t.same(labelled(dead.label), [left], 'a dry run ends nothing');
  t.match(collect({ dryRun: false }), [{ label: dead.label, processes: 1 }]);
  while (startOf(left) !== undefined) await new Promise((resolve) => setTimeout(resolve, 10));
  t.ok(startOf(kept) && startOf(foreign));
  t.same(collect({ dryRun: false }), [], 'and its entry is struck out');
  forget(mine);
  t.same(leftovers(), []);
});

t.test('an entry that was cut short is still one', async (t) => {
  mkdirSync(join(cacheFolder(), 'journal'), { recursive: true });
  writeFileSync(join(cacheFolder(), 'journal', 'half.json'), '{"kind":"gue');
  t.match(collect({ dryRun: false }), [{ label: 'half', processes: 0 }]);
  t.same(leftovers(), []);
});
