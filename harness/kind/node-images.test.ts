/** An image reaches the nodes that lack it from the daemon alone. The stand-in keeps a file of names for each node. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { Docker } from './docker.js';
import { containerdName, ensureOnNodes } from './node-images.js';
import { StandIns } from './stand-in.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;

/** What `ctr images ls --quiet` says on a real node, in part. */
const ON_NODE = `docker.io/lab/prometheus:v3.5.0
registry.k8s.io/pause:3.10.1
sha256:0f6b0d7d71afd50c55926020ac0a2120f58a9540da199ac39ed7e0b79b67ea19
`;

/** An archive is the name that was saved; an import writes it down under the name that containerd would give it. */
const NODES = `
[ ! -e slow ] || case "$*" in *"$(cat slow)"*) exec sleep 5 ;; esac
case "$1 $2" in
  'exec --interactive') node=$3; shift 3 ;;
  'exec '*) node=$2; shift 2 ;;
esac
case "$*" in
  'image inspect '*)
    [ ! -e down ] || { echo 'Cannot connect to the Docker daemon' >&2; exit 1; }
    for last; do :; done
    grep -xF -e "$last" in-daemon >/dev/null || { echo "Error: No such image: $last" >&2; exit 1; }
    echo "sha256:$(cat build 2>/dev/null || echo 1234)" ;;
  'save '*) [ ! -e broken ] || { echo 'no space left' >&2; exit 1; }; echo "$2" ;;
  *' ls --quiet') cat "node-$node" ;;
  *' import -') read -r name; [ ! -e full ] || { echo 'ctr: no space left on device' >&2; exit 1; }; echo "docker.io/$name" >>"node-$node" ;;
  *' import --digests --base-name='*)
    read -r name; for word; do case $word in --base-name=*) base=\${word#*=} ;; esac; done
    echo "$base@$name" >>"node-$node" ;;
  *' tag '*) shift 4; [ "$1" = --force ] && grep -xF -e "$2" "node-$node" && echo "$3" >>"node-$node" ;;
  *' rm '*) for last; do :; done; grep -vxF -e "$last" "node-$node" >"new-$node"; cat "new-$node" >"node-$node" ;;
  *) echo "no answer to docker $*" >&2; exit 1 ;;
esac`;

function nodes(test: Test, inDaemon: readonly string[], names: Readonly<Record<string, string>>) {
  const standIns = new StandIns(test.testdir(), { docker: NODES });
  writeFileSync(standIns.file('in-daemon'), inDaemon.map((name) => `${name}\n`).join(''));
  for (const [node, text] of Object.entries(names)) writeFileSync(standIns.file(`node-${node}`), text);
  const said: string[] = [];
  const say = (text: string) => said.push(text);
  const plan = { docker: new Docker(), containers: Object.keys(names), say };
  const ensure = (image: string, signal?: AbortSignal) => ensureOnNodes({ ...plan, image, signal });
  const ensureBuild = (image: string) => ensureOnNodes({ ...plan, image, isRebuilt: true });
  const namesOn = (node: string) =>
    readFileSync(standIns.file(`node-${node}`), 'utf8')
      .trim()
      .split('\n');
  return { standIns, said, ensure, ensureBuild, namesOn };
}

t.test('a name is what containerd makes of it, which is what the kubelet asks for', async (t) => {
  const names: readonly (readonly [string, string])[] = [
    ['busybox', 'docker.io/library/busybox:latest'],
    ['lab/prometheus:v3.5.0', 'docker.io/lab/prometheus:v3.5.0'],
    ['index.docker.io/library/busybox:1', 'docker.io/library/busybox:1'],
    ['quay.io/prometheus/prometheus:v3.5.0', 'quay.io/prometheus/prometheus:v3.5.0'],
    ['localhost/a', 'localhost/a:latest'],
    ['localhost:5000/a/b', 'localhost:5000/a/b:latest'],
    [`quay.io/a/b:v1@${DIGEST}`, `quay.io/a/b@${DIGEST}`],
    [`busybox@${DIGEST}`, `docker.io/library/busybox@${DIGEST}`],
    [`localhost:5000/a@${DIGEST}`, `localhost:5000/a@${DIGEST}`],
  ];
  for (const [image, name] of names) t.equal(containerdName(image), name, image);
});

t.test('where every node has it, the daemon is not asked', async (t) => {
  const { ensure, standIns, said } = nodes(t, [], { a: ON_NODE, b: ON_NODE });
  t.strictSame(await ensure('lab/prometheus:v3.5.0'), {
    image: 'lab/prometheus:v3.5.0',
    present: ['a', 'b'],
    loaded: [],
    missing: [],
    notes: [],
  });
  t.same(
    standIns.calls('docker').filter(({ words }) => words[0] !== 'exec'),
    [],
  );
  t.same(said, []);
});

