/** `--reuse`: which kept cluster an arm gets, and which one stays for the next run. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import t from 'tap';
import type { ArmSpec } from '../../src/plan/plan.js';
import { keptCluster, keptClusters } from './kept.js';
import { KindSession } from './session.js';
import {
  armOf,
  changeNodes,
  created,
  hold,
  inHaste,
  keepLab,
  NOTHING,
  OTHER,
  type Scene,
  scene,
} from './session-fixture.js';
import { TWO_NODES } from './stand-in.js';

t.test('a kept cluster that fits is used, and stays', async (t) => {
  const made = scene(t, { reuse: true });
  keepLab(made);
  await hold(t, made.session);
  t.equal(created(made), 0);
  t.match(made.said.join('\n'), 'reusing lab');
  await made.session.close(false);
  t.notOk(keptCluster('lab')?.unfit, 'a case failed; the cluster is as it was');
  t.same(made.world.journal(), []);
});

/** While there is a file `unwell`, nobody answers in lab. */
const UNWELL = `[ ! -e unwell ] || case "$*" in *wt-lab-control-plane*' get nodes '*|*wt-lab-control-plane*' wait '*) exit 1 ;; esac`;

const MAP = 'images: {"kindest/node:v1.34.2": "my/node:1"}\n';

const UNUSABLE: Readonly<Record<string, (made: Scene) => void>> = {
  'another one': (made) => keepLab(made, OTHER),
  'one of another subnet': (made) => keepLab(made, { ...TWO_NODES, subnet: '10.0.0.0/24' }),
  'one of another node image': (made) => {
    keepLab(made);
    writeFileSync(made.world.file('map.yaml'), MAP);
  },
  'one whose kubeconfig is gone': (made) => {
    keepLab(made);
    rmSync(made.world.file('cache/kube-windtunnel/clusters/lab/lab.kubeconfig'));
  },
  'one that does not run': (made) => {
    keepLab(made);
    rmSync(made.world.file('containers/wt-lab-worker'));
  },
  'one that is not well': (made) => {
    keepLab(made);
    writeFileSync(made.world.file('unwell'), '');
  },
};

for (const [why, prepare] of Object.entries(UNUSABLE))
  t.test(`${why} is not used: a new one is made, and kept for the next run`, async (t) => {
    const made = scene(t, { reuse: true }, UNWELL);
    prepare(made);
    const { options } = made.session;
    const imageMap = made.world.file('map.yaml');
    const settings = { ...options.settings, ...(existsSync(imageMap) && { imageMap }) };
    const session = new KindSession({ ...options, settings });
    if (existsSync(made.world.file('unwell'))) await inHaste(t, () => hold(t, session));
    else await hold(t, session);
    t.equal(created(made), 1);
    await session.close(true);
    t.equal(keptClusters().length, 2);
    t.same(made.world.journal(), []);
  });

t.test('one that lies on another subnet than its file says serves who names no address of it', async (t) => {
  const made = scene(t, { reuse: true });
  keepLab(made, TWO_NODES, '10.9.0.0/24');
  const probe = { name: 'p', target: { kind: 'ping', to: '172.30.0.9' } } as unknown as ArmSpec['probes'][number];
  const arm = { ...armOf(TWO_NODES), probes: [probe] };
  await t.rejects(made.session.bringUp(arm), { message: /there is no Go/ });
  t.equal(created(made), 1);
  t.match(made.said.join('\n'), /lab is not reused: the scenario names 172\.30\.0\.9/);
  await made.session.close(false);
  t.notOk(keptCluster('lab')?.unfit, 'nobody was on it');
  const next = new KindSession(made.session.options);
  await hold(t, next);
  t.equal(created(made), 1);
  await next.close(true);
});

t.test('arms of different clusters each get their own, and the next run finds both', async (t) => {
  const made = scene(t, { reuse: true });
  await hold(t, made.session);
  await hold(t, made.session, OTHER);
  await made.session.close(true);
  t.equal(created(made), 2);
  t.equal(keptClusters().length, 2);
  const next = new KindSession(made.session.options);
  await hold(t, next, OTHER);
  await hold(t, next);
  t.equal(created(made), 2);
  await next.close(true);
  t.same(made.world.journal(), []);
});

t.test('a new cluster that a failure left is removed, and so is one that cannot be cleaned up', async (t) => {
  for (const passed of [false, true]) {
    const made = scene(t, { reuse: true });
    await hold(t, made.session);
    if (passed) writeFileSync(made.world.file('stuck'), '');
    await made.session.close(passed);
    t.same(made.world.there(), NOTHING);
    t.same(keptClusters(), []);
  }
});

t.test('a kept cluster that has not become as it was is not used again, and a new one is not kept', async (t) => {
  const made = scene(t, { reuse: true });
  keepLab(made);
  await hold(t, made.session);
  changeNodes(made);
  await inHaste(t, () => made.session.close(true));
  t.equal(keptCluster('lab')?.unfit, true);
  const next = new KindSession(made.session.options);
  await hold(t, next);
  t.equal(created(made), 1);
  changeNodes(made, '172.30.0.10');
  await inHaste(t, () => next.close(true));
  t.same(
    keptClusters().map(({ name }) => name),
    ['lab'],
  );
});

t.test('what is kept to be looked at is not used, until somebody who names it leaves it well', async (t) => {
  const made = scene(t, { keep: 'on-failure' });
  await hold(t, made.session);
  await made.session.close(false);
  const [{ name = '', unfit } = {}] = keptClusters();
  t.equal(unfit, true);
  const { options } = made.session;
  const again = new KindSession({ ...options, settings: { ...options.settings, reuse: true } });
  await hold(t, again);
  t.equal(created(made), 2);
  await again.close(false);
  const named = new KindSession({ ...options, settings: { ...options.settings, cluster: name } });
  await hold(t, named);
  await named.close(true);
  t.equal(keptCluster(name)?.unfit, undefined);
});

t.test('a run that was interrupted does not wait until its cluster is well: it goes', async (t) => {
  const made = scene(t, { reuse: true });
  let isOver = false;
  const breathe = async () => {
    if (isOver) throw new Error('interrupted');
  };
  const session = new KindSession({ ...made.session.options, breathe });
  await hold(t, session);
  isOver = true;
  changeNodes(made);
  await session.close(true);
  t.same(made.world.there(), NOTHING);
  t.notMatch(made.said.join('\n'), 'become as they were');
});

t.test('a run that is interrupted while it waits for its cluster to be well does not wait on', async (t) => {
  for (const isKept of [false, true]) {
    const breathe = async () => {
      if (made.said.some((text) => text.includes('become as they were'))) throw new Error('interrupted');
    };
    const made: Scene = scene(t, { reuse: true }, '', { breathe });
    if (isKept) keepLab(made);
    await hold(t, made.session);
    changeNodes(made);
    const startedAt = Date.now();
    await made.session.close(true);
    t.ok(Date.now() - startedAt < 10_000);
    if (isKept) t.equal(keptCluster('lab')?.unfit, true);
    else t.same(made.world.there(), NOTHING);
    t.same(made.world.journal(), []);
  }
});
