/** What a killed run left is found by its journal and its label, and nothing else is touched. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
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

const endCluster = async () => 0;

t.test('a living run keeps what it made; a dead one loses it; others are never touched', async (t) => {
  const mine = enter({ kind: 'guest' });
  const dead = enter({ kind: 'guest' });
  abandon(dead);
  const kept = sleeper(mine.label);
  const left = sleeper(dead.label);
  const foreign = sleeper('somebody-else');
  t.same(
    leftovers().map(({ label }) => label),
    [dead.label],
  );
  t.match(await collect({ dryRun: true, endCluster }), [{ label: dead.label, found: 1 }]);
  t.same(labelled(dead.label), [left], 'a dry run ends nothing');
  t.match(await collect({ dryRun: false, endCluster }), [{ label: dead.label, found: 1 }]);
  while (startOf(left) !== undefined) await new Promise((resolve) => setTimeout(resolve, 10));
  t.ok(startOf(kept) && startOf(foreign));
  t.same(await collect({ dryRun: false, endCluster }), [], 'and its entry is struck out');
  forget(mine);
  t.same(leftovers(), []);
});

t.test('an entry that was cut short is still one', async (t) => {
  mkdirSync(join(cacheFolder(), 'journal'), { recursive: true });
  writeFileSync(join(cacheFolder(), 'journal', 'half.json'), '{"kind":"gue');
  t.match(await collect({ dryRun: false, endCluster }), [{ label: 'half', found: 0 }]);
  t.same(leftovers(), []);
});

t.test(
  'an entry that was never put in its place goes with time, and with the entry that it was to renew',
  async (t) => {
    const file = (name: string) => join(cacheFolder(), 'journal', name);
    for (const name of ['old', 'young']) writeFileSync(file(`${name}.json.new`), '{"kind":"gue');
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    utimesSync(file('old.json.new'), longAgo, longAgo);
    await collect({ dryRun: true, endCluster });
    t.ok(existsSync(file('old.json.new')), 'a dry run takes nothing away');
    t.same(await collect({ dryRun: false, endCluster }), []);
    t.notOk(existsSync(file('old.json.new')));
    t.ok(existsSync(file('young.json.new')), 'somebody may be about to put it there');
    const entry = enter({ kind: 'guest' });
    writeFileSync(file(`${entry.label}.json.new`), '{');
    forget(entry);
    t.same(readdirSync(file('')), ['young.json.new']);
    rmSync(file('young.json.new'));
  },
);

t.test('a cluster is ended by whoever knows its daemon, and stays in the journal where that refuses', async (t) => {
  const cluster = enter({ kind: 'cluster', dockerHost: 'unix:///here' });
  abandon(cluster);
  const refusing = async () => {
    throw new Error('no daemon');
  };
  t.match(await collect({ dryRun: false, endCluster: refusing }), [{ kind: 'cluster', found: 0, error: 'no daemon' }]);
  const asked: string[] = [];
  const ending = async ({ label, dockerHost = '' }: { label: string; dockerHost?: string }) => {
    asked.push(label, dockerHost);
    return 3;
  };
  t.match(await collect({ dryRun: false, endCluster: ending }), [{ label: cluster.label, found: 3 }]);
  t.same(asked, [cluster.label, 'unix:///here']);
  t.same(leftovers(), []);
});
