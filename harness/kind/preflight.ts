/**
 * What a cluster needs of the machine that runs the containers, looked at from within a container: with DOCKER_HOST that is another machine
 * than this one. All that is missing is told at once, with what to do.
 */
import type { ProxyMode } from '../../src/scenario/model.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { type Docker, runProgram } from './docker.js';
import { upstreamName } from './images.js';
import { idInDaemon } from './node-images.js';

const KIND_LEAST = [0, 20] as const;
const INOTIFY_LEAST = 256;
const MEMORY_LEAST_KB = 3_000_000;
const DISK_LEAST_KB = 4_000_000;
const LOOK_TIMEOUT_MS = 120_000;

/** A privileged container may load the module, as kind's own nodes do. */
const LOOK = `
modprobe -a ip_vs ip_vs_rr ip_vs_wrr ip_vs_sh 2>/dev/null
echo ipvs $(test -e /proc/net/ip_vs && echo yes || echo no)
echo inotify $(cat /proc/sys/fs/inotify/max_user_instances)
echo memory $(awk '/MemAvailable/{print $2}' /proc/meminfo)
echo disk $(df -Pk / | awk 'NR==2{print $4}')`;

export interface Machine {
  readonly ipvs: boolean;
  readonly inotify: number;
  readonly memoryKb: number;
  readonly diskKb: number;
}

/** By a short container of the node image. */
export async function lookAtMachine(docker: Docker, nodeImage: string, signal?: AbortSignal): Promise<Machine> {
  const privileges = ['--privileged', '--volume', '/lib/modules:/lib/modules:ro'];
  const args = ['run', '--rm', ...privileges, '--network', 'none', '--entrypoint', 'sh', nodeImage, '-c', LOOK];
  const said = await docker.text(args, { timeoutMs: LOOK_TIMEOUT_MS, signal });
  const word = (name: string) => new RegExp(`^${name} (\\S+)$`, 'm').exec(said)?.[1];
  return {
    ipvs: word('ipvs') === 'yes',
    inotify: Number(word('inotify')),
    memoryKb: Number(word('memory')),
    diskKb: Number(word('disk')),
  };
}

export interface AboutMachine {
  readonly lines: readonly string[];
  /** Each with what to do about it. */
  readonly missing: readonly string[];
}

export interface Demands {
  readonly mode: ProxyMode;
  readonly nodeImage: string;
}

const mib = (kb: number) => `${Math.round(kb / 1024)} MiB`;

/** What is wrong, each with what to do about it. */
export function problemsOf({ ipvs, inotify, memoryKb, diskKb }: Machine, mode: ProxyMode): readonly string[] {
  const problems: string[] = [];
  if (mode === 'ipvs' && !ipvs)
    problems.push('the kernel that runs the containers has no ip_vs: modprobe ip_vs there, or --emulate-ipvs');
  if (inotify < INOTIFY_LEAST)
    problems.push(`fs.inotify.max_user_instances is ${inotify}: sysctl fs.inotify.max_user_instances=512`);
  if (memoryKb < MEMORY_LEAST_KB)
    problems.push(`only ${mib(memoryKb)} of memory are free: a cluster needs ${mib(MEMORY_LEAST_KB)}`);
  if (diskKb < DISK_LEAST_KB)
    problems.push(`only ${mib(diskKb)} of disk are free, of ${mib(DISK_LEAST_KB)}: docker system prune frees some`);
  return problems;
}

const versionOf = (text: string) => /v(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number) ?? [];

/** Its version. Throws a {@link Failure}. */
async function checkDaemon(docker: Docker, signal?: AbortSignal): Promise<string> {
  const daemon = await docker.run(['version', '--format', '{{.Server.Version}}'], { timeoutMs: 20_000, signal });
  signal?.throwIfAborted();
  if (daemon.code === 0) return daemon.stdout.trim();
  const where = docker.host === '' ? '' : ` at ${docker.host}`;
  const why = `no Docker daemon answers${where}: ${daemon.stderr.trim()}`;
  throw new Failure(ExitCode.infraError, why, 'start Docker, or set DOCKER_HOST');
}

