/**
 * User-mode Linux as a kernel: the package user-mode-linux, this machine's files as its root, the agent as its first process. Needs no
 * rights. The first console is the kernel's, the second one carries the agent's line; when that ends, the guest powers off.
 */
import { mkdirSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { makeFolder } from '../files/make-folder.js';
import { cacheFolder, enter, forget, guestFolder } from '../journal/journal.js';
import { endLabelled, LABEL } from '../journal/processes.js';
import { agentProgram } from './agent-program.js';
import { type Kernel, MODULES } from './kernel.js';
import { AgentLine } from './line.js';
import { loadOrder } from './modules.js';
import { findUmlPackage, UML_HINT } from './uml-package.js';

const BOOT_MAX_MS = 20_000;
const END_MAX_MS = 3_000;
const CONSOLE_KEPT = 16_000;
const END_TOLD_MS = 500;
/** What the agent's `windowed` goes by too. */
const CONSOLE_WINDOW = 3000;

export interface BootOptions {
  /** The folder that holds the package: `/`, unless WINDTUNNEL_UML names another. */
  readonly root?: string;
  /** The program that becomes the guest's first process; built where it is not given. */
  readonly agent?: string;
  readonly bootMaxMs?: number;
  /** Of the kernel, beyond its own: a device of a wire. */
  readonly kernelArguments?: readonly string[];
  /** Modules beyond {@link MODULES}. */
  readonly modules?: readonly string[];
}

function argumentsOf(agent: string, label: string, further: readonly string[]): string[] {
  const kernel = ['mem=512M', 'rootfstype=hostfs', 'rootflags=/', 'ro', 'quiet', 'loglevel=1'];
  const consoles = ['con=null', 'con0=null,fd:1', 'con1=fd:3,fd:4'];
  const own = `uml_dir=${guestFolder(label)}/`;
  return [...kernel, ...consoles, ...further, own, `${LABEL}=${label}`, `init=${agent}`, 'init'];
}

/** A guest that runs, whether or not it has booted. */
interface Running {
  readonly line: AgentLine;
  /** How it ended, in words. */
  readonly ended: Promise<string>;
  console(): string;
  close(): Promise<void>;
  /** Ends what is left of it, at once. */
  kill(): void;
}

function start(program: string, agent: string, further: readonly string[]): Running {
  const entry = enter({ kind: 'guest' });
  makeFolder(guestFolder(entry.label));
  let said = '';
  const guest = execa(program, argumentsOf(agent, entry.label, further), {
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
  // Not the promise of execa, which waits for the pipes too: the kernel's further processes hold them when the first has died.
  const ended = new Promise<string>((resolve) => {
    const end = (how: string) => {
      endLabelled(entry.label);
      line.break(how);
      resolve(how);
    };
    guest.once('exit', (code, signal) => end(`the guest ended (${signal ?? code})`));
    guest.once('error', (error) => end(error.message));
  });
  const kill = () => {
    endLabelled(entry.label);
    forget(entry);
  };
  const close = async () => {
    line.tell({ do: 'end', id: 0 });
    const timer = setTimeout(() => void endLabelled(entry.label), END_MAX_MS);
    await ended;
    clearTimeout(timer);
    kill();
  };
  return { line, ended, console: () => said, close, kill };
}

/** Boots a guest and waits for its agent. Throws a {@link Failure} with the console's last words where it does not come. */
export async function bootGuest(options: BootOptions = {}): Promise<Kernel> {
  mkdirSync(cacheFolder(), { recursive: true });
  const found = findUmlPackage(options.root);
  const { bootMaxMs = BOOT_MAX_MS, kernelArguments = [], modules = [] } = options;
  const { paths, missing } = loadOrder(found.modules, [...MODULES, ...modules]);
  if (missing.length > 0)
    throw new Failure(ExitCode.infraError, `Linux ${found.release} has no module ${missing.join(', ')}`, UML_HINT);
  const agent = options.agent ?? (await agentProgram());
  const guest = start(found.program, agent, kernelArguments);
  const { line } = guest;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    line.break(`the guest did not boot within ${bootMaxMs / 1000} s`);
  }, bootMaxMs);
  try {
    await line.ready();
    await line.ask({ do: 'load', paths });
    const release = await line.ask<string>({ do: 'read', path: '/proc/sys/kernel/osrelease' });
    return { release: release.trim(), driver: 'user-mode Linux', line, console: guest.console, close: guest.close };
  } catch (error) {
    const told = error instanceof Error ? error.message.replace(/, while.*/, '') : String(error);
    // A guest that has ended closes its line first.
    const waited = new Promise<string>((resolve) => setTimeout(() => resolve(told), END_TOLD_MS).unref());
    const reason = late ? told : await Promise.race([guest.ended, waited]);
    guest.kill();
    const said = guest.console();
    const words = said === '' ? '' : `; its console:\n${said.slice(-1000)}`;
    throw new Failure(ExitCode.infraError, `${reason}${words}`, UML_HINT);
  } finally {
    clearTimeout(timer);
  }
}
