/**
 * The traffic image in the Docker daemon: it lies there, or a node has it and gives it, or the daemon pulls it. Owns where it comes from.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExitCode } from '../../../src/verdict/merge.js';
import { Failure } from '../../failure.js';
import { commandFailure, type Docker } from '../docker.js';
import { LABEL } from '../names.js';
import { containerdName } from '../node-images.js';
import { versionIn } from './iperf.js';

const PULL_MAX_MS = 300_000;
/** Not below /tmp and /run: kind mounts memory there, and `docker cp` does not see it. */
const ARCHIVE = '/var/windtunnel-traffic.tar';
const CTR = ['ctr', '--namespace', 'k8s.io', 'images'];
const HINT =
  '--image-map FILE swaps the name for an image that is at hand; docker load --input FILE puts one into the daemon';

export interface TrafficImage {
  /** As the daemon calls it. */
  readonly name: string;
  /** Of its iperf3. */
  readonly version: string;
}

export interface TrafficImagePlan {
  readonly docker: Docker;
  readonly image: string;
  /** Containers whose containerd may have it. */
  readonly nodes: readonly string[];
  readonly label: string;
  readonly say: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Throws a {@link Failure} where it cannot be had, or holds no iperf3. */
export async function trafficImage(plan: TrafficImagePlan): Promise<TrafficImage> {
  const { docker, label, signal } = plan;
  const name = await inDaemon(plan);
  const args = ['run', '--rm', '--pull', 'never', '--label', `${LABEL}=${label}`, '--network', 'none'];
  const call = [...args, '--entrypoint', 'iperf3', name, '--version'];
  const ran = await docker.run(call, { signal });
  signal?.throwIfAborted();
  const version = versionIn(ran.stdout);
  if (version === undefined) throw commandFailure('docker', call, ran, 'the traffic image needs iperf3 in its PATH');
  return { name, version };
}

async function inDaemon(plan: TrafficImagePlan): Promise<string> {
  const { docker, image, nodes, say, signal } = plan;
  if ((await docker.run(['image', 'inspect', '--format', '{{.Id}}', image])).code === 0) return image;
  for (const node of nodes) {
    const ref = await heldBy(docker, node, image);
    if (ref === undefined) continue;
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

async function heldBy(docker: Docker, node: string, image: string): Promise<string | undefined> {
  const { code, stdout } = await docker.exec(node, [...CTR, 'list', '--quiet']);
  if (code !== 0) return undefined;
  const wanted = containerdName(image);
  return stdout.split('\n').some((line) => line.trim() === wanted) ? wanted : undefined;
}

/** By a file on both sides: an archive is no text. */
async function fromNode({ docker, signal }: TrafficImagePlan, node: string, ref: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'windtunnel-'));
  const file = join(folder, 'image.tar');
  try {
    await docker.text(['exec', node, ...CTR, 'export', ARCHIVE, ref], { signal });
    await docker.text(['cp', `${node}:${ARCHIVE}`, file], { signal });
    const said = await docker.text(['load', '--quiet', '--input', file], { timeoutMs: PULL_MAX_MS, signal });
    const loaded = /^Loaded image(?: ID)?: (\S+)$/m.exec(said)?.[1];
    if (loaded === undefined) throw new Failure(ExitCode.infraError, `docker load of ${ref} said: ${said}`, HINT);
    return loaded;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await docker.exec(node, ['rm', '-f', ARCHIVE]);
  }
}
