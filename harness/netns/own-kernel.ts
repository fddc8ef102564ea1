/**
 * This machine's own kernel, in namespaces of the run's own: a user, a mount and a network namespace that end with the agent. Needs no
 * rights where users may make namespaces, but for IPVS, which the kernel gives to root alone. It is tried out what the kernel can do: a
 * module may be built in, and not every kernel tells.
 */
import { mkdirSync } from 'node:fs';
import { release } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { execa, execaSync } from 'execa';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { cacheFolder, enter, forget } from '../journal/journal.js';
import { endLabelled, LABEL } from '../journal/processes.js';
import { agentProgram } from './agent-program.js';
import type { Kernel } from './kernel.js';
import { AgentLine } from './line.js';

const READY_MAX_MS = 10_000;
const END_MAX_MS = 3_000;
/** Root needs no user namespace, and in one the kernel would refuse IPVS (GENL_ADMIN_PERM in ip_vs_ctl.c). */
const UNSHARE = process.getuid?.() === 0 ? ['--mount', '--net'] : ['--user', '--map-root-user', '--mount', '--net'];
/** Tools write their locks below /run, and ip-netns its names. */
const SETUP = 'mount -t tmpfs run /run && ip link set lo up && exec "$0" serve';
const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';
const HINT = 'user-mode Linux has all of it: apt-get install user-mode-linux';

/** What a kernel must be able to do, by the name of its module, and a command that only then succeeds. */
const ABILITIES: Readonly<Record<string, string>> = {
  veth: 'ip link add wt0 type veth peer name wt1',
  bridge: 'ip link add wt2 type bridge',
  dummy: 'ip link add wt3 type dummy',
  ip_vs: 'ipvsadm -A -t 192.0.2.1:1 -s rr',
  iptable_nat: 'iptables-legacy -t nat -L -n',
  xt_conntrack: 'iptables-legacy -A INPUT -m conntrack --ctstate NEW -j REJECT',
  xt_set: 'ipset create wt hash:ip,port && iptables-legacy -A INPUT -m set --match-set wt dst,dst -j RETURN',
};

export const ABILITY_NAMES: readonly string[] = Object.keys(ABILITIES);

/** Which abilities it lacks, by trying them in namespaces that end at once; `namespaces` where this user may make none. */
export function missingAbilities(): readonly string[] {
  const tries = Object.entries(ABILITIES).map(([name, command]) => `(${command}) >/dev/null 2>&1 || echo ${name}`);
  const script = ['mount -t tmpfs run /run || exit 1', ...tries].join('\n');
  const { stdout, exitCode } = execaSync('unshare', [...UNSHARE, 'sh', '-c', script], { env: { PATH }, reject: false });
  return exitCode === 0 ? stdout.split('\n').filter((name) => name !== '') : ['namespaces'];
}

/** Throws a {@link Failure} that names what is missing. */
export async function ownKernel(needed: readonly string[]): Promise<Kernel> {
  const missing = missingAbilities().filter((name) => name === 'namespaces' || needed.includes(name));
  if (missing.length > 0)
    throw new Failure(ExitCode.infraError, `this machine's Linux ${release()} has no ${missing.join(', ')}`, HINT);
  mkdirSync(cacheFolder(), { recursive: true });
  const agent = await agentProgram();
  const entry = enter({ kind: 'guest' });
  let said = '';
  const program = execa('unshare', [...UNSHARE, 'sh', '-c', SETUP, agent], {
    env: { [LABEL]: entry.label, PATH },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    buffer: false,
    reject: false,
    cleanup: false,
  });
  program.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-4000);
  });
  const line = new AgentLine(program.stdin as Writable, program.stdout as Readable);
  const ended = new Promise<void>((resolve) => {
    program.once('exit', (code, signal) => {
      line.break(`the agent ended (${signal ?? code}): ${said.trim()}`);
      resolve();
    });
  });
  const close = async () => {
    line.tell({ do: 'end', id: 0 });
    const timer = setTimeout(() => void endLabelled(entry.label), END_MAX_MS);
    await ended;
    clearTimeout(timer);
    endLabelled(entry.label);
    forget(entry);
  };
  const timer = setTimeout(() => line.break('the agent did not start'), READY_MAX_MS);
  try {
    await line.ready();
    return { release: release(), driver: 'this machine’s kernel', line, console: () => said, close };
  } catch (error) {
    endLabelled(entry.label);
    forget(entry);
    throw new Failure(ExitCode.infraError, error instanceof Error ? error.message : String(error), HINT);
  } finally {
    clearTimeout(timer);
  }
}
