/** No more is under way than the window, whatever is sent, and everything arrives in order. */
import { PassThrough } from 'node:stream';
import t from 'tap';
import { Flow } from './flow.js';

t.test('what is beyond the window waits until the other end has read', async (t) => {
  const stream = new PassThrough();
  const flow = new Flow(stream, 10);
  const read = () => (stream.read() as Buffer | null)?.toString() ?? '';
  flow.send('0123456');
  flow.send('789abcdefghijklmnopqrstuvwxyz');
  t.equal(read(), '0123456789');
  t.equal(read(), '', 'the window is full');
  flow.taken(4);
  t.equal(read(), 'abcd');
  flow.taken(10);
  t.equal(read(), 'efghijklmn');
  flow.taken(10);
  flow.taken(10);
  t.equal(read(), 'opqrstuvwxyz');
});

t.test('without a window the stream sees to it', async (t) => {
  const stream = new PassThrough();
  const text = 'x'.repeat(100_000);
  new Flow(stream, Number.POSITIVE_INFINITY).send(text);
  let seen = '';
  for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) seen += chunk;
  t.equal(seen, text);
});
