/** What a killed run left of a cluster is found by kind's label and by ours, both exactly, and nothing else is touched. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ExitCode } from '../../src/verdict/merge.js';
import { collect } from '../journal/gc.js';
import type { Entry } from '../journal/journal.js';
import { endCluster } from './remove.js';
import { DAEMON, StandIns } from './stand-in.js';

const LABEL = '01234567-89ab-4cde-8f01-23456789abcd';
const NAME = 'wt-01234567-89ab';
const ENTRY: Entry = { kind: 'cluster', label: LABEL, owner: { pid: 1, started: '0' }, madeAt: '2026-01-01T00:00:00Z' };

const FOREIGN = {
  containers: ['lab-control-plane', `${NAME}2-control-plane`, `${NAME}-by-hand`],
  networks: ['kind', `${NAME}-net2`],
};

/** A cluster of a dead run beside those of others, whose names and labels come close. */
function world(test: Test, docker = ''): StandIns {
  const made = new StandIns(test.testdir(), { docker: `${docker}\n${DAEMON}` });
  for (const role of ['control-plane', 'worker'])
    made.add('containers', `${NAME}-${role}`, `io.x-k8s.kind.cluster=${NAME}`, `io.x-k8s.kind.role=${role}`);
  made.add('containers', `${NAME}-outside`, `kube-windtunnel.label=${LABEL}`);
  made.add('networks', `${NAME}-net`, `kube-windtunnel.label=${LABEL}`);
  made.add('containers', 'lab-control-plane', 'io.x-k8s.kind.cluster=lab');
  made.add('containers', `${NAME}2-control-plane`, `io.x-k8s.kind.cluster=${NAME}2`);
  made.add('containers', `${NAME}-by-hand`, `of=${NAME}`);
  made.add('networks', 'kind');
  made.add('networks', `${NAME}-net2`, `kube-windtunnel.label=${LABEL}2`);
  return made;
}

const sorted = (names: readonly string[]) => [...names].sort();
const CLOSE = { containers: sorted(FOREIGN.containers), networks: sorted(FOREIGN.networks) };

t.test('all of it goes, and all else stays', async (t) => {
  const made = world(t);
  t.equal(await endCluster(ENTRY, false), 4);
  t.same(made.there(), CLOSE);
  t.match(made.calls('docker').find(({ text }) => text.startsWith('rm '))?.text, /^rm --force --volumes /);
  t.equal(await endCluster(ENTRY, false), 0, 'twice is no error');
});

t.test('a dry run counts, and takes nothing away', async (t) => {
  const made = world(t);
  const before = made.there();
  t.equal(await endCluster(ENTRY, true), 4);
  t.same(made.there(), before);
});

t.test('what is only half there goes too: a network without nodes, nodes without a network', async (t) => {
  const made = new StandIns(t.testdir(), { docker: DAEMON });
  made.add('networks', `${NAME}-net`, `kube-windtunnel.label=${LABEL}`);
  t.equal(await endCluster(ENTRY, false), 1);
  made.add('containers', `${NAME}-worker`, `io.x-k8s.kind.cluster=${NAME}`);
  t.equal(await endCluster(ENTRY, false), 1);
  t.same(made.there(), { containers: [], networks: [] });
});

t.test('gc ends it on the daemon that the journal names, and strikes it out', async (t) => {
  const made = world(t);
  const journal = join(made.folder, 'cache/kube-windtunnel/journal');
  mkdirSync(journal, { recursive: true });
  writeFileSync(join(journal, `${LABEL}.json`), JSON.stringify({ ...ENTRY, dockerHost: 'tcp://127.0.0.1:1' }));
  t.match(await collect({ dryRun: false, endCluster }), [{ label: LABEL, found: 4 }]);
  t.same(made.there(), CLOSE);
  t.ok(made.calls('docker').every(({ env }) => env.DOCKER_HOST === 'tcp://127.0.0.1:1'));
  t.same(made.journal(), []);
});

t.test('a daemon that is away rejects, once', async (t) => {
  world(t, `echo 'Cannot connect to the Docker daemon' >&2; exit 1`);
  const told = { message: /^docker .*: exit 1\nCannot connect to the Docker daemon$/, exitCode: ExitCode.infraError };
  await t.rejects(endCluster(ENTRY, false), told);
});

t.test('a container that cannot be removed rejects, and the network is left for the next time', async (t) => {
  const made = world(t, `[ "$1" != rm ] || { echo 'device or resource busy' >&2; exit 1; }`);
  await t.rejects(endCluster(ENTRY, false), { message: /device or resource busy$/ });
  t.ok(made.there().networks.includes(`${NAME}-net`));
});
