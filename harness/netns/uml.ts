/**
 * User-mode Linux as a kernel: the package user-mode-linux, this machine's files as its root, the agent as its first process. Needs no
 * rights. The first console is the kernel's, the second one carries the agent's line; when that ends, the guest powers off.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { cacheFolder, enter, strike } from '../journal/journal.js';
import { endLabelled, LABEL } from '../journal/processes.js';
import { agentProgram } from './agent-program.js';
import { type Kernel, MODULES } from './kernel.js';
import { AgentLine, type Outcome } from './line.js';

const PROGRAM = 'linux.uml';
const PACKAGED_MODULES = '/usr/lib/uml/modules';
const BOOT_MAX_MS = 20_000;
const END_MAX_MS = 3_000;
const CONSOLE_KEPT = 16_000;
const HINT = 'apt-get install user-mode-linux kmod iproute2 ipvsadm ipset iptables tcpdump';

/** The packaged modules in the shape that modprobe wants, with their index; made once for each version. */
async function moduleFolder(): Promise<string> {
  const version = existsSync(PACKAGED_MODULES) ? readdirSync(PACKAGED_MODULES)[0] : undefined;
  if (version === undefined) throw new Failure(ExitCode.infraError, `no kernel modules in ${PACKAGED_MODULES}`, HINT);
  const folder = join(cacheFolder(), `modules-${version}`);
  if (existsSync(folder)) return folder;
  const half = mkdtempSync(join(cacheFolder(), 'modules-'));
  mkdirSync(join(half, 'lib', 'modules'), { recursive: true });
  cpSync(join(PACKAGED_MODULES, version), join(half, 'lib', 'modules', version), { recursive: true });
  await execa('depmod', ['-b', half, version], { env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });
  try {
    renameSync(half, folder);
  } catch {
    // Another run was faster.
    rmSync(half, { recursive: true, force: true });
  }
  return folder;
}

function argumentsOf(agent: string, modules: string, label: string): string[] {
  const kernel = ['mem=512M', 'rootfstype=hostfs', 'rootflags=/', 'rw', 'quiet', 'loglevel=1'];
  const consoles = ['con=null', 'con0=null,fd:1', 'con1=fd:3,fd:4'];
  const environment = [`${LABEL}=${label}`, `WINDTUNNEL_MODULES=${modules}`, `WINDTUNNEL_LOAD=${MODULES.join(',')}`];
  return [...kernel, ...consoles, ...environment, `init=${agent}`, 'init'];
}

/** Boots a guest and waits for its agent. Throws a {@link Failure} with the console's last words where it does not come. */
export async function bootGuest(): Promise<Kernel> {
  mkdirSync(cacheFolder(), { recursive: true });
  const [agent, modules] = await Promise.all([agentProgram(), moduleFolder()]);
  const entry = enter('guest');
  let said = '';
  const guest = execa(PROGRAM, argumentsOf(agent, modules, entry.label), {
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
  const line = new AgentLine(guest.stdio[3] as unknown as Writable, guest.stdio[4] as Readable);
  const ended = guest.then(({ exitCode, signal, code }) => {
    const how = code === 'ENOENT' ? `there is no ${PROGRAM}` : `the guest ended (${signal ?? exitCode ?? code})`;
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
    const { stdout } = await line.ask<Outcome>({ do: 'exec', argv: ['uname', '-r'] });
    return { release: stdout.trim(), driver: 'user-mode Linux', line, console: () => said, close };
  } catch (error) {
    endLabelled(entry.label);
    strike(entry);
    const reason = error instanceof Error ? error.message.replace(/, while.*/, '') : String(error);
    throw new Failure(
      ExitCode.infraError,
      `${reason}${said === '' ? '' : `; its console:\n${said.slice(-1000)}`}`,
      HINT,
    );
  } finally {
    clearTimeout(timer);
  }
}
