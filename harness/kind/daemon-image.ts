/**
 * An image in the Docker daemon, for containers beside the nodes: it lies there, or a node has it and gives it, or the daemon pulls it. Owns
 * where it comes from; refuses to know what it is for.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { commandFailure, type Docker } from './docker.js';
import { CTR, containerdName, idInDaemon, namesIn } from './node-images.js';

const PULL_MAX_MS = 300_000;
/** Not below /tmp and /run: kind mounts memory there, and `docker cp` does not see it. */
const archive = () => `/var/windtunnel-image-${randomUUID()}.tar`;
const HINT =
  '--image-map FILE swaps the name for an image that is at hand; docker load --input FILE puts one into the daemon';

export interface DaemonImagePlan {
  readonly docker: Docker;
  readonly image: string;
  /** Containers whose containerd may have it. */
  readonly nodes: readonly string[];
  readonly say: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Answers what the daemon calls it. Throws a {@link Failure} where it cannot be had. */
export async function imageInDaemon(plan: DaemonImagePlan): Promise<string> {
  const { docker, image, nodes, say, signal } = plan;
  if ((await idInDaemon(docker, image, signal)) !== undefined) return image;
  const ref = containerdName(image);
  for (const node of nodes) {
    if (!(await namesIn(docker, node, signal)).includes(ref)) continue;
    say(`${image}: from ${node} into the Docker daemon`);
    return fromNode(plan, node, ref);
  }
  say(`docker pull ${image}`);
  const pull = ['pull', '--quiet', image];
  const ran = await docker.run(pull, { timeoutMs: PULL_MAX_MS, signal });
  signal?.throwIfAborted();
  if (ran.code !== 0) throw commandFailure('docker', pull, ran, HINT);
  return image;
}

/** By a file on both sides: an archive is no text. */
async function fromNode({ docker, signal }: DaemonImagePlan, node: string, ref: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'windtunnel-'));
  const file = join(folder, 'image.tar');
  const there = archive();
  try {
    await docker.text(['exec', node, ...CTR, 'export', there, ref], { signal });
    await docker.text(['cp', `${node}:${there}`, file], { signal });
    const said = await docker.text(['load', '--quiet', '--input', file], { timeoutMs: PULL_MAX_MS, signal });
    const loaded = /^Loaded image(?: ID)?: (\S+)$/m.exec(said)?.[1];
    if (loaded === undefined) throw new Failure(ExitCode.infraError, `docker load of ${ref} said: ${said}`, HINT);
    return loaded;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await docker.exec(node, ['rm', '-f', there]);
  }
}
