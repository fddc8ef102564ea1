/** What a killed run left on a cluster of the user's, by gc: by the cluster's label alone, and the nodes stay. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { collect } from '../journal/gc.js';
import { cacheFolder, type Entry, enter, enterObject } from '../journal/journal.js';
import { endLeft } from './leftovers.js';
import { DAEMON, StandIns } from './stand-in.js';

const MARK = 'kube-windtunnel.label=lab-label';
const NODES = (['control-plane', 'worker'] as const).map((role) => {
  return { name: role, container: `wt-lab-${role}`, role, ip: '172.30.0.2' };
});

/** A node's eth0 is a veth; who tells tc to take its root away takes the line. */
const LINKS = `
case "$*" in
  *' tc qdisc show dev eth0') cat "qdisc-$2" 2>/dev/null || : ; exit ;;
  *' tc qdisc replace dev eth0 '*) echo 'qdisc tbf 8001: root refcnt 2 rate 1Gbit' >"qdisc-$2"; exit ;;
  *' tc qdisc del dev eth0 root') rm "qdisc-$2" && exit; echo 'Error: Cannot delete qdisc with handle of zero.' >&2; exit 2 ;;
  *iflink*) printf '7\\n2\\n'; exit ;;
  *' get '*' --namespace monitoring '*) cat marked 2>/dev/null || : ; exit ;;
  *' delete '*) rm -f marked; exit ;;
esac`;

function lab(test: Test, more = ''): StandIns {
  const world = new StandIns(test.testdir(), { docker: `${more}\n${LINKS}\n${DAEMON}` });
  for (const { container } of NODES) world.add('containers', container, 'io.x-k8s.kind.cluster=wt-lab');
  world.add('networks', 'wt-lab-net', MARK);
  world.add('containers', 'wt-other-outside', `${MARK}2`);
  return world;
}

/** As if its run had been killed. */
function killed(dockerHost = ''): Entry {
  const entry = enter({ kind: 'arms', dockerHost, cluster: { name: 'wt-lab', label: 'lab-label', nodes: NODES } });
  const dead = { ...entry, owner: { ...entry.owner, started: '1' } };
  writeFileSync(join(cacheFolder(), 'journal', `${entry.label}.json`), JSON.stringify(dead));
  return dead;
}

t.test('hosts, limited links and objects go; nodes, network and all else stay', async (t) => {
  const world = lab(t);
  const before = world.there();
  world.add('containers', 'wt-lab-outside', MARK);
  writeFileSync(world.file('qdisc-wt-lab-worker'), 'qdisc tbf 8001: root refcnt 2 rate 1Gbit\n');
  writeFileSync(world.file('marked'), 'deployment.apps/prometheus\nservice/prometheus\n');
  const entry = killed();
  const dry = await collect({ dryRun: true, endCluster: endLeft });
  t.match(dry, [{ kind: 'arms', label: entry.label, found: 4 }]);
  t.ok(world.there().containers.includes('wt-lab-outside'), 'a dry run takes nothing away');
  t.match(await collect({ dryRun: false, endCluster: endLeft }), [{ found: 4, error: undefined }]);
  t.same(world.there(), before);
  t.equal(await endLeft(entry, true), 0, 'nothing is left');
  t.same(world.journal(), []);
  const otherEnds = world.calls('docker').filter(({ text }) => /^run .*--network host .*qdisc del dev/s.test(text));
  t.equal(otherEnds.length, 1, "the bridge's ends too");
});

t.test("a scenario's objects go by their names in the journal, first of all", async (t) => {
  const world = lab(
    t,
    `case "$*" in *' --filename=-'*) cat >"input-$(echo "$*" | grep -o -e ' get ' -e ' delete ' | tr -d ' ')"; echo service/hijack; exit ;; esac`,
  );
  const used = { name: 'wt-lab', label: 'lab-label', nodes: NODES };
  const entry = { ...enter({ kind: 'arms', dockerHost: '', cluster: used }), cluster: used };
  enterObject(entry, { apiVersion: 'v1', kind: 'Service', namespace: 'web', name: 'hijack' });
  const [file = ''] = world.journal();
  t.same(world.journal(), [file], 'one file an entry');
  const path = world.file(`cache/kube-windtunnel/journal/${file}`);
  const written = JSON.parse(readFileSync(path, 'utf8')) as Entry;
  writeFileSync(path, JSON.stringify({ ...written, owner: { ...written.owner, started: '1' } }));
  t.match(await collect({ dryRun: true, endCluster: endLeft }), [{ found: 1 }]);
  t.match(await collect({ dryRun: false, endCluster: endLeft }), [{ found: 1 }]);
  for (const how of ['get', 'delete'])
    t.strictSame(JSON.parse(readFileSync(world.file(`input-${how}`), 'utf8')).items, [
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'hijack', namespace: 'web' } },
    ]);
});

t.test('a run that lives keeps what it has there', async (t) => {
  const world = lab(t);
  world.add('containers', 'wt-lab-outside', MARK);
  enter({ kind: 'arms', dockerHost: '', cluster: { name: 'wt-lab', label: 'lab-label', nodes: NODES } });
  t.same(await collect({ dryRun: false, endCluster: endLeft }), []);
  t.same(world.calls('docker'), []);
});

t.test('where the user has taken the cluster away, nobody asks its nodes', async (t) => {
  const world = new StandIns(t.testdir(), { docker: `case $1 in exec) exit 1 ;; esac\n${DAEMON}` });
  killed();
  t.match(await collect({ dryRun: false, endCluster: endLeft }), [{ found: 0, error: undefined }]);
  t.same(world.journal(), []);
});

t.test('what is refused stays in the journal', async (t) => {
  const world = lab(t, `case "$*" in *' delete '*) echo 'timed out' >&2; exit 1 ;; esac`);
  killed('tcp://127.0.0.1:1');
  t.match(await collect({ dryRun: false, endCluster: endLeft }), [{ error: /timed out$/ }]);
  t.equal(world.journal().length, 1);
  t.ok(world.calls('docker').every(({ env }) => env.DOCKER_HOST === 'tcp://127.0.0.1:1'));
});
