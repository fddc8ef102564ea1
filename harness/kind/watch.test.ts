/** What a watch tells of streams as an API server sent them (recorded/watch-*.txt): whole, cut off, refused, and from too old a version. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mock } from 'node:test';
import t from 'tap';
import type { KubeObject } from '../../src/scenario/model.js';
import type { AgentError } from '../netns/line.js';
import { packageRoot } from '../package.js';
import type { ApiResponse } from './api-request.js';
import { eventOf, FIRST, listOf, object, There } from './watch-fixture.js';

const recorded = (name: string) =>
  readFileSync(join(packageRoot, `harness/kind/recorded/${name}.txt`), 'utf8')
    .trimEnd()
    .split('\n');
/** A node's Ready becomes Unknown and, 300 ms later, True; two bookmarks follow, and the server's time of 70 s is over. */
const NODES = recorded('watch-nodes');
/** In a stream that is open, an error of code 410. */
const EXPIRED = recorded('watch-expired');
/** 401 and a Status. */
const REFUSED = recorded('watch-refused');
const OPEN = NODES.slice(
  0,
  NODES.findIndex((line) => line.startsWith('{')),
);
const EVENTS = NODES.slice(OPEN.length);
const NO_SERVER = "curl: (7) Failed to connect to 127.0.0.1 port 6443 after 0 ms: Couldn't connect to server";

t.beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'] }));
t.afterEach(() => mock.timers.reset());

t.test('a stream is told change by change, and goes on from its bookmark when the server ends it', async (t) => {
  const there = new There();
  const [before] = EVENTS.map((line) => JSON.parse(line).object as KubeObject);
  there.list = async () => listOf(FIRST, object('worker', FIRST, String(before?.metadata.uid)));
  await there.watch.start();
  t.same(there.from, [FIRST], 'from the version of the list');
  t.same(there.watch.opened.isOpen, false);
  there.print(...OPEN);
  t.same(there.watch.opened.isOpen, true, 'as soon as the headers are there');
  t.same(there.told, [], 'what was there is no news');
  there.print(...EVENTS);
  const versions = EVENTS.map((line) => String(JSON.parse(line).object.metadata.resourceVersion));
  const [unknown, ready, , bookmark] = versions;
  t.same(there.words, [`MODIFIED worker ${FIRST} ${unknown}`, `MODIFIED worker ${unknown} ${ready}`]);
  t.match(there.told, [{ object: { kind: 'Node', status: {} } }, { previous: { kind: 'Node', status: {} } }]);
  await there.exit(50);
  t.same(there.from, [FIRST, bookmark]);
  t.equal(there.lists, 1);
});

t.test('curl gives what it hears at once, headers too, and refusals in one line', async (t) => {
  const there = new There();
  await there.watch.start();
  const [{ argv } = { argv: [] }] = there.asked;
  const words = argv as string[];
  t.ok(words.includes('--no-buffer'));
  t.equal(words[words.indexOf('--dump-header') + 1], '-', 'headers of --include wait for the first event');
  const { pathname, searchParams } = new URL(words.at(-1) ?? '');
  t.equal(pathname, '/api/v1/nodes');
  const { timeoutSeconds, ...query } = Object.fromEntries(searchParams);
  t.same(query, { watch: '1', allowWatchBookmarks: 'true', pretty: 'false', resourceVersion: FIRST });
  t.ok(Number(timeoutSeconds) < Number(words[words.indexOf('--max-time') + 1]), 'it is the server that ends a stream');
});

t.test('what is made and deleted between two moments is told, and a change that is heard again is not', async (t) => {
  const there = new There();
  await there.watch.start();
  there.print(...OPEN, eventOf('ADDED', object('brief', '70')), eventOf('DELETED', object('brief', '71', 'brief')));
  there.print(eventOf('ADDED', object('worker', FIRST)), eventOf('DELETED', object('nobody', '72')));
  t.same(there.words, ['ADDED brief 70', 'DELETED brief 70 71']);
});

t.test('a line that is cut off is asked for again, and nothing after it is taken before', async (t) => {
  const there = new There();
  await there.watch.start();
  const lines = ['70', '71', '72'].map((version) => eventOf('MODIFIED', object('worker', version)));
  const [first = '', second = '', third = ''] = lines;
  there.print(...OPEN, first, `${second.slice(0, 40)}curl: (18) transfer closed`, third);
  t.same(there.words, ['MODIFIED worker 69 70']);
  await there.pass(0);
  t.same(there.killed, [1]);
  await there.exit(50);
  t.same(there.from, ['69', '70']);
  there.print(second, third);
  t.same(there.words, ['MODIFIED worker 69 70', 'MODIFIED worker 70 71', 'MODIFIED worker 71 72']);
});

