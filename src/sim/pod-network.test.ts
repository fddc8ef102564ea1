/** Pod traffic between nodes during the outage: externalip-outage.md §2.5 and E15. */
import t from 'tap';
import { SECOND } from '../base/instant.js';
import { ipv4, parseIpv4 } from '../base/ip.js';
import type { Pod } from '../kube/api/objects.js';
import type { Host } from '../net/host.js';
import { CLUSTER_PARTS } from '../plan/cluster-fixture.js';
import type { ClusterSpec, Encapsulation } from '../scenario/model.js';
import { ModelPodNetwork } from './pod-network.js';
import { buildTopology } from './topology.js';
import { World } from './world.js';

const IPS = { cp: '172.30.0.2', w1: '172.30.0.3' };

function cluster(encapsulation: Encapsulation): ClusterSpec {
  const node = (name: 'cp' | 'w1') => ({
    name,
    role: 'worker' as const,
    ip: IPS[name],
    device: 'eth0',
    devices: [],
    sysctls: {},
    linkRateBps: 1e9,
  });
  return {
    name: 'two',
    nodes: [node('cp'), node('w1')],
    ...CLUSTER_PARTS,
    cni: { name: encapsulation === 'ipip' ? 'calico' : 'kindnet', encapsulation },
  };
}

function makePods(encapsulation: Encapsulation) {
  const world = new World({ seed: '1', start: 0 });
  const spec = cluster(encapsulation);
  buildTopology(world, spec);
  const network = new ModelPodNetwork(world, spec);
  network.connectNodes();
  const pod = (name: string, node: string) => {
    const object = {
      metadata: { namespace: 'default', name, uid: `${node}/${name}` },
      spec: { containers: [] },
    } as unknown as Pod;
    const ip = parseIpv4(network.add(object, node)?.ip ?? '') ?? 0;
    const host = network.host(`default/${name}`);
    if (!host) throw new Error('no pod');
    return { host, ip, object };
  };
  return {
    world,
    network,
    pod,
    a: pod('a', 'cp'),
    b: pod('b', 'w1'),
    node: (name: string) => world.host(name) as Host,
  };
}

type Pods = ReturnType<typeof makePods>;

function pings({ world }: Pods, from: Host, to: number, count: number): boolean[] {
  const answers: boolean[] = [];
  for (let i = 0; i < count; i++) {
    from.ping(to, SECOND, ({ outcome }) => answers.push(outcome === 'ok'));
    world.queue.runUntil(world.queue.now() + 1.1 * SECOND);
  }
  return answers;
}

/** The node `on` takes the other's address, as kube-proxy does in variant A. */
function bind(pods: Pods, on: string, address: string): void {
  pods.node(on).addDummy('kube-ipvs0');
  pods.node(on).addAddress('kube-ipvs0', { address: ipv4(address), length: 32 });
}

for (const encapsulation of ['none', 'ipip'] as const)
  t.test(`pods of two nodes reach each other, encapsulation ${encapsulation}`, async (t) => {
    const pods = makePods(encapsulation);
    t.same(pings(pods, pods.a.host, pods.b.ip, 3), [true, true, true]);
    t.same(pings(pods, pods.b.host, pods.a.ip, 3), [true, true, true]);
  });

t.test('IPIP: all is lost at once', async (t) => {
  const pods = makePods('ipip');
  pings(pods, pods.a.host, pods.b.ip, 2);
  bind(pods, 'cp', IPS.w1);
  t.same(new Set(pings(pods, pods.a.host, pods.b.ip, 10)), new Set([false]));
  t.same(new Set(pings(pods, pods.b.host, pods.a.ip, 10)), new Set([false]));
});

t.test('native routes: traffic survives first, then flaps as one side can no longer resolve the other', async (t) => {
  const pods = makePods('none');
  pings(pods, pods.a.host, pods.b.ip, 2);
  bind(pods, 'cp', IPS.w1);
  const answers = pings(pods, pods.b.host, pods.a.ip, 120);
  t.same(answers.slice(0, 5), Array(5).fill(true), 'a valid neighbour entry still carries it');
  t.ok(answers.includes(false), 'then it is lost');
  const lastLoss = answers.lastIndexOf(false);
  t.ok(lastLoss > 60, 'and lost again and again');
});

t.test('a removed pod leaves neither device nor route behind', async (t) => {
  const pods = makePods('none');
  const before = pods.node('cp').interfaces.main.all().length;
  pods.network.remove(pods.a.object);
  t.equal(pods.node('cp').interfaces.main.all().length, before - 1);
  t.notOk(
    pods
      .node('cp')
      .interfaces.all()
      .some(({ name }) => name.startsWith('veth')),
  );
  t.same(pings(pods, pods.b.host, pods.a.ip, 2), [false, false]);
});

t.test('a pod made anew on another node stands beside its namesake, which goes alone', async (t) => {
  const pods = makePods('none');
  const again = pods.pod('a', 'w1');
  t.not(pods.network.host('default/a'), pods.a.host, 'the later one has the name');
  t.same(pings(pods, again.host, pods.a.ip, 1), [true]);
  pods.network.remove(again.object);
  t.equal(pods.network.host('default/a'), pods.a.host);
  t.same(pings(pods, pods.b.host, again.ip, 2), [false, false]);
  t.same(pings(pods, pods.b.host, pods.a.ip, 1), [true]);
});