t.test('what the daemon has is read once and loaded into the nodes that lack it', async (t) => {
  const { ensure, standIns, said, namesOn } = nodes(t, ['lab/x:1'], {
    a: ON_NODE,
    b: `docker.io/lab/x:1\n`,
    c: ON_NODE,
  });
  t.match(await ensure('lab/x:1'), { present: ['b'], loaded: ['a', 'c'], missing: [] });
  t.match(said, ['loading lab/x:1 into a, c']);
  t.equal(standIns.calls('docker').filter(({ words }) => words[0] === 'save').length, 1);
  for (const node of ['a', 'b', 'c']) t.ok(namesOn(node).includes('docker.io/lab/x:1'), node);
  t.match(await ensure('lab/x:1'), { present: ['a', 'b', 'c'], loaded: [], notes: [] }, 'once');
});

t.test('a pinned image gets the name with its digest, and the passing name goes', async (t) => {
  const image = `quay.io/lab/x:1@${DIGEST}`;
  const { ensure, namesOn } = nodes(t, [image], { a: ON_NODE });
  t.match(await ensure(image), { loaded: ['a'] });
  t.same(namesOn('a'), [...ON_NODE.trim().split('\n'), `quay.io/lab/x@${DIGEST}`]);
});

t.test(
  'an image that was built anew under its name is loaded again, and the first build too when it is back',
  async (t) => {
    const name = 'docker.io/lab/x:1';
    const { ensureBuild, ensure, standIns, namesOn } = nodes(t, ['lab/x:1'], { a: `${name}\n`, b: ON_NODE });
    t.match(await ensureBuild('lab/x:1'), { loaded: ['a', 'b'] }, 'of whatever build the one on a is');
    t.match(await ensureBuild('lab/x:1'), { present: ['a', 'b'], loaded: [] });
    for (const build of ['5678', '1234']) {
      writeFileSync(standIns.file('build'), build);
      t.match(await ensureBuild('lab/x:1'), { loaded: ['a', 'b'] }, build);
      t.match(await ensureBuild('lab/x:1'), { present: ['a', 'b'] }, build);
    }
    const marks = () => namesOn('a').filter((other) => other !== name);
    t.match(marks(), [/^kube-windtunnel\.local\/build\/[\da-f]{16}:1234$/]);
    t.equal(marks().length, 1);
    writeFileSync(standIns.file('build'), '5678');
    writeFileSync(standIns.file('full'), '');
    await t.rejects(ensureBuild('lab/x:1'), { message: /no space left/ });
    t.same(marks(), [], 'nobody knows what a load that failed left');
    rmSync(standIns.file('full'));
    writeFileSync(standIns.file('build'), '1234');
    t.match(await ensureBuild('lab/x:1'), { loaded: ['a', 'b'] });
    t.match(await ensure('lab/x:1'), { present: ['a', 'b'] }, 'others go by the name');
  },
);

t.test('a build that only nodes have is taken from there', async (t) => {
  const { ensureBuild } = nodes(t, [], { a: 'docker.io/lab/x:1\n' });
  t.match(await ensureBuild('lab/x:1'), { present: ['a'], loaded: [], missing: [] });
});

t.test('what neither has is left to the kubelet, and told', async (t) => {
  const { ensure, standIns } = nodes(t, [], { a: ON_NODE, b: ON_NODE });
  t.match(await ensure('lab/none:1'), {
    loaded: [],
    missing: ['a', 'b'],
    notes: ['lab/none:1 is neither on a, b nor in the Docker daemon: the kubelet pulls it'],
  });
  t.notOk(standIns.calls('docker').some(({ words }) => words.includes('pull')));
});

t.test(
  'a daemon that is away, a save and an import that fail are failures with the words of the command',
  async (t) => {
    const cases = [
      ['down', /docker image inspect .*\nCannot connect/],
      ['broken', /docker save lab\/x:1: exit 1\nno space left/],
      ['full', /docker exec .*import -: exit 1\nctr: no space left on device/],
    ] as const;
    for (const [how, message] of cases)
      await t.test(how, async (t) => {
        const { ensure, standIns } = nodes(t, ['lab/x:1'], { a: ON_NODE });
        writeFileSync(standIns.file(how), '');
        await t.rejects(ensure('lab/x:1'), { name: 'Failure', message });
      });
  },
);

t.test('a run that is over is no failure of the image: what ended it is told', async (t) => {
  for (const asked of ['ls --quiet', 'image inspect'])
    await t.test(asked, async (t) => {
      const { ensure, standIns } = nodes(t, ['lab/x:1'], { a: ON_NODE });
      const aborting = new AbortController();
      writeFileSync(standIns.file('slow'), asked);
      const ensuring = ensure('lab/x:1', aborting.signal);
      const isAsked = () => standIns.calls('docker').some(({ text }) => text.includes(asked));
      while (!isAsked()) await new Promise((resolve) => setTimeout(resolve, 10));
      aborting.abort(new Error('interrupted'));
      await t.rejects(ensuring, { message: 'interrupted' });
    });
});
