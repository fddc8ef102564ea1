/** Rates of links by tc, whose words are those of iproute2 6.1 on kernels with and without tbf. */
import t from 'tap';
import { Docker, type Ran } from '../docker.js';
import { bucketArgs, limitLinks } from './links.js';

const NODES = [
  { name: 'w1', container: 'lab-worker', linkRateBps: 1e9 },
  { name: 'w2', container: 'lab-worker2', linkRateBps: 1e10 },
  { name: 'w3', container: 'lab-worker3', linkRateBps: 1e9 },
];
const UNKNOWN = 'Error: Specified qdisc kind is unknown.';
const NOTHING = 'Error: Cannot delete qdisc with handle of zero.';

class Kernels extends Docker {
  readonly calls: string[] = [];
  /** By what a call holds, the first that fits: what it fails with. */
  constructor(readonly failures: Record<string, string> = {}) {
    super();
  }

  override async run(args: readonly string[]): Promise<Ran> {
    const text = args.join(' ');
    this.calls.push(text);
    const stderr = Object.entries(this.failures).find(([part]) => text.includes(part))?.[1] ?? '';
    const stdout = text.includes('iflink') ? `${122 + this.calls.length}\n121\n` : 'sha256:0';
    return { code: stderr === '' ? 0 : 2, stdout: stderr === '' ? stdout : '', stderr, timedOut: false };
  }

  matching(pattern: RegExp): readonly string[] {
    return this.calls.filter((call) => pattern.test(call));
  }
}

const limit = (docker: Docker) => limitLinks({ docker, nodes: NODES, label: 'mark', say: () => {} });

t.test('a bucket holds several segments of 64 KB, and 10 ms of a fast link', async (t) => {
  const burst = (rateBps: number) => Number(/burst (\d+)/.exec(bucketArgs('eth0', rateBps).join(' '))?.[1]);
  t.equal(burst(1e6), 262_144);
  t.equal(burst(1e10), 12_500_000);
  t.match(bucketArgs('eth0', 1e10).join(' '), /^qdisc replace dev eth0 root tbf rate 10000000000bit /);
});

t.test('both ends of the pairs are limited, and freed again', async (t) => {
  const docker = new Kernels();
  const links = await limit(docker);
  t.same(links.notes, ['links are limited in both directions, by tc: 1 Gbps for w1, w3; 10 Gbps for w2']);
  t.equal(docker.matching(/^exec lab-worker\d? tc qdisc replace dev eth0 root tbf/).length, 3);
  const [there = ''] = docker.matching(/^run --rm/);
  t.match(there, /--network host --cap-add NET_ADMIN --label kube-windtunnel\.label=mark --entrypoint sh sha256:0/);
  t.equal(there.match(/^on \d+ qdisc replace dev DEVICE root tbf/gm)?.length, 3);
  await links.undo();
  t.equal(docker.matching(/^exec lab-worker\d? tc qdisc del dev eth0 root$/).length, 3);
  t.equal(docker.matching(/^run --rm/)[1]?.match(/^on \d+ qdisc del dev DEVICE root$/gm)?.length, 3);
});

t.test('a kernel without tbf limits nothing, and says so once', async (t) => {
  const docker = new Kernels({ 'qdisc replace': UNKNOWN, 'qdisc del': NOTHING });
  const links = await limit(docker);
  t.same(links.notes, [`links are not limited: tc says ${UNKNOWN}`]);
  t.equal(docker.matching(/^run --rm/).length, 0);
  await links.undo();
});

t.test('one node that cannot leaves none limited', async (t) => {
  const docker = new Kernels({ 'exec lab-worker3 tc qdisc replace': UNKNOWN });
  const links = await limit(docker);
  t.match(links.notes, [/not limited/]);
  t.equal(docker.matching(/^exec lab-worker\d? tc qdisc del/).length, 3);
});

t.test('a daemon that gives no rights on its network limits one direction', async (t) => {
  const refusal = 'docker: Error response from daemon: NET_ADMIN is not allowed.';
  const links = await limit(new Kernels({ 'run --rm': refusal }));
  t.match(links.notes, [
    /^links are limited on the way out only \(the other way: Docker says docker: Error .* not allowed\.\), by tc: 1 Gbps/,
  ]);
});

t.test('undoing twice, or after the nodes, is no error; what stays is one', async (t) => {
  const gone = new Kernels({ 'qdisc del dev eth0': 'Error: No such container: lab-worker' });
  const links = await limit(gone);
  await links.undo();
  await links.undo();
  const stuck = new Kernels({ 'qdisc del dev eth0': 'RTNETLINK answers: Operation not permitted' });
  const held = await limit(stuck);
  await t.rejects(held.undo(), {
    message: /^the links stay limited: tc says RTNETLINK answers: Operation not permitted$/,
  });
  t.match((await limit(new Kernels({ 'exec lab-worker2': 'Error response from daemon: not running' }))).notes, [
    /^links are not limited: Docker says Error response from daemon: not running$/,
  ]);
});

t.test('a node that was made anew has nothing to undo, and hides nothing of another', async (t) => {
  const anew = 'no interface 126 on a bridge of the machine';
  const docker = new Kernels({ 'on 126 qdisc del': anew });
  await (await limit(docker)).undo();
  t.match(docker.matching(/^run /).at(-1), /--entrypoint sh .*qdisc del/s, 'it was tried');
  t.equal(docker.matching(/^inspect/).length, 1, 'the node may be gone by then');
  const denied = 'RTNETLINK answers: Operation not permitted';
  const held = await limit(new Kernels({ 'on 126 qdisc del': `${anew}\n${denied}` }));
  await t.rejects(held.undo(), { message: `the links stay limited: tc says ${denied}` });
});

t.test(
  "the bridge's ends are freed first, and again where that failed: a node's own end tells that there is something to free",
  async (t) => {
    const docker = new Kernels();
    const links = await limit(docker);
    docker.failures['run --rm'] = 'Error response from daemon: busy';
    await t.rejects(links.undo(), { message: 'the links stay limited: Docker says Error response from daemon: busy' });
    t.same(docker.matching(/tc qdisc del dev eth0/), []);
    delete docker.failures['run --rm'];
    await links.undo();
    t.match(docker.matching(/^run --rm/).at(-1), /^on \d+ qdisc del dev DEVICE root$/m);
    t.equal(docker.matching(/tc qdisc del dev eth0/).length, 3);
  },
);

t.test("what limited some of the bridge's ends and did not free them again is told in the end", async (t) => {
  const denied = 'RTNETLINK answers: Operation not permitted';
  const docker = new Kernels({ 'run --rm': denied });
  const links = await limit(docker);
  t.match(links.notes, [/on the way out only/]);
  await t.rejects(links.undo(), { message: `the links stay limited: tc says ${denied}` });
  const refused = await limit(new Kernels({ 'run --rm': 'docker: Error response from daemon: not allowed' }));
  await refused.undo();
});
