/** A kept cluster counts as fit when nobody is on it, and when who was on it last has seen it to be as it was. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { type Entry, enter } from '../journal/journal.js';
import { keptCluster } from './kept.js';
import { KindSession } from './session.js';
import { armOf, created, hold, inHaste, keepLab, type Scene, scene } from './session-fixture.js';
import { TWO_NODES } from './stand-in.js';

const isUnfit = () => keptCluster('lab')?.unfit === true;

/** As the journal has it where the processes were killed. */
function kill({ world }: Scene): void {
  const folder = world.file('cache/kube-windtunnel/journal');
  for (const name of readdirSync(folder)) {
    const entry = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as Entry;
    writeFileSync(`${folder}/${name}`, JSON.stringify({ ...entry, owner: { ...entry.owner, started: '1' } }));
  }
}

t.test('a cluster whose run was killed is not used again unasked, after gc neither', async (t) => {
  for (const isCleaned of [false, true]) {
    const made = scene(t, { reuse: true });
    keepLab(made);
    await hold(t, made.session);
    t.ok(isUnfit());
    kill(made);
    if (isCleaned)
      for (const name of made.world.journal()) rmSync(made.world.file(`cache/kube-windtunnel/journal/${name}`));
    const next = new KindSession(made.session.options);
    await hold(t, next);
    t.equal(created(made), 1);
    await next.close(false);
    t.ok(isUnfit());
  }
});

t.test("it is nobody else's before it was looked at and its mark is written", async (t) => {
  const look = `case "$*" in *'ip -brief'*) ls cache/kube-windtunnel/journal >held; cat cache/kube-windtunnel/clusters/lab/cluster.json >seen ;; esac`;
  const made = scene(t, { reuse: true }, look);
  keepLab(made);
  await hold(t, made.session);
  writeFileSync(made.world.file('held'), '');
  await made.session.close(true);
  t.not(readFileSync(made.world.file('held'), 'utf8'), '', 'in the journal until then');
  t.match(JSON.parse(readFileSync(made.world.file('seen'), 'utf8')), { unfit: true });
  t.notOk(isUnfit());
  t.same(made.world.journal(), []);
});

/** Nobody answers in lab. */
const UNWELL = `case "$*" in *' get nodes '*|*' wait '*) exit 1 ;; esac`;

t.test('one that could not be had is as fit as it was, but for what a killed run did there', async (t) => {
  for (const wasKilled of [false, true]) {
    const made = scene(t, { cluster: 'lab' }, UNWELL);
    keepLab(made);
    if (wasKilled) enter({ kind: 'arms', cluster: { name: 'wt-lab', label: 'lab-label', nodes: [] } });
    if (wasKilled) kill(made);
    await inHaste(t, () => t.rejects(made.session.bringUp(armOf(TWO_NODES)), { message: /for all nodes/ }));
    t.equal(isUnfit(), wasKilled);
    t.same(made.world.journal(), []);
  }
});

t.test("pods of the user's that never become Ready do not keep a run from his cluster", async (t) => {
  const pods = `printf 'metrics-server-x False Running\\nmine-x False Succeeded\\ncoredns-x True Running\\n'`;
  const made = scene(t, { cluster: 'lab' }, `case "$*" in *' get pods '*) ${pods}; exit ;; esac`);
  keepLab(made);
  await inHaste(t, () => hold(t, made.session));
  await made.session.close(true);
  t.notOk(isUnfit());
});
