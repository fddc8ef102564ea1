/**
 * User-mode Linux as a kernel: the package user-mode-linux, this machine's files as its root, the agent as its first process. Needs no
 * rights. The first console is the kernel's, the second one carries the agent's line; when that ends, the guest powers off.
 */
import { mkdirSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { cacheFolder, enter, strike } from '../journal/journal.js';
import { endLabelled, LABEL } from '../journal/processes.js';
import { agentProgram } from './agent-program.js';
import { type Kernel, MODULES } from './kernel.js';
import { AgentLine } from './line.js';
import { loadOrder } from './modules.js';
import { findUmlPackage, UML_HINT } from './uml-package.js';

const BOOT_MAX_MS = 20_000;
const END_MAX_MS = 3_000;
const CONSOLE_KEPT = 16_000;
/** What the agent's `windowed` goes by too. */
const CONSOLE_WINDOW = 3000;

function argumentsOf(agent: string, label: string): string[] {
  const kernel = ['mem=512M', 'rootfstype=hostfs', 'rootflags=/', 'ro', 'quiet', 'loglevel=1'];
  const consoles = ['con=null', 'con0=null,fd:1', 'con1=fd:3,fd:4'];
  return [...kernel, ...consoles, `${LABEL}=${label}`, `init=${agent}`, 'init'];
}

/** Boots a guest and waits for its agent. Throws a {@link Failure} with the console's last words where it does not come.
 * `root` is the folder that holds the package, `/` unless WINDTUNNEL_UML names another. */
export async function bootGuest(root?: string): Promise<Kernel> {
  mkdirSync(cacheFolder(), { recursive: true });
  const found = findUmlPackage(root);
  const { paths, missing } = loadOrder(found.modules, MODULES);
  if (missing.length > 0)
    throw new Failure(ExitCode.infraError, `Linux ${found.release} has no module ${missing.join(', ')}`, UML_HINT);
  const agent = await agentProgram();
  const entry = enter('guest');
  let said = '';
  const guest = execa(found.program, argumentsOf(agent, entry.label), {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    detached: true,
    buffer: false,
    reject: false,
    cleanup: false,
  });
  const hear = (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-CONSOLE_KEPT);
  };
  guest.stdout.on('data', hear);
  guest.stderr.on('data', hear);
  const line = new AgentLine(guest.stdio[3] as unknown as Writable, guest.stdio[4] as Readable, CONSOLE_WINDOW);
  const ended = guest.then(({ exitCode, signal, code }) => {
    const how = code === 'ENOENT' ? `there is no ${found.program}` : `the guest ended (${signal ?? exitCode ?? code})`;
    line.break(how);
  });
  const timer = setTimeout(() => line.break(`the guest did not boot within ${BOOT_MAX_MS / 1000} s`), BOOT_MAX_MS);
  const close = async () => {
    line.tell({ do: 'end', id: 0 });
    const kill = setTimeout(() => void endLabelled(entry.label), END_MAX_MS);
    await ended;
    clearTimeout(kill);
    // User-mode Linux has a process for each of its own; those of a guest that died are still there.
    endLabelled(entry.label);
    strike(entry);
  };
  try {
    await line.ready();
    await line.ask({ do: 'load', paths });
    const release = await line.ask<string>({ do: 'read', path: '/proc/sys/kernel/osrelease' });
    return { release: release.trim(), driver: 'user-mode Linux', line, console: () => said, close };
  } catch (error) {
    endLabelled(entry.label);
    strike(entry);
    const reason = error instanceof Error ? error.message.replace(/, while.*/, '') : String(error);
    throw new Failure(
      ExitCode.infraError,
      `${reason}${said === '' ? '' : `; its console:\n${said.slice(-1000)}`}`,
      UML_HINT,
    );
  } finally {
    clearTimeout(timer);
  }
}
