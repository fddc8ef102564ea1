/** Answers find their questions, events their listeners, and a broken line fails everything that is open. */
import { PassThrough } from 'node:stream';
import t from 'tap';
import { EventKind, EventQueue } from '../../src/base/event-queue.js';
import { MILLISECOND } from '../../src/base/instant.js';
import { AgentLine } from './line.js';
import { LinuxSocket, Mail } from './linux-socket.js';
import { WallLoop } from './wall-loop.js';

function agent() {
  const [out, back] = [new PassThrough(), new PassThrough()];
  const line = new AgentLine(out, back);
  const asked: Record<string, unknown>[] = [];
  out.on('data', (chunk: Buffer) => {
    for (const text of chunk.toString().trim().split('\n')) asked.push(JSON.parse(text));
  });
  const say = (words: object) => back.write(`${JSON.stringify(words)}\n`);
  return { line, asked, say, back };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

t.test('answers come in any order', async (t) => {
  const { line, say } = agent();
  const first = line.ask({ do: 'exec', argv: ['ip', 'addr'], ns: 'cp' });
  const second = line.ask({ do: 'time' });
  say({ id: 2, ok: 7 });
  say({ id: 1, error: 'no such program' });
  t.equal(await second, 7);
  await t.rejects(first, { message: 'ip addr (in cp): no such program' });
});

t.test('a line that breaks fails what is open and what comes', async (t) => {
  const { line, back } = agent();
  const open = line.ask({ do: 'exec', argv: ['sleep', '9'] });
  const ready = line.ready();
  back.end('Kernel panic - not syncing\n');
  await t.rejects(open, { message: 'the line to the agent is closed, while it was asked to sleep 9' });
  await t.rejects(ready);
  await t.rejects(line.ask({ do: 'time' }), { message: 'the line to the agent is closed' });
});

t.test('a message is handed over when its frame arrives, and nothing after an end', async (t) => {
  const { line, asked, say } = agent();
  const loop = new WallLoop(new EventQueue(0));
  const mail = new Mail();
  const socket = new LinuxSocket({ line, loop, mail }, line.number(), { ip: 1, port: 6443 });
  const seen: unknown[] = [];
  socket.handlers = { message: (m) => seen.push(m), closed: (why) => seen.push(why) };
  socket.send('early', 10);
  await turn();
  t.same(asked, [], 'nothing goes out before the connection stands');
  say({ event: 'established', number: socket.number, at: 1, local: '10.9.0.3:40000' });
  await turn();
  t.match(asked, [{ do: 'send', number: socket.number, bytes: 10 }]);
  t.same(socket.local, { ip: 0x0a090003, port: 40000 });
  say({ event: 'message', number: socket.number, at: 2, message: mail.post({ hello: true }) });
  say({ event: 'closed', number: socket.number, at: 3, why: 'ECONNRESET' });
  say({ event: 'closed', number: socket.number, at: 4, why: 'eof' });
  await turn();
  t.same(seen, [{ hello: true }, 'ECONNRESET']);
  loop.stop();
});

t.test('events run in their time, and a stopped loop wakes its sleepers with the reason', async (t) => {
  const queue = new EventQueue(0);
  const loop = new WallLoop(queue);
  const ran: string[] = [];
  loop.enter(() => {
    queue.after(20 * MILLISECOND, EventKind.program, 0, () => ran.push('second'));
    queue.after(5 * MILLISECOND, EventKind.program, 0, () => ran.push('first'));
  });
  await loop.sleepUntil(loop.now() + 40 * MILLISECOND);
  t.same(ran, ['first', 'second']);
  const asleep = loop.sleepUntil(loop.now() + 3_600_000 * MILLISECOND);
  loop.stop(new Error('ip -batch failed'));
  await t.rejects(asleep, { message: 'ip -batch failed' });
  t.equal(
    loop.enter(() => 1),
    undefined,
  );
});

t.test('who rejects the breath ends what is under way; a testbed that is closed does not', async (t) => {
  const loop = new WallLoop(new EventQueue(0));
  let isOver = false;
  loop.watch(async () => {
    if (isOver) throw new Error('SIGINT');
  });
  const asleep = loop.sleepUntil(loop.now() + 3_600_000 * MILLISECOND);
  isOver = true;
  await t.rejects(asleep, { message: 'SIGINT' });
  t.match(loop.over, { aborted: true, reason: { message: 'SIGINT' } });
  const closed = new WallLoop(new EventQueue(0));
  closed.watch(async () => {});
  closed.stop();
  t.equal(closed.over.aborted, false);
});
