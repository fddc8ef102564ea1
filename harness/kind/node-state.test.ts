/** What counts as the same between two arms. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../package.js';
import type { KindCluster } from './cluster.js';
import { Docker } from './docker.js';
import { awaitSame, nodeState } from './node-state.js';
import { StandIns } from './stand-in.js';

const IPVS = readFileSync(join(packageRoot, 'harness/kind/recorded/proc-net-ip_vs.txt'), 'utf8');
const ADDRESSES = 'lo UNKNOWN 127.0.0.1/8\neth0 UP 172.30.0.2/24\n';

function cluster(): KindCluster {
  const node = { name: 'cp', role: 'control-plane', container: 'lab-control-plane', ip: '172.30.0.2' };
  return { docker: new Docker(), nodes: [node] } as unknown as KindCluster;
}

t.test('connections come and go, and lines in another order are the same', async (t) => {
  const world = new StandIns(t.testdir());
  world.add('containers', 'lab-control-plane');
  writeFileSync(world.file('state'), ADDRESSES + IPVS);
  const before = await nodeState(cluster());
  t.match(before, /^lab-control-plane\nlo UNKNOWN/);
  const busy = IPVS.replaceAll(/(Masq {4}\d) {6}0 {10}0/g, '$1      12         3');
  t.not(busy, IPVS);
  writeFileSync(world.file('state'), `${ADDRESSES.split('\n').reverse().join('\n')}\n${busy}`.trim());
  t.equal(await awaitSame(cluster(), before), undefined);
});

t.test('a link that stays limited is seen; the numbers of what holds it up are not', async (t) => {
  const world = new StandIns(t.testdir());
  const stateWith = async (qdisc: string) => {
    writeFileSync(world.file('state'), `${ADDRESSES}${qdisc}\n`);
    return nodeState(cluster());
  };
  const before = await stateWith('qdisc noqueue 0: root refcnt 2 ');
  const limited = await stateWith('qdisc tbf 8001: root refcnt 9 rate 1Gbit burst 1250000b lat 20ms ');
  t.not(limited, before);
  t.equal(await stateWith('qdisc tbf 8a2f: root refcnt 13 rate 1Gbit burst 1250000b lat 20ms '), limited);
  t.not(await stateWith('qdisc tbf 8001: root refcnt 9 rate 2Gbit burst 1250000b lat 20ms '), limited);
  t.match(world.calls('docker')[0]?.text, 'tc qdisc show dev eth0');
});

t.test('a wait is given up with what ended the run', async (t) => {
  const world = new StandIns(t.testdir());
  writeFileSync(world.file('state'), ADDRESSES);
  const signal = AbortSignal.abort(new Error('interrupted'));
  await t.rejects(awaitSame(cluster(), '', signal), { message: 'interrupted' });
});

t.test('an address more, and a node that is not Ready, are waited for', async (t) => {
  const world = new StandIns(t.testdir());
  writeFileSync(world.file('state'), ADDRESSES);
  const before = await nodeState(cluster());
  let isOver = false;
  const same = awaitSame(cluster(), before).finally(() => {
    isOver = true;
  });
  const looks = () => world.calls('docker').filter(({ text }) => text.includes(' get nodes ')).length;
  const look = async (count: number) => {
    while (looks() < count && !isOver) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await look(2);
  t.notOk(isOver, 'the node was not Ready');
  writeFileSync(world.file('state'), `${ADDRESSES}kube-ipvs0 DOWN 172.30.0.3/32\n`);
  world.add('containers', 'lab-control-plane');
  await look(3);
  t.notOk(isOver, 'it had an address more');
  writeFileSync(world.file('state'), ADDRESSES);
  t.equal(await same, undefined);
});
