/**
 * Whether the nodes have an image, and how they get it: from the Docker daemon where it has it, loaded into the nodes that lack it. Nothing
 * is pulled here; what neither has is the kubelet's to pull. Owns what containerd calls an image; refuses to know what an image is for.
 */
import { createHash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { execa } from 'execa';
import { commandFailure, type Docker, type Ran } from './docker.js';
import { partsOf } from './image-name.js';

export interface NodeImagesPlan {
  readonly docker: Docker;
  /** Of the nodes that are to have it. */
  readonly containers: readonly string[];
  /** As a manifest names it. */
  readonly image: string;
  /** Built on this machine, under the same name again and again: the one that a node has may be an older one. */
  readonly isRebuilt?: true;
  /** Progress, a line each. */
  readonly say: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Containers by what came of the image there. */
export interface NodeImages {
  readonly image: string;
  readonly present: readonly string[];
  readonly loaded: readonly string[];
  /** The kubelet will try to pull it. */
  readonly missing: readonly string[];
  /** What there is to tell: empty where every node had it. */
  readonly notes: readonly string[];
}

/** containerd's images, as the kubelet sees them. */
export const CTR = ['ctr', '--namespace=k8s.io', 'images'];
const LOAD_MAX_MS = 300_000;
/** Of a name that lasts from the import to the tag. */
const PASSING = 'kube-windtunnel.local/loading';
/** Of the name beside it that says which build a node has. Daemon and containerd need not call the same image by the same digest. */
const BUILDS = 'kube-windtunnel.local/build';

/** Not every name can be part of another one: of a registry's port, or with a digest. */
const buildsOf = (name: string) => `${BUILDS}/${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;

/**
 * As containerd has it in its store: with host and namespace, and with the digest alone where there are tag and digest, which is how the
 * kubelet asks for it.
 */
export function containerdName(image: string): string {
  const { host: named, path, digest } = partsOf(image);
  const host = named === undefined || named === 'index.docker.io' ? 'docker.io' : named;
  const full = `${host}/${host === 'docker.io' && !path.includes('/') ? 'library/' : ''}${path}`;
  if (digest !== undefined) return `${full.replace(/:[^/]+$/, '')}@${digest}`;
  return /:[^/]+$/.test(full) ? full : `${full}:latest`;
}

/** Throws a {@link Failure} where a node cannot be asked, or an image that the daemon has cannot be loaded. */
export async function ensureOnNodes(plan: NodeImagesPlan): Promise<NodeImages> {
  const { docker, containers, image, isRebuilt, say, signal } = plan;
  const wanted = containerdName(image);
  const build = isRebuilt && (await idInDaemon(docker, image, signal));
  const mark = build && `${buildsOf(wanted)}:${build.replace('sha256:', '')}`;
  const has = await Promise.all(
    containers.map(async (container) => {
      const names = await namesIn(docker, container, signal);
      return names.includes(wanted) && (mark === undefined || names.includes(mark));
    }),
  );
  const present = containers.filter((_, index) => has[index]);
  const lacking = containers.filter((_, index) => !has[index]);
  if (lacking.length === 0) return { image, present, loaded: [], missing: [], notes: [] };
  const id = build ?? (await idInDaemon(docker, image, signal));
  if (id === undefined) {
    const note = `${image} is neither on ${lacking.join(', ')} nor in the Docker daemon: the kubelet pulls it`;
    return { image, present, loaded: [], missing: lacking, notes: [note] };
  }
  say(`loading ${image} into ${lacking.join(', ')}`);
  // A load that is given up leaves no mark of what was there before it.
  if (mark !== undefined) await Promise.all(lacking.map((container) => dropMarks(docker, container, wanted)));
  await load(plan, lacking, wanted, id);
  if (mark !== undefined)
    await Promise.all(
      lacking.map((container) => docker.text(['exec', container, ...CTR, 'tag', '--force', wanted, mark])),
    );
  const note = `${image} was loaded into ${lacking.join(', ')}`;
  return { image, present, loaded: lacking, missing: [], notes: [note] };
}

/** What containerd calls all that a node has. Throws a {@link Failure} where it cannot be asked. */
export async function namesIn(
  docker: Docker,
  container: string,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const args = ['exec', container, ...CTR, 'ls', '--quiet'];
  const ran = await docker.run(args, { signal });
  signal?.throwIfAborted();
  if (ran.code !== 0) throw commandFailure('docker', args, ran);
  return ran.stdout.trim().split('\n');
}

export async function idInDaemon(
  docker: Docker,
  image: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const args = ['image', 'inspect', '--format', '{{.Id}}', image];
  const ran = await docker.run(args, { signal });
  signal?.throwIfAborted();
  if (ran.code === 0) return ran.stdout.trim();
  if (/no such image/i.test(ran.stderr)) return undefined;
  throw commandFailure('docker', args, ran);
}

/** Read from the daemon once, written to all of them at the same time. */
async function load(plan: NodeImagesPlan, containers: readonly string[], wanted: string, id: string): Promise<void> {
  const { docker, image, signal } = plan;
  const isByDigest = wanted.includes('@');
  const passing = `${PASSING}-${process.pid}`;
  const naming = isByDigest ? ['--digests', `--base-name=${passing}`] : [];
  const save = ['save', isByDigest ? id : image];
  const options = { env: docker.env, reject: false, timeout: LOAD_MAX_MS, ...(signal && { cancelSignal: signal }) };
  const saving = execa('docker', save, { ...options, stdin: 'ignore', encoding: 'buffer', buffer: { stdout: false } });
  const loads = containers.map((container) => {
    const args = ['exec', '--interactive', container, ...CTR, 'import', ...naming, '-'];
    const stdin = new PassThrough();
    const loading = execa('docker', args, { ...options, stdin: 'pipe' });
    // A program that ends early closes its pipe: what it said is the error, not that.
    loading.stdin.on('error', () => stdin.resume());
    stdin.pipe(loading.stdin);
    saving.stdout.pipe(stdin);
    return { container, args, loading };
  });
  const saved = await saving;
  const ran = await Promise.all(loads.map(async ({ args, loading }) => ({ args, ended: await loading })));
  signal?.throwIfAborted();
  const said = { stdout: '', stderr: Buffer.from(saved.stderr).toString() };
  if (saved.exitCode !== 0) throw commandFailure('docker', save, ranOf({ ...saved, ...said }));
  for (const { args, ended } of ran) if (ended.exitCode !== 0) throw commandFailure('docker', args, ranOf(ended));
  if (isByDigest) await Promise.all(containers.map((container) => rename(docker, container, passing, wanted)));
}

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode?: number;
  readonly timedOut: boolean;
}

const ranOf = ({ stdout, stderr, exitCode, timedOut }: Ended): Ran => ({ stdout, stderr, code: exitCode, timedOut });

/** An archive has no digest of the registry's: the daemon vouches that the image is the one of that digest. */
async function rename(docker: Docker, container: string, passing: string, wanted: string): Promise<void> {
  const all = await namesIn(docker, container, undefined);
  const names = all.filter((name) => name.startsWith(passing));
  const tag = [...CTR, 'tag', '--force', names[0] ?? passing, wanted];
  await docker.text(['exec', container, ...tag]);
  await docker.text(['exec', container, ...CTR, 'rm', ...names]);
}

async function dropMarks(docker: Docker, container: string, wanted: string): Promise<void> {
  const all = await namesIn(docker, container, undefined);
  const marks = all.filter((name) => name.startsWith(`${buildsOf(wanted)}:`));
  if (marks.length > 0) await docker.text(['exec', container, ...CTR, 'rm', ...marks]);
}
