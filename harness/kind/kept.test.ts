/** A cluster that stays is the same one again, for every later run. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { cacheFolder } from '../journal/journal.js';
import type { KindCluster } from './cluster.js';
import { Docker } from './docker.js';
import { adopted, clusterFolder, forgetCluster, keep, keptCluster, keptClusters, keptOf } from './kept.js';
import { TWO_NODES } from './stand-in.js';

t.beforeEach((t) => {
  process.env.XDG_CACHE_HOME = t.testdir();
});

function cluster(dockerHost: string): KindCluster {
  const node = (name: string, role: 'control-plane' | 'worker', ip: string) => ({
    name,
    role,
    ip,
    container: `wt-a-${role}`,
  });
  return {
    name: 'wt-a',
    label: 'a-label',
    docker: new Docker(dockerHost),
    nodes: [node('cp', 'control-plane', '172.28.0.3'), node('w1', 'worker', '172.28.0.2')],
    subnet: '172.28.0.0/24',
    network: 'wt-a-net',
    kubeconfig: '/somewhere/wt-a.kubeconfig',
    madeOf: { nodeImage: 'kindest/node:v1.34.2', kubeadmConfigPatches: [] },
    notes: ['kind made the cluster in 20 s'],
  };
}

t.test('what is kept is there again, with its daemon and its own addresses', async (t) => {
  const made = cluster('tcp://127.0.0.1:1');
  const kept = keptOf('lab', made, TWO_NODES);
  keep(kept);
  const found = keptCluster('lab');
  t.strictSame(found, kept);
  t.match(found, { name: 'lab', kindName: 'wt-a', spec: { kubeProxy: { mode: 'ipvs' } }, madeAt: /^\d{4}-\d\d-\d\dT/ });
  const again = found && adopted(found);
  t.strictSame({ ...again, docker: again?.docker.host }, { ...made, docker: 'tcp://127.0.0.1:1', notes: [] });
});

t.test('all that are kept, by name; one that is forgotten goes with its files', async (t) => {
  t.same(keptClusters(), []);
  for (const name of ['b', 'a', 'c']) keep(keptOf(name, cluster(''), TWO_NODES));
  mkdirSync(join(cacheFolder(), 'clusters/half-made'));
  const names = () => keptClusters().map(({ name }) => name);
  t.same(names(), ['a', 'b', 'c'], 'a folder without a cluster is none');
  const b = keptOf('b', cluster(''), TWO_NODES);
  forgetCluster(b);
  t.same(names(), ['a', 'c']);
  t.equal(keptCluster('b'), undefined);
  forgetCluster(b);
  t.throws(() => mkdirSync(clusterFolder('a')), { code: 'EEXIST' });
});
