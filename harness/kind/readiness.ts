/** When a new cluster is well: every node Ready, and every kube-proxy in the mode that was asked for. */
import type { ProxyMode } from '../../src/scenario/model.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { awaitThat } from './await-that.js';
import type { Docker } from './docker.js';

const POLL_MS = 500;
const ADMIN = '/etc/kubernetes/admin.conf';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** `kubectl` inside a control plane, over its own loopback: there whatever a fault cuts. */
export const kubectl = (...words: readonly string[]): readonly string[] => [
  'kubectl',
  `--kubeconfig=${ADMIN}`,
  '--server=https://127.0.0.1:6443',
  ...words,
];

interface Listed {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}

/** Nodes of which the API server does not say that they are Ready. */
export async function notReady(
  docker: Docker,
  controlPlane: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const { code, stdout } = await docker.exec(controlPlane, kubectl('get', 'nodes', '--output=json'));
  if (code !== 0) return names;
  const ready = new Set(
    (JSON.parse(stdout) as Listed).items
      .filter(({ status }) => status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'))
      .map(({ metadata }) => metadata.name),
  );
  return names.filter((name) => !ready.has(name));
}

export interface Patience {
  /** Unix time in milliseconds. */
  readonly deadline: number;
  /** Every 10 s what is awaited. */
  readonly say?: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export function awaitNodes(
  docker: Docker,
  controlPlane: string,
  names: readonly string[],
  { deadline, say = () => {}, signal }: Patience,
): Promise<void> {
  const look = async () => {
    const waiting = await notReady(docker, controlPlane, names);
    return waiting.length === 0 ? undefined : `not Ready: ${waiting.join(', ')}`;
  };
  // Told in whole seconds.
  const timeoutMs = Math.max(0, Math.round((deadline - Date.now()) / 1000)) * 1000;
  return awaitThat({ what: 'all nodes', look, timeoutMs, say, signal });
}

/** Waits until each answers; kube-proxies of old versions take another mode in silence where the kernel lacks a module. */
export async function checkProxyModes(
  docker: Docker,
  containers: readonly string[],
  mode: ProxyMode,
  patience: Patience,
): Promise<void> {
  if (mode === 'none') return;
  await Promise.all(containers.map((container) => checkProxyMode(docker, container, mode, patience)));
}

async function checkProxyMode(
  docker: Docker,
  container: string,
  mode: ProxyMode,
  { deadline, signal }: Patience,
): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    const argv = ['curl', '--silent', '--max-time', '5', 'http://127.0.0.1:10249/proxyMode'];
    const { code, stdout } = await docker.exec(container, argv);
    if (code === 0 && stdout.trim() === mode) return;
    if (code === 0 || Date.now() > deadline) {
      const said = code === 0 ? `runs in mode ${stdout.trim()}, not ${mode}` : 'does not answer on :10249/proxyMode';
      const last = await lastWords(docker, container);
      throw new Failure(ExitCode.infraError, `kube-proxy on ${container} ${said}${last}`);
    }
    await sleep(POLL_MS);
  }
}

/** The line in which kube-proxy says why, as far as one does. */
async function lastWords(docker: Docker, container: string): Promise<string> {
  const script =
    'cat /var/log/containers/kube-proxy-*.log 2>/dev/null | grep -iE "ipvs|nftables|fall|mode|error" | tail -n 3';
  const { stdout } = await docker.exec(container, ['sh', '-c', script]);
  return stdout.trim() === '' ? '' : `; it says:\n${stdout.trim()}`;
}
