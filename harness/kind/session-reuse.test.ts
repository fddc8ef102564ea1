/** `--reuse`: which kept cluster an arm gets, and which new one stays for the next run. */
import { writeFileSync } from 'node:fs';
import t from 'tap';
import { keptCluster, keptClusters } from './kept.js';
import { KindSession } from './session.js';
import { created, hold, keepLab, NOTHING, OTHER, scene } from './session-fixture.js';

t.test('with reuse a kept cluster that fits is used, and the next one where it is not well', async (t) => {
  const away = `case "$*" in *wt-lab-control-plane*' get nodes '*|*wt-lab-control-plane*' wait '*) exit 1 ;; esac`;
  for (const [docker, isUsed] of [
    ['', true],
    [away, false],
  ] as const) {
    const made = scene(t, { reuse: true }, docker);
    keepLab(made);
    let looks = 0;
    // What is not well is given up after half a minute: not here.
    const now = Date.now;
    Date.now = () => now() + (docker === '' ? 0 : looks++ * 5_000);
    t.teardown(() => {
      Date.now = now;
    });
    await hold(t, made.session);
    Date.now = now;
    t.equal(created(made), isUsed ? 0 : 1);
    t.match(made.said.join('\n'), isUsed ? 'reusing lab' : 'lab is not reused: waited');
    await made.session.close(true);
    t.ok(keptCluster('lab'), 'it stays whatever it is like');
  }
});

t.test('with reuse a new cluster is kept for the next run, but for one that a failure left', async (t) => {
  for (const passed of [true, false]) {
    const made = scene(t, { reuse: true });
    keepLab(made, OTHER);
    await hold(t, made.session);
    await made.session.close(passed);
    t.equal(created(made), 1, 'the kept one is another');
    t.same(
      keptClusters().map(({ spec }) => spec.kubeProxy.strictARP),
      passed ? [true, false] : [true],
    );
    if (!passed) continue;
    const next = new KindSession(made.session.options);
    await hold(t, next);
    t.equal(created(made), 1);
    await hold(t, next, OTHER);
    t.equal(created(made), 1, 'the other one fits the next arm');
    await next.close(true);
    t.equal(keptClusters().length, 2);
    t.same(made.world.journal(), []);
  }
});

t.test('with reuse a cluster that is not as it was is removed', async (t) => {
  const made = scene(t, { reuse: true });
  await hold(t, made.session);
  writeFileSync(made.world.file('stuck'), '');
  await made.session.close(true);
  t.match(made.said.join('\n'), /is not as it was before.*removing wt-/s);
  t.same(made.world.there(), NOTHING);
  t.same(keptClusters(), []);
});
