/** What a killed run left on a cluster of the user's, by gc: by the cluster's label alone, and the nodes stay. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { collect } from '../journal/gc.js';
import {
  cacheFolder,
  type Entry,
  enter,
  enterOn,
  strikeOn,
  type UsedChange,
  type UsedObject,
} from '../journal/journal.js';
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
function killed(dockerHost = '', objects: readonly UsedObject[] = [], changes: readonly UsedChange[] = []): Entry {
  const cluster = { name: 'wt-lab', label: 'lab-label', nodes: NODES, objects, changes };
  const entry = enter({ kind: 'arms', dockerHost, cluster });
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
  const service = (name: string) => ({ apiVersion: 'v1', kind: 'Service', namespace: 'web', name });
  // Asked for twice, and refused once: the first may have been made.
  const asked = ['hijack', 'refused', 'hijack'].reduce((all, name) => enterOn(all, 'objects', service(name)), entry);
  strikeOn(strikeOn(asked, 'objects', service('refused')), 'objects', service('hijack'));
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

t.test('what was changed in the kernels of nodes is taken back, the last first and before all else', async (t) => {
  const gone = `*'dev tmp0'*) echo 'Cannot find device "tmp0"' >&2; exit 1 ;;`;
  const refusing = `*kube-ipvs0*) [ ! -e refusing ] || { echo 'Operation not permitted' >&2; exit 2; } ;;`;
  const world = lab(
    t,
    `case "$*" in ${gone} ${refusing} esac
    case "$*" in *' ip addr '*|*' sysctl '*|*--filename=-*) exit ;; esac`,
  );
  const on = (container: string, ...back: readonly string[]) => ({ container, back });
  const addresses = ['ip', 'addr', 'del', '172.30.0.2/32', 'dev'];
  const changes = [
    on('wt-lab-worker', 'sysctl', '-qw', 'net.ipv4.conf.all.arp_ignore=0'),
    on('wt-lab-worker', ...addresses, 'tmp0'),
    on('wt-lab-control-plane', ...addresses, 'kube-ipvs0'),
  ];
  const entry = killed('', [{ apiVersion: 'v1', kind: 'Service', name: 'hijack' }], changes);
  t.match(await collect({ dryRun: true, endCluster: endLeft }), [{ found: 3 }]);
  t.notMatch(world.calls('docker'), [{ text: /addr del|sysctl/ }], 'a dry run changes nothing');
  writeFileSync(world.file('refusing'), '');
  t.match(await collect({ dryRun: false, endCluster: endLeft }), [{ error: /Operation not permitted/ }]);
  t.equal(world.journal().length, 1, 'it stays in the journal until it is done');
  rmSync(world.file('refusing'));
  const before = world.calls('docker').length;
  t.match(await collect({ dryRun: false, endCluster: endLeft }), [{ label: entry.label, found: 3, error: undefined }]);
  const words = world
    .calls('docker')
    .slice(before)
    .map(({ text }) => text);
  const first = words
    .filter((text) => /addr del|sysctl|--filename/.test(text))
    .map((text) => text.split(' ').slice(1, 4));
  t.strictSame(first.slice(0, 3), [
    ['wt-lab-control-plane', 'ip', 'addr'],
    ['wt-lab-worker', 'ip', 'addr'],
    ['wt-lab-worker', 'sysctl', '-qw'],
  ]);
  t.equal(first.length, 4, 'then what the scenario made');
  t.same(world.journal(), []);
});

/** What kubectl says of kinds that the server has not: an old one stops at the first, a new one goes on. */
const UNKNOWN = {
  old: 'error: unable to recognize "STDIN": no matches for kind "Gateway" in version "example.com/v1"',
  new: `error: resource mapping not found for name: "g" namespace: "" from "STDIN": no matches for kind "Gateway" in version "example.com/v1"
ensure CRDs are installed first`,
};

for (const [version, words] of Object.entries(UNKNOWN))
  t.test(`an object of a kind that the cluster has not is gone: what kubectl says, the ${version} one`, async (t) => {
    const more = `
      others() { [ -e gone ] || echo service/hijack; case "$*" in *' delete '*) : >gone ;; esac; }
      case "$*" in *' --filename=-'*)
        input=$(cat); echo "$input" >>inputs
        case $input in *Gateway*) ${version === 'new' ? 'others "$@";' : ''} echo '${words}' >&2; exit 1 ;; esac
        others "$@"; exit ;; esac`;
    const world = lab(t, more);
    const gateway = { apiVersion: 'example.com/v1', kind: 'Gateway', name: 'g' };
    killed('', [gateway, { apiVersion: 'v1', kind: 'Service', namespace: 'web', name: 'hijack' }]);
    t.match(await collect({ dryRun: true, endCluster: endLeft }), [{ found: 1, error: undefined }]);
    t.match(await collect({ dryRun: false, endCluster: endLeft }), [{ found: 1, error: undefined }]);
    t.same(world.journal(), []);
    const last = readFileSync(world.file('inputs'), 'utf8').trim().split('\n').at(-1);
    t.match(JSON.parse(last ?? '').items, [{ kind: 'Service' }], 'the other one is not forgotten over it');
  });

t.test('links whose ends cannot all be reached are no links that were freed', async (t) => {
  const unreached = [
    ["the bridge's ends", `case $1 in run) echo 'docker: Error response from daemon: busy' >&2; exit 125 ;; esac`],
    ['a node', `case "$*" in *wt-lab-worker*iflink*) echo 'Error response from daemon: busy' >&2; exit 1 ;; esac`],
    ['a node that is asked', `case "$*" in *wt-lab-control-plane*show*) echo 'Cannot connect' >&2; exit 1 ;; esac`],
  ] as const;
  for (const [what, more] of unreached)
    await t.test(what, async (t) => {
      const world = lab(t, `[ -e well ] || { ${more}\n}`);
      writeFileSync(world.file('qdisc-wt-lab-worker'), 'qdisc tbf 8001: root refcnt 2 rate 1Gbit\n');
      killed();
      const refused = await collect({ dryRun: false, endCluster: endLeft });
      t.match(refused, [{ error: /busy|Cannot connect/ }]);
      t.equal(world.journal().length, 1);
      writeFileSync(world.file('well'), '');
      t.match(await collect({ dryRun: false, endCluster: endLeft }), [{ found: 1, error: undefined }], 'found again');
      const freed = world.calls('docker').filter(({ text }) => /^run .*--network host .*qdisc del dev/s.test(text));
      t.ok(freed.length > 0, "the bridge's ends too");
    });
});

t.test('a node that is stopped has no link', async (t) => {
  const stopped = 'Error response from daemon: container 0123 is not running';
  const world = lab(t, `case "$*" in *wt-lab-worker*) case $1 in exec) echo '${stopped}' >&2; exit 1 ;; esac ;; esac`);
  writeFileSync(world.file('qdisc-wt-lab-control-plane'), 'qdisc tbf 8001: root refcnt 2 rate 1Gbit\n');
  killed();
  t.match(await collect({ dryRun: false, endCluster: endLeft }), [{ found: 1, error: undefined }]);
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
