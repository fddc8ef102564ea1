/** Which cluster the arms of a case get and what becomes of it, by stand-ins for docker and kind. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import type { ArmSpec } from '../../src/plan/plan.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { enter, startOf } from '../journal/journal.js';
import { keptCluster, keptClusters } from './kept.js';
import { KindSession } from './session.js';
import {
  armOf,
  created,
  hold,
  inHaste,
  keepLab,
  NOTHING,
  OTHER,
  removed,
  type Scene,
  scene,
} from './session-fixture.js';
import { TWO_NODES } from './stand-in.js';

for (const [when, passed, stays] of [
  ['on-failure', false, true],
  ['on-failure', true, false],
  ['always', true, true],
  ['never', false, false],
] as const) {
  t.test(`keep ${when}: a cluster ${stays ? 'stays' : 'goes'} after a ${passed ? 'pass' : 'failure'}`, async (t) => {
    const made = scene(t, { keep: when });
    const { world, session, said } = made;
    await hold(t, session);
    t.equal(world.journal().length, 1);
    await session.close(passed);
    t.same(world.journal(), [], 'a cluster that is kept is not for gc');
    t.equal(world.there().containers.length, stays ? 2 : 0);
    const kept = keptClusters();
    t.equal(kept.length, stays ? 1 : 0);
    if (!stays) return;
    const [{ name = '', spec } = {}] = kept;
    t.strictSame(spec, TWO_NODES);
    t.match(said.join(), `windtunnel cluster down ${name} `);
    t.match(world.there().containers, [`${name}-control-plane`, `${name}-worker`]);
  });
}

t.test('arms of one cluster share it, whatever its name; another one is made anew', async (t) => {
  const made = scene(t);
  const { world, session } = made;
  await hold(t, session);
  await hold(t, session, { ...TWO_NODES, name: 'of-another-file' });
  t.equal(created(made), 1);
  const [first = ''] = world.there().containers;
  await hold(t, session, OTHER);
  t.equal(created(made), 2);
  t.equal(world.there().containers.length, 2);
  t.notOk(world.there().containers.includes(first));
  await session.close(true);
  t.same(world.there(), NOTHING);
});

t.test('with emulation kind is asked for mode iptables, and that is what its kube-proxies must say', async (t) => {
  const made = scene(t, { emulateIPVS: true }, `case "$*" in *:10249/proxyMode*) echo iptables; exit ;; esac`);
  await hold(t, made.session);
  t.equal(created(made), 1);
  await made.session.close(true);
});

t.test('a machine that cannot do it is told before anything is made', async (t) => {
  const made = scene(t, {}, `[ "$1" != version ] || { echo away >&2; exit 1; }`);
  await t.rejects(made.session.bringUp(armOf(TWO_NODES)), { message: 'no Docker daemon answers: away' });
  t.same(made.world.journal(), []);
  t.equal(created(made), 0);
  await made.session.close(false);
});

t.test('a run that is over does not wait for the first pull of an image', async (t) => {
  const pull = `case "$*" in 'image inspect '*) echo 'Error: No such image' >&2; exit 1 ;; 'pull '*) : >begun; exec sleep 20 ;; esac`;
  const breathe = async () => {
    if (existsSync(made.world.file('begun'))) throw new Error('interrupted');
  };
  const made: Scene = scene(t, {}, pull, { breathe });
  const startedAt = Date.now();
  await t.rejects(made.session.bringUp(armOf(TWO_NODES)), { message: 'interrupted' });
  t.ok(Date.now() - startedAt < 10_000);
  t.equal(created(made), 0);
});

t.test('a cluster that cannot be looked at after it was made is removed', async (t) => {
  const made = scene(t, {}, `case "$*" in *'ip -brief'*) echo 'no space left on device' >&2; exit 1 ;; esac`);
  const told = { message: /no space left on device$/, exitCode: ExitCode.infraError };
  await inHaste(t, () => t.rejects(made.session.bringUp(armOf(TWO_NODES)), told));
  await made.session.close(false);
  t.same(made.world.there(), NOTHING);
  t.same(made.world.journal(), []);
});

t.test("a cluster of the user's is taken as it is, and never removed", async (t) => {
  for (const passed of [true, false]) {
    const made = scene(t, { cluster: 'lab' });
    keepLab(made);
    const before = made.world.there();
    await hold(t, made.session);
    await made.session.close(passed);
    t.same(made.world.there(), before);
    t.equal(removed(made), 0);
    t.same(made.world.calls('kind'), [], 'nobody asks kind for anything');
    t.ok(keptCluster('lab'));
    t.same(made.world.journal(), []);
  }
});

t.test(
  "what a killed run left on a user's cluster goes before the first arm, and what arms brought after the last",
  async (t) => {
    const made = scene(t, { cluster: 'lab' });
    keepLab(made);
    const before = made.world.there();
    made.world.add('containers', 'wt-lab-outside', 'kube-windtunnel.label=lab-label');
    await hold(t, made.session);
    t.same(made.world.there(), before, 'its name is free');
    t.equal(made.world.journal().length, 1, 'gc knows from now on');
    const deletions = () => made.world.calls('docker').filter(({ words }) => words.includes('delete')).length;
    const atFirst = deletions();
    t.ok(atFirst > 0);
    await made.session.close(false);
    t.ok(deletions() > atFirst, 'after a failure too');
    t.same(made.world.journal(), []);
  },
);

t.test('what cannot be taken away is told, stays in the journal, and is no error of the run', async (t) => {
  const made = scene(t, { cluster: 'lab' });
  keepLab(made);
  await hold(t, made.session);
  made.world.add('containers', '../stuck');
  await made.session.close(true);
  const [problem, hint] = made.said.filter((text) => /clean-up|gc/.test(text));
  t.match(problem, /^clean-up on wt-lab: .*\n.*timed out/);
  t.match(hint, /windtunnel gc takes away what is left$/);
  t.equal(made.world.journal().length, 1);
});

/** Of two of the same millisecond any may be first. */
const EARLIER = '2026-01-01T00:00:00.000Z';

