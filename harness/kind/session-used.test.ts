/** What an arm has used is looked at before the next one gets it. Here the agent is built, by a stand-in for Go. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import type { ArmSpec } from '../../src/plan/plan.js';
import type { Testbed } from '../../src/ports/testbed.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { armOf, changeNodes, created, inHaste, keepLab, NOTHING, scene, use } from './session-fixture.js';
import { TWO_NODES } from './stand-in.js';
import type { ArmOnKind } from './testbed.js';

const GO = { hasGo: true } as const;

t.test('an arm gets the cluster of the one before where that left it as it was, and else a new one', async (t) => {
  const made = scene(t, {}, '', GO);
  await use(t, made.session);
  const [first = ''] = made.world.there().containers;
  t.notMatch(made.said.join('\n'), 'become as they were', 'nobody was there before the first');
  await use(t, made.session);
  t.equal(created(made), 1);
  t.match(made.said.join('\n'), 'become as they were');
  changeNodes(made);
  await inHaste(t, () => use(t, made.session));
  t.equal(created(made), 2);
  t.notOk(made.world.there().containers.includes(first));
  t.match(made.said.join('\n'), /has not become as it was: .*\+ eth0 UP 172\.30\.0\.9/);
  await made.session.close(true);
  t.same(made.world.there(), NOTHING);
});

t.test(
  "of the user's there is no other: an arm that finds it changed is refused, at once where it is asked again",
  async (t) => {
    const made = scene(t, { cluster: 'lab' }, '', GO);
    keepLab(made);
    await use(t, made.session);
    await use(t, made.session);
    changeNodes(made);
    const told = { message: 'lab has not become as it was before the first arm', exitCode: ExitCode.infraError };
    await inHaste(t, () => t.rejects(made.session.bringUp(armOf(TWO_NODES)), told));
    await t.rejects(made.session.bringUp(armOf(TWO_NODES)), told);
    await made.session.close(true);
  },
);

t.test('what no arm has used is not looked at', async (t) => {
  const made = scene(t, { cluster: 'lab' }, '', GO);
  keepLab(made);
  const probe = { name: 'p', target: { kind: 'ping', to: '10.0.0.9' } } as unknown as ArmSpec['probes'][number];
  const elsewhere = { ...armOf({ ...TWO_NODES, subnet: '10.0.0.0/24' }), probes: [probe] };
  await t.rejects(made.session.bringUp(elsewhere), { message: /the scenario names 10\.0\.0\.9/ });
  changeNodes(made);
  await use(t, made.session);
  t.notMatch(made.said.join('\n'), 'become as they were');
  await inHaste(t, () => made.session.close(true));
});

const STAYS = new Error('the Service stays');
/** Of an arm that opens, what a session touches. */
const bed = (close: () => Promise<void>) => async () => ({ close }) as unknown as Testbed;

t.test('an arm that could not be taken back whole leaves its cluster to no other', async (t) => {
  const open = async ({ leftBehind }: ArmOnKind): Promise<Testbed> => {
    leftBehind(STAYS);
    throw new Error('not opened');
  };
  const inVain = scene(t, {}, '', { ...GO, open });
  for (const _ of [1, 2]) await t.rejects(inVain.session.bringUp(armOf(TWO_NODES)), { message: 'not opened' });
  t.equal(created(inVain), 2);
  t.match(inVain.said.join('\n'), /clean-up on wt-.*: the Service stays/);
  await inVain.session.close(true);

  const opened = scene(t, {}, '', { ...GO, open: bed(() => Promise.reject(STAYS)) });
  for (const _ of [1, 2]) await (await opened.session.bringUp(armOf(TWO_NODES))).close();
  t.equal(created(opened), 2);
  await opened.session.close(true);
});

t.test(
  "what an arm makes on the user's cluster stands in the journal; one of the run's own goes with all of it",
  async (t) => {
    const VICTIM = { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'victim' };
    const CHANGE = { container: 'wt-lab-control-plane', back: ['ip', 'link', 'del', 'tmp0'] };
    const open = async (options: ArmOnKind): Promise<Testbed> => {
      options.making?.(VICTIM);
      const strikeOut = options.making?.({ ...VICTIM, name: 'refused' });
      options.making?.({ ...VICTIM, name: 'other' });
      strikeOut?.();
      options.changing?.(CHANGE);
      options.changing?.({ ...CHANGE, container: 'wt-lab-worker' })();
      return bed(async () => {})();
    };
    const made = scene(t, { cluster: 'lab' }, '', { ...GO, open });
    keepLab(made);
    await made.session.bringUp(armOf(TWO_NODES));
    const [file = ''] = made.world.journal();
    const entry = JSON.parse(readFileSync(made.world.file(`cache/kube-windtunnel/journal/${file}`), 'utf8')) as unknown;
    const objects = [VICTIM, { ...VICTIM, name: 'other' }];
    t.match(entry, { kind: 'arms', cluster: { name: 'wt-lab', objects, changes: [CHANGE] } });
    await made.session.close(true);
    t.same(made.world.journal(), []);

    const own = scene(t, {}, '', { ...GO, open });
    await own.session.bringUp(armOf(TWO_NODES));
    const [ownFile = ''] = own.world.journal();
    t.notMatch(readFileSync(own.world.file(`cache/kube-windtunnel/journal/${ownFile}`), 'utf8'), /victim|tmp0/);
    await own.session.close(true);
  },
);
