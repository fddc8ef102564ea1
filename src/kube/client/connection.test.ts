/** client-go over modelled hosts: what a program sees of dials, time-outs, lost connections and wrong servers. */
import t from 'tap';
import { MINUTE, SECOND } from '../../base/instant.js';
import { formatIpv4, type Ipv4, ipv4, prefix } from '../../base/ip.js';
import { bind, CP, type Lab, makeLab, unbind, W1 } from '../../sim/lab.js';
import type { KubeNode } from '../api/objects.js';
import { Registry } from '../api/registry.js';
import { API_PORT, ApiServer } from '../api/server.js';
import { ObjectStore } from '../api/store.js';
import { KubeletServer } from '../kubelet/server.js';
import { timingsOf } from '../timings.js';
import { traitsOf } from '../versions.js';
import { ApiClient } from './client.js';
import { Informer } from './informer.js';

const timings = timingsOf({ scale: 1 }, traitsOf('1.34.2'));
const GET = { verb: 'get', kind: 'Node', name: 'w1' } as const;
const node = (name: string) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {}, status: {} });

interface Bench extends Lab {
  readonly server: ApiServer;
  readonly registry: Registry;
  readonly client: ApiClient;
  run(micros: number): void;
  /** What came of a request, and how long it took. */
  ask(timeout?: number): { text: string; took: number };
}

function bench(target: Ipv4 = CP, port = API_PORT): Bench {
  const lab = makeLab();
  const registry = new Registry({
    store: new ObjectStore(() => lab.cp.now()),
    version: '1.34.2',
    serviceSubnet: prefix('10.96.0.0/16'),
    admission: { plugins: [], externalIPsDeprecated: false },
    random: lab.cp.random('apiserver'),
    now: () => lab.cp.now(),
  });
  registry.create(node('w1'));
  const identity = { host: 'cp', process: 'kube-apiserver', authority: 'kubernetes', names: [formatIpv4(CP)] };
  const server = new ApiServer({ host: lab.cp, registry, identity, timings });
  server.start();
  const client = new ApiClient({
    host: lab.w1,
    process: 'kubelet',
    ip: target,
    port,
    authority: 'kubernetes',
    timings,
  });
  const run = (micros: number) => lab.world.queue.runUntil(lab.world.queue.now() + micros);
  const ask = (timeout?: number) => {
    const from = lab.world.queue.now();
    let answer: { text: string; took: number } | undefined;
    client.request(GET, timeout, (result) => {
      answer = { text: result.ok ? 'ok' : result.error, took: lab.world.queue.now() - from };
    });
    run(3 * MINUTE);
    return answer ?? { text: 'nothing', took: 0 };
  };
  return { ...lab, server, registry, client, run, ask };
}

const URL = 'Get "https://10.9.0.2:6443/api/v1/nodes/w1?resourceVersion=0';

t.test('an answer comes over a connection that lasts, kept alive by pings', async (t) => {
  const { ask, run, client } = bench();
  t.equal(ask().text, 'ok');
  run(10 * MINUTE);
  t.equal(client.transport.connected, true);
  t.ok(ask().took < 1000, 'no new handshake');
});

t.test('a refused dial says so at once', async (t) => {
  const { server, ask } = bench();
  server.kill();
  const { text, took } = ask();
  t.equal(text, `${URL}": dial tcp 10.9.0.2:6443: connect: connection refused`);
  t.ok(took < 1000);
});

t.test('a server that has become deaf is found after 45 s, a request with a time-out after that', async (t) => {
  const { cp, ask, client, run } = bench();
  ask();
  run(20 * SECOND);
  bind(cp, W1);
  const timed = ask(10 * SECOND);
  t.match(timed.text, /context deadline exceeded|Client\.Timeout exceeded while awaiting headers/);
  t.equal(timed.took, 10 * SECOND);
  t.equal(client.transport.connected, false, 'the ping found it');
});

t.test('without a time-out the loss of the connection ends the request', async (t) => {
  const { cp, ask } = bench();
  ask();
  bind(cp, W1);
  const { text, took } = ask();
  t.match(text, /http2: client connection lost$/);
  t.ok(took > 15 * SECOND && took <= 45 * SECOND, `${took}`);
});

