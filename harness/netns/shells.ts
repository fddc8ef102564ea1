/**
 * Shells in the hosts of a kernel for people who look: a Unix socket of the user's own, where each connection names a host and then
 * is a terminal there. The client is `windtunnel shell`. Knows nothing of runs and cases.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Shells } from '../../src/ports/testbed.js';
import type { AgentEvent, AgentLine } from './line.js';

const SHELL = ['bash', '--norc', '-i'];
const GREETING_MAX = 256;

/** Where a shell is opened: a namespace behind an agent. */
export interface Place {
  readonly line: AgentLine;
  readonly ns: string;
}

/** By the hosts' names. Only this user can connect. */
export async function serveShells(hosts: ReadonlyMap<string, { readonly options: Place }>): Promise<Shells> {
  const folder = mkdtempSync(join(tmpdir(), 'windtunnel-shell-'));
  chmodSync(folder, 0o700);
  const path = join(folder, 'hosts');
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    greet(socket, hosts);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  const close = () => {
    for (const socket of open) socket.destroy();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { path, hosts: [...hosts.keys()], close };
}

/** The first line is the host's name; the first line back is empty, or why there is no shell. */
function greet(socket: Socket, hosts: ReadonlyMap<string, { readonly options: Place }>): void {
  let said = Buffer.alloc(0);
  const hear = (chunk: Buffer) => {
    said = Buffer.concat([said, chunk]);
    const end = said.indexOf('\n');
    if (end < 0 && said.length < GREETING_MAX) return;
    socket.pause();
    socket.off('data', hear);
    const name = said.subarray(0, Math.max(end, 0)).toString();
    const place = hosts.get(name)?.options;
    if (!place) socket.end(`no host ${name}; there are ${[...hosts.keys()].join(', ')}\n`);
    else attach(socket, place, said.subarray(end + 1));
  };
  socket.on('data', hear);
}

function attach(socket: Socket, { line, ns }: Place, early: Buffer): void {
  const number = line.number((event: AgentEvent) => {
    if (event.event === 'output') socket.write(Buffer.from(event.line ?? '', 'base64'));
    else if (event.event === 'exited') socket.end();
  });
  // Told, not asked: what is told stays in order.
  const type = (keys: Buffer) => line.tell({ do: 'input', number, text: keys.toString('base64') });
  const opened = line.ask({ do: 'terminal', ns, number, argv: SHELL });
  socket.on('close', () => {
    line.forget(number);
    opened.then(() => line.ask({ do: 'kill', number })).catch(() => {});
  });
  opened
    .then(() => {
      socket.write('\n');
      if (early.length > 0) type(early);
      socket.on('data', type);
      socket.resume();
    })
    .catch((error: Error) => socket.end(`${error.message}\n`));
}
