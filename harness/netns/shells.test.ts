/** Who connects names a host first, and then types into a terminal there. The agent is played by a script of answers. */
import { statSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { PassThrough } from 'node:stream';
import t from 'tap';
import { AgentLine } from './line.js';
import { serveShells } from './shells.js';

/** An agent whose terminals answer in capitals, and end at `exit`. */
function agent() {
  const [requests, answers] = [new PassThrough(), new PassThrough()];
  const asked: Record<string, unknown>[] = [];
  const say = (words: object) => answers.write(`${JSON.stringify(words)}\n`);
  requests.on('data', (chunk: Buffer) => {
    for (const text of chunk.toString().trim().split('\n')) {
      const request = JSON.parse(text);
      asked.push(request);
      if (request.do !== 'input') {
        setTimeout(() => say({ id: request.id }), 20);
        continue;
      }
      const keys = Buffer.from(request.text, 'base64').toString();
      const line = Buffer.from(keys.toUpperCase()).toString('base64');
      say({ event: 'output', number: request.number, at: 0, line });
      if (keys.includes('exit')) say({ event: 'exited', number: request.number, at: 0 });
    }
  });
  return { line: new AgentLine(requests, answers), asked };
}

/** One piece after the other, as somebody types. */
async function talk(path: string, ...words: readonly string[]): Promise<string> {
  const socket = connect(path);
  for (const piece of words) {
    socket.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  let heard = '';
  for await (const chunk of socket) heard += chunk;
  return heard;
}

t.test('a shell in the namespace of the host that was named, for this user alone', async (t) => {
  const { line, asked } = agent();
  const shells = await serveShells(new Map([['worker-1', { options: { line, ns: 'ns-1' } }]]));
  t.teardown(() => shells.close());
  t.equal(statSync(dirname(shells.path)).mode & 0o777, 0o700);
  t.equal(await talk(shells.path, 'work', 'er-1\none ', 'two ', 'three\n', 'exit\n'), '\nONE TWO THREE\nEXIT\n');
  t.match(asked[0], { do: 'terminal', ns: 'ns-1' });
  t.equal(await talk(shells.path, 'worker-9\n'), 'no host worker-9; there are worker-1\n');
  t.match(await talk(shells.path, 'x'.repeat(300)), /no host/, 'endless names are cut short');
});