t.test('a dial that nobody answers ends after 30 s, or earlier with no route to host', async (t) => {
  const { cp, ask } = bench();
  bind(cp, W1);
  const seen = new Set<string>();
  for (let i = 0; i < 3; i++) seen.add(ask().text.replace(/^.*": /, ''));
  for (const text of seen) {
    t.ok(
      ['dial tcp 10.9.0.2:6443: i/o timeout', 'dial tcp 10.9.0.2:6443: connect: no route to host'].includes(text),
      text,
    );
  }
});

t.test('each request without a connection dials for itself, and the first to come up serves all', async (t) => {
  const { cp, client, run, w1 } = bench();
  client.request(GET, undefined, () => {});
  run(SECOND);
  client.closeAll();
  bind(cp, W1);
  const done: number[] = [];
  for (let i = 0; i < 4; i++) {
    client.request(GET, undefined, ({ ok }) => {
      if (ok) done.push(w1.now());
    });
    run(2 * SECOND);
  }
  const healed = w1.now();
  unbind(cp, W1);
  run(10 * SECOND);
  t.equal(done.length, 4);
  t.equal(new Set(done).size, 1);
  t.ok((done[0] ?? 0) - healed < 4 * SECOND);
});

t.test('a server with a certificate of its own is not trusted, and one without TLS is not understood', async (t) => {
  const other = bench(W1, 10_250);
  const names = ['w1', formatIpv4(W1)];
  new KubeletServer(other.w1, { host: 'w1', process: 'kubelet', authority: 'w1-ca@1', names }).start();
  t.match(other.ask().text, /tls: failed to verify certificate: x509: certificate signed by unknown authority$/);
  const plain = bench(W1, 80);
  plain.w1.listen(null, 80, 'httpd', (socket) => socket.send('HTTP/1.1 400 Bad Request', 100));
  t.match(plain.ask().text, /tls: first record does not look like a TLS handshake$/);
});

t.test('a name that the certificate lacks is an x509 error', async (t) => {
  const { ask, outer, cp } = bench(ipv4('10.9.0.9'));
  cp.addAddress('eth0', { address: ipv4('10.9.0.9'), length: 24 });
  t.ok(outer);
  t.match(ask().text, /x509: certificate is valid for 10\.9\.0\.2, not 10\.9\.0\.9$/);
});

t.test('an informer catches up with what it missed while the server was away', async (t) => {
  const { client, registry, server, w1, run } = bench();
  const said: string[] = [];
  const informer = new Informer<KubeNode>({
    host: w1,
    client,
    kind: 'Node',
    timings,
    random: w1.random('test'),
    log: (_level, _what, error) => said.push(error),
  });
  const seen: string[] = [];
  informer.on({
    added: ({ metadata }) => seen.push(`+${metadata.name}`),
    deleted: ({ metadata }) => seen.push(`-${metadata.name}`),
  });
  informer.start();
  run(SECOND);
  t.equal(informer.synced, true);
  server.kill();
  registry.create(node('w2'));
  registry.delete({ apiVersion: 'v1', kind: 'Node', name: 'w1' });
  run(5 * SECOND);
  t.same(seen, ['+w1']);
  server.start();
  run(MINUTE);
  t.same(seen, ['+w1', '+w2', '-w1']);
  t.same(said, [], 'a refused watch is tried again without a word');
});

t.test('a watch that comes back after the window lists anew', async (t) => {
  const { client, registry, server, w1, run } = bench();
  const informer = new Informer<KubeNode>({ host: w1, client, kind: 'Node', timings, random: w1.random('test') });
  informer.start();
  run(SECOND);
  server.kill();
  registry.delete({ apiVersion: 'v1', kind: 'Node', name: 'w1' });
  for (let i = 0; i < 300; i++) {
    registry.create(node(`n${i}`));
    run(SECOND);
    registry.delete({ apiVersion: 'v1', kind: 'Node', name: `n${i}` });
  }
  registry.create(node('last'));
  server.start();
  run(2 * MINUTE);
  t.same([...informer.items.keys()], ['last']);
});
