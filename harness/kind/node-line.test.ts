/** The line to an agent in a container: what is left where it does not come about. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { Docker } from './docker.js';
import { openNodeLine } from './node-line.js';
import { StandIns } from './stand-in.js';

const PATIENCE_MS = 5_000;

/** `exec` are lines of sh in the place of `docker exec`. */
const daemon = (folder: string, exec: string) =>
  new StandIns(folder, { docker: `case "$*" in 'cp '*) exit ;; *serve*) ${exec} ;; esac` });

const isThere = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

t.test('an agent that never says that it is ready is not left behind', async (t) => {
  const folder = t.testdir();
  daemon(folder, `echo $$ >pid; exec /bin/sleep 60`);
  const opened = openNodeLine(new Docker(), 'lab-worker', '/agent', { readyMaxMs: 200 });
  await t.rejects(opened, { message: /the agent in lab-worker did not start/ });
  t.ok(existsSync(join(folder, 'pid')));
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
  for (const startedAt = Date.now(); isThere(pid) && Date.now() - startedAt < PATIENCE_MS; ) await sleep(20);
  t.equal(isThere(pid), false);
});

t.test('one that ends at once is told with its words', async (t) => {
  daemon(t.testdir(), `echo 'exec format error' >&2; exit 126`);
  const opened = openNodeLine(new Docker(), 'lab-worker', '/agent');
  await t.rejects(opened, {
    message: /the agent in lab-worker ended \(126\) exec format error|line to the agent is closed/,
  });
});