/** What it says of itself; undefined where there is no such program. Throws a {@link Failure} for one that will not do. */
async function checkKind(docker: Docker, signal?: AbortSignal): Promise<string | undefined> {
  const kind = await runProgram('kind', ['version'], { env: docker.env, signal });
  signal?.throwIfAborted();
  if (kind.code === undefined) return undefined;
  const [major = 0, minor = 0] = versionOf(kind.stdout);
  if (kind.code !== 0) throw new Failure(ExitCode.infraError, `kind version: ${kind.stderr.trim()}`);
  if (major === KIND_LEAST[0] && minor < KIND_LEAST[1])
    throw new Failure(ExitCode.infraError, `kind ${major}.${minor} is too old`, `${KIND_LEAST.join('.')} or newer`);
  return kind.stdout.trim();
}

/** Both at the same time; of two problems that of the daemon is told. */
async function checkPrograms(docker: Docker, signal?: AbortSignal): Promise<void> {
  const kind = checkKind(docker, signal);
  kind.catch(() => {});
  await checkDaemon(docker, signal);
  if ((await kind) !== undefined) return;
  throw new Failure(ExitCode.infraError, 'there is no kind', 'go install sigs.k8s.io/kind@v0.30.0');
}

/** Throws a {@link Failure} with all that is missing. Where `signal` aborts, what is under way is given up, and its reason is thrown. */
export async function checkMachine(docker: Docker, { mode, nodeImage }: Demands, signal?: AbortSignal): Promise<void> {
  // The look takes longest, and is under way meanwhile; what the programs have to say is told first.
  const vain = new AbortController();
  const early = lookIfThere(docker, nodeImage, signal ? AbortSignal.any([signal, vain.signal]) : vain.signal);
  early.catch(() => {});
  await checkPrograms(docker, signal).catch((error: unknown) => {
    vain.abort();
    throw error;
  });
  const machine = await early
    .then((seen) => seen ?? lookOnceThere(docker, nodeImage, signal))
    .catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
  const problems = problemsOf(machine, mode);
  if (problems.length > 0) throw new Failure(ExitCode.infraError, problems.join('; '));
}

/** For doctor: looks by the first of these images that is there, and pulls none. */
export async function aboutMachine(docker: Docker, images: readonly string[]): Promise<AboutMachine> {
  // That there is no such program is told already.
  if ((await docker.run(['--version'])).code === undefined) return { lines: [], missing: [] };
  try {
    const daemon = await checkDaemon(docker);
    const kind = await checkKind(docker);
    const programs = [`Docker ${daemon}${docker.host === '' ? '' : ` at ${docker.host}`}`, kind ?? []]
      .flat()
      .join(', ');
    const image = await firstThere(docker, images);
    const none = 'none of the node images that are listed or mapped is there yet: the first run pulls one';
    if (image === undefined) return { lines: [programs, none], missing: [] };
    const machine = await lookAtMachine(docker, image);
    const ipvs = machine.ipvs ? 'ip_vs is there' : 'no ip_vs: mode ipvs needs --emulate-ipvs';
    return { lines: [programs, `the kernel that runs the containers: ${ipvs}`], missing: problemsOf(machine, 'none') };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const hint = error.hint === undefined ? '' : ` (${error.hint})`;
    return { lines: [], missing: [`${error.message}${hint}`] };
  }
}

async function firstThere(docker: Docker, images: readonly string[]): Promise<string | undefined> {
  for (const image of images) if ((await idInDaemon(docker, image, undefined)) !== undefined) return image;
  return undefined;
}

async function lookIfThere(docker: Docker, image: string, signal: AbortSignal): Promise<Machine | undefined> {
  const id = await idInDaemon(docker, image, signal);
  return id === undefined ? undefined : lookAtMachine(docker, image, signal);
}

async function lookOnceThere(docker: Docker, image: string, signal: AbortSignal | undefined): Promise<Machine> {
  const pulled = await docker.run(['pull', '--quiet', image], { timeoutMs: 600_000, signal });
  if (pulled.code === 0) return lookAtMachine(docker, image, signal);
  const hint = `--image-map FILE swaps it for one that is there: images: {${upstreamName(image)}: NAME:TAG}`;
  throw new Failure(
    ExitCode.infraError,
    `there is no image ${image}: ${pulled.stderr.trim().split('\n').at(-1)}`,
    hint,
  );
}