const VICTIM = { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'victim' };

t.test("another run's cluster is not touched", async (t) => {
  const made = scene(t, { cluster: 'lab' }, `case "$*" in *'delete '*' --filename=- '*) cat >>deleted; exit ;; esac`);
  keepLab(made);
  const other = spawn('/bin/sleep', ['60'], { stdio: 'ignore' });
  t.teardown(() => other.kill('SIGKILL'));
  const entry = enter({ kind: 'arms', cluster: { name: 'wt-lab', label: 'lab-label', nodes: [], objects: [VICTIM] } });
  const pid = other.pid ?? 0;
  const owner = { pid, started: startOf(pid) };
  const file = made.world.file(`cache/kube-windtunnel/journal/${entry.label}.json`);
  writeFileSync(file, JSON.stringify({ ...entry, owner, madeAt: EARLIER }));
  const told = { exitCode: ExitCode.infraError, message: `another run is on the cluster lab (process ${pid})` };
  await t.rejects(made.session.bringUp(armOf(TWO_NODES)), told);
  t.same(made.world.calls('docker'), []);
  writeFileSync(file, JSON.stringify({ ...entry, owner: { pid, started: '1' } }));
  await hold(t, made.session);
  t.notOk(made.world.journal().includes(`${entry.label}.json`), 'a dead one is cleaned up after');
  const { name, namespace, ...what } = VICTIM;
  const items = [{ ...what, metadata: { name, namespace } }];
  t.same(JSON.parse(readFileSync(made.world.file('deleted'), 'utf8')), { apiVersion: 'v1', kind: 'List', items });
  await made.session.close(true);
});

t.test('a run that is over gives up at once, with what ended it', async (t) => {
  const made = scene(t, { cluster: 'lab' }, `case "$*" in *' get nodes '*) exit 1 ;; esac`);
  keepLab(made);
  const isLooking = () => made.world.calls('docker').some(({ text }) => text.includes(' get nodes '));
  const breathe = async () => {
    if (isLooking()) throw new Error('interrupted');
  };
  const session = new KindSession({ ...made.session.options, breathe });
  await t.rejects(session.bringUp(armOf(TWO_NODES)), { message: 'interrupted' });
  t.same(made.world.journal(), []);
});

t.test('not even where the next arm wants another: that is refused, with what differs', async (t) => {
  const made = scene(t, { cluster: 'lab' });
  keepLab(made);
  const before = made.world.there();
  await hold(t, made.session);
  const message = 'the cluster lab has another kubeProxy than this arm';
  await t.rejects(made.session.bringUp(armOf(OTHER)), { message, exitCode: ExitCode.infraError });
  await made.session.close(false);
  t.same(made.world.there(), before);
  t.equal(removed(made), 0);
});

t.test('one that was made from another file is refused before it is touched', async (t) => {
  const made = scene(t, { cluster: 'lab' });
  const [cp] = TWO_NODES.nodes;
  keepLab(made, { ...TWO_NODES, kubernetes: '1.33.4', nodes: cp ? [cp] : [], subnet: '10.0.0.0/24' });
  await t.rejects(made.session.bringUp(armOf(TWO_NODES)), {
    message: 'the cluster lab has another kubernetes, nodes than this arm',
    exitCode: ExitCode.infraError,
    hint: 'run without --cluster',
  });
  t.same(made.world.calls('docker'), []);
});

t.test('one that is not kept', async (t) => {
  const made = scene(t, { cluster: 'lab' });
  const gone = { message: 'no cluster lab is kept', exitCode: ExitCode.usage, hint: /^windtunnel cluster list / };
  await t.rejects(made.session.bringUp(armOf(TWO_NODES)), gone);
  t.same(made.world.calls('docker'), []);
});

t.test('a subnet that is taken here moves the cluster, and not the addresses that a scenario writes out', async (t) => {
  const taken = `case "$*" in "network create"*"--subnet ${TWO_NODES.subnet} "*) echo 'Pool overlaps with other one' >&2; exit 1 ;; esac`;
  const made = scene(t, {}, taken);
  const { session } = made;
  const probe = { name: 'p', target: { kind: 'ping', to: '172.30.0.9' } } as unknown as ArmSpec['probes'][number];
  const arm = armOf(TWO_NODES);
  const why = { exitCode: ExitCode.infraError, message: /names 172\.30\.0\.9, and 172\.30\.0\.0\/24 is taken here/ };
  await t.rejects(session.bringUp({ ...arm, probes: [probe] }), why);
  const step = { action: probe } as unknown as ArmSpec['steps'][number];
  await t.rejects(session.bringUp({ ...arm, finally: [step] }), why, 'in the last steps too');
  t.equal(created(made), 0, 'told before the minutes that a cluster takes');
  t.same(made.world.there(), NOTHING);
  const elsewhere = { ...probe, target: { kind: 'ping', to: '10.9.9.9' } } as unknown as typeof probe;
  await t.rejects(
    session.bringUp({ ...arm, probes: [elsewhere] }),
    { message: /there is no Go/ },
    'others may stand there',
  );
});