const TOO_OLD = JSON.stringify({ kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' });
const LOST = JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 500, message: 'lost its place' } });
for (const [how, lines] of Object.entries({
  'an error in the stream': EXPIRED,
  'a body with code 410': ['HTTP/2 410', '', TOO_OLD],
  'a server that lost its place': [...OPEN, LOST],
})) {
  t.test(`after ${how} it lists anew and tells what differs`, async (t) => {
    const there = new There();
    there.list = async () => listOf('69', object('a', '1'), object('b', '2'), object('c', '3'), object('d', '4'));
    await there.watch.start();
    there.list = async () =>
      listOf('90', object('a', '1'), object('b', '80'), object('c', '81', 'c2'), object('e', '82'));
    there.print(...lines, eventOf('MODIFIED', object('a', '70')));
    await there.exit(50);
    const again = ['DELETED c 3 3', 'ADDED c 81'];
    t.same(there.words, ['MODIFIED b 2 80', ...again, 'ADDED e 82', 'DELETED d 4 4']);
    t.same(there.from, ['69', '90']);
  });
}

t.test('while it is refused it pauses longer and longer, from the same version, and no longer than 2 s', async (t) => {
  const there = new There();
  await there.watch.start();
  const refuse = async (lines: readonly string[], pauseMs: number) => {
    const started = there.from.length;
    there.print(...lines);
    await there.exit(pauseMs - 1);
    t.equal(there.from.length, started, `not within ${pauseMs} ms`);
    await there.pass(1);
    t.equal(there.from.length, started + 1, `after ${pauseMs} ms`);
  };
  await refuse(REFUSED, 50);
  t.same(there.watch.opened, { isOpen: false, lastSeen: '401 Unauthorized' });
  await refuse([NO_SERVER], 100);
  t.same(there.watch.opened, { isOpen: false, lastSeen: NO_SERVER });
  for (const pauseMs of [200, 400, 800, 1600, 2000, 2000]) await refuse([NO_SERVER], pauseMs);
  t.same(new Set(there.from), new Set(['69']));
  t.equal(there.lists, 1);
  await refuse(EXPIRED, 50);
  t.equal(there.lists, 2, 'a server that is back is asked at once what there is');
  await refuse(EXPIRED, 100);
  t.equal(there.lists, 3, 'but not again and again at once');
  await refuse([...OPEN, eventOf('ADDED', object('new', '91'))], 50);
});

t.test('a list that cannot be had is no empty cluster: rejected at first, asked for again later', async (t) => {
  const none = async () => ({ status: 200, body: { message: 'not JSON' } });
  const early = new There();
  early.list = none;
  await t.rejects(early.watch.start(), { message: 'list of nodes: 200 not JSON' });
  const there = new There();
  await there.watch.start();
  there.list = none;
  there.print(...EXPIRED);
  await there.exit(50);
  t.same(there.told, []);
  t.same(there.from, ['69']);
  there.list = async () => listOf('90');
  await there.pass(100);
  t.same(there.words, ['DELETED worker 69 69']);
  t.same(there.from, ['69', '90']);
});

t.test('an agent that does not start curl is asked again, one that is gone is not', async (t) => {
  const there = new There();
  there.answer = async () => {
    throw new Error('curl: no such file');
  };
  await there.watch.start();
  await there.pass(50);
  t.equal(there.from.length, 2);
  t.equal(there.watch.opened.lastSeen, 'curl: no such file');
  there.broken = new Error('gone') as AgentError;
  for (let i = 0; i < 5; i++) await there.pass(5000);
  t.equal(there.from.length, 3);
});

t.test('once it has ended curl is told to end, nothing is told, and nothing is started', async (t) => {
  const there = new There();
  let started = () => {};
  there.answer = ({ do: what }) =>
    what === 'start' ? new Promise<void>((done) => (started = done)) : Promise.resolve();
  await there.watch.start();
  const ended = there.watch.end();
  await there.pass(0);
  t.same(there.killed, [], 'what is not started yet cannot be ended');
  started();
  await ended;
  t.same(there.killed, [1]);
  there.print(...OPEN, eventOf('ADDED', object('late', '70')));
  await there.exit(10_000);
  t.same(there.told, []);
  t.equal(there.from.length, 1);
});

t.test('an end while it pauses or lists is the end', async (t) => {
  const there = new There();
  await there.watch.start();
  await there.exit(49);
  await there.watch.end();
  await there.pass(10_000);
  t.equal(there.from.length, 1);
  const listing = new There();
  await listing.watch.start();
  let listed = (_: ApiResponse) => {};
  listing.list = () => new Promise((done) => (listed = done));
  listing.print(...EXPIRED);
  await listing.exit(50);
  await listing.watch.end();
  listed(listOf('90'));
  await listing.pass(10_000);
  t.same(listing.told, []);
  t.equal(listing.from.length, 1);
});

t.test('a server that is not heard for ten seconds is told, a stream in which nothing happens is not', async (t) => {
  const there = new There();
  await there.watch.start();
  await there.pass(0);
  there.print('HTTP/1.1 200 OK');
  await there.pass(600_000);
  await there.exit(50);
  t.same(there.said, []);
  for (let i = 0; i < 8; i++) {
    there.print('curl: (7) Failed to connect');
    await there.exit(2000);
  }
  t.match(there.said, [/^no changes of nodes are heard for 10 s; last seen: curl: \(7\) Failed to connect$/]);
  t.equal(there.said.length, 1);
  await there.watch.end();
});
