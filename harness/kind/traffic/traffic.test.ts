/** Flows between hosts, on a Docker daemon of the test's own. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import t from 'tap';
import { SECOND } from '../../../src/base/instant.js';
import { ExitCode } from '../../../src/verdict/merge.js';
import { Daemon, FROM_W1, IMAGE, WITHIN } from './flow-stand-in.js';

t.test('a flow is a server and a client in the networks of its ends, marked, and taken away at the end', async (t) => {
  const daemon = new Daemon();
  const traffic = daemon.traffic();
  const text = "backup: 50 Mbps of 50 Mbps from w1 to outside, by w1's eth0 as /proc/net/dev counts it";
  t.same(await traffic.start(FROM_W1, WITHIN), { ok: true, text });
  const [server = '', client = ''] = daemon.matching(/^run --detach/);
  t.match(
    server,
    /--network container:f00d --label kube-windtunnel\.label=mark .*--server --one-off --bind 172\.30\.0\.9 --port 27000/,
  );
  t.match(
    client,
    /--network container:lab-worker --label kube-windtunnel\.label=mark .*--client 172\.30\.0\.9 --port 27000 .*--udp/,
  );
  t.equal(daemon.alive.size, 2);
  await traffic.close();
  t.equal(daemon.alive.size, 0);
  t.match(await traffic.start(FROM_W1, WITHIN), { ok: false, error: 'backup: the testbed was closed' });
});

t.test('two flows at once are started one after the other, on ports of their own', async (t) => {
  const daemon = new Daemon();
  const traffic = daemon.traffic();
  const answers = await Promise.all([
    traffic.start(FROM_W1, WITHIN),
    traffic.start({ ...FROM_W1, name: 'second' }, WITHIN),
  ]);
  t.ok(
    answers.every(({ ok }) => ok),
    JSON.stringify(answers),
  );
  t.same([...daemon.servers.values()], [27000, 27001]);
  await traffic.close();
});

t.test('a port that somebody has is passed over, one that somebody takes meanwhile is left', async (t) => {
  const daemon = new Daemon();
  daemon.taken = [27000, 27001];
  daemon.collide = 1;
  const traffic = daemon.traffic();
  t.equal((await traffic.start(FROM_W1, WITHIN)).ok, true);
  t.same([...daemon.servers.values()], [27003]);
  daemon.collide = 9;
  t.match(await traffic.start(FROM_W1, WITHIN), {
    ok: false,
    error: /the server on outside: unable to start listener.*in use$/,
  });
  await traffic.close();
  t.equal(daemon.alive.size, 0);
});

t.test('ends that there are not, or that nothing counts, are told', async (t) => {
  const traffic = new Daemon().traffic();
  const start = (part: object) => traffic.start({ ...FROM_W1, ...part }, WITHIN);
  t.match(await start({ to: { kind: 'gateway' } }), {
    ok: false,
    error: 'backup: no host gateway beside this cluster',
  });
  t.match(await start({ from: { kind: 'node', node: 'x' } }), { ok: false, error: /no node x/ });
  t.match(await start({ to: FROM_W1.from }), { ok: false, error: /both ends are on w1/ });
  t.match(await start({ from: { kind: 'pod', pod: 'p', namespace: 'n' } }), { ok: false, error: /in pod n\/p/ });
});

t.test(
  'an image that a node has goes into the daemon; else it is pulled, and where that fails there is a hint',
  async (t) => {
    const daemon = new Daemon();
    daemon.inDaemon = false;
    daemon.onNode = `docker.io/library/busybox:1\ndocker.io/${IMAGE}\n`;
    await daemon.traffic().prepare();
    t.match(daemon.matching(/images export/), [/ docker\.io\/my\/iperf3:1$/]);
    t.equal(daemon.matching(/^pull/).length, 0);
    daemon.onNode = '';
    const told = {
      exitCode: ExitCode.infraError,
      message: /^docker pull --quiet my\/iperf3:1: exit 1\n/,
      hint: /--image-map/,
    };
    await t.rejects(daemon.traffic().prepare(), told);
    t.match(await daemon.traffic().start(FROM_W1, WITHIN), { ok: false, error: /^backup: docker pull/ });
    daemon.pulls = true;
    await daemon.traffic().prepare();
  },
);

t.test('an image of a node is called as the daemon calls it, and its archive goes on both sides', async (t) => {
  const daemon = new Daemon();
  daemon.inDaemon = false;
  daemon.onNode = `docker.io/${IMAGE}\n`;
  daemon.loaded = `Loaded image ID: sha256:${'5'.repeat(64)}`;
  const traffic = daemon.traffic();
  t.match(await traffic.start(FROM_W1, WITHIN), { ok: true });
  const runs = daemon.matching(/^run /);
  t.equal(runs.length, 3);
  for (const run of runs) t.match(run, / --entrypoint iperf3 sha256:5{64} /);
  const [exported = ''] = daemon.matching(/images export/);
  const [, node = '', there = ''] = /^exec (\S+) .* export (\/var\/\S+\.tar) /.exec(exported) ?? [];
  const [copied = ''] = daemon.matching(/^cp /);
  const [, here = ''] = copied.split(`cp ${node}:${there} `);
  t.equal(daemon.matching(/^load /)[0], `load --quiet --input ${here}`);
  t.same(daemon.matching(/ rm -f /), [`exec ${node} rm -f ${there}`]);
  t.notOk(existsSync(dirname(here)));
  await traffic.close();
});

t.test('a container that was made though its start failed is taken away', async (t) => {
  const daemon = new Daemon();
  daemon.startFails = true;
  t.match(await daemon.traffic().start(FROM_W1, WITHIN), { ok: false, error: /^backup: docker run --detach/ });
  t.equal(daemon.matching(/^run --detach/).length, 1);
  t.equal(daemon.alive.size, 0);
});

t.test('what could not be taken away at once is taken away at the end, or told', async (t) => {
  const cases = [
    ['a server whose start failed', { startFails: true, stuck: 1 }],
    ['a server that does not listen', { deaf: true, stuck: 1 }],
    ['a server whose client does not start, and is not taken away either', { clientFails: true, stuck: 2 }],
  ] as const;
  for (const [what, change] of cases)
    await t.test(what, async (t) => {
      const daemon = Object.assign(new Daemon(), change);
      const traffic = daemon.traffic();
      t.equal((await traffic.start(FROM_W1, WITHIN)).ok, false);
      t.equal(daemon.alive.size, 1);
      await traffic.close();
      t.equal(daemon.alive.size, 0);
      const other = Object.assign(new Daemon(), change, { stuck: 1000 }).traffic();
      await other.start(FROM_W1, WITHIN);
      await t.rejects(other.close(), { message: /^docker rm --force --volumes windtunnel-flow-/ });
    });
});

t.test('a flow has the time that its step has', async (t) => {
  const daemon = new Daemon();
  const traffic = daemon.traffic();
  const told = { ok: false, error: 'backup: its time was over before it was seen to run as asked' };
  t.same(await traffic.start(FROM_W1, 3 * SECOND), told);
  t.equal(daemon.nowMs, 3000);
  t.equal(daemon.alive.size, 0);
});

t.test('a size with a duration has run for a while when it is confirmed, and the rest is less', async (t) => {
  const daemon = new Daemon();
  const timers = t.capture(globalThis, 'setTimeout', () => ({ unref: () => {} }) as never);
  const traffic = daemon.traffic();
  t.equal((await traffic.start({ ...FROM_W1, sizeBytes: 1e12, duration: 60 * SECOND }, WITHIN)).ok, true);
  t.same(
    timers().map(({ args }) => args[1]),
    [55_000],
    'a second to settle and four to look',
  );
  await traffic.close();
});

t.test('an abort is heard in a sleep, and nothing is left', async (t) => {
  const daemon = new Daemon();
  const aborting = new AbortController();
  const sleep = (_: number, signal?: AbortSignal) =>
    new Promise<void>((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
      setImmediate(() => aborting.abort(new Error('interrupted')));
    });
  const traffic = daemon.traffic({ signal: aborting.signal, time: { now: () => 0, sleep } });
  t.same(await traffic.start(FROM_W1, WITHIN), { ok: false, error: 'backup: interrupted' });
  await traffic.close();
  t.equal(daemon.alive.size, 0);
});

t.test('a pull hears an abort', async (t) => {
  const daemon = new Daemon();
  daemon.inDaemon = false;
  daemon.pullHangs = true;
  const aborting = new AbortController();
  const prepared = daemon.traffic({ signal: aborting.signal }).prepare();
  setImmediate(() => aborting.abort(new Error('interrupted')));
  await t.rejects(prepared, { message: 'interrupted' });
});
