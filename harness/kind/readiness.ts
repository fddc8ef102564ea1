/** When a new cluster is well: every node Ready, and every kube-proxy in the mode that was asked for. */
import type { ProxyMode } from '../../src/scenario/model.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { allOrNone, awaitThat, awaitValue, type Seen } from './await-that.js';
import type { Docker } from './docker.js';

const ADMIN = '/etc/kubernetes/admin.conf';

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
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const { code, stdout } = await docker.exec(controlPlane, kubectl('get', 'nodes', '--output=json'), { signal });
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
    if (await becomeReady(docker, controlPlane, names, signal)) return undefined;
    signal?.throwIfAborted();
    const waiting = await notReady(docker, controlPlane, names, signal);
    return waiting.length === 0 ? undefined : `not Ready: ${waiting.join(', ')}`;
  };
  return awaitThat({ what: 'all nodes', look, isPatient: true, timeoutMs: leftMs(deadline), say, signal });
}

/** Within seconds: the API server tells at once, where one who asks again and again is late, and busy where a machine is slow. */
async function becomeReady(
  docker: Docker,
  controlPlane: string,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const words = ['--for=condition=Ready', '--timeout=10s', ...names.map((name) => `node/${name}`)];
  return (await docker.exec(controlPlane, kubectl('wait', ...words), { signal })).code === 0;
}

/** Told in whole seconds. */
const leftMs = (deadline: number) => Math.max(0, Math.round((deadline - Date.now()) / 1000)) * 1000;

/** Waits until each answers, or one says another mode; kube-proxies of old versions take another mode in silence where the kernel lacks a module. */
export async function checkProxyModes(
  docker: Docker,
  containers: readonly string[],
  mode: ProxyMode,
  patience: Patience,
): Promise<void> {
  if (mode === 'none') return;
  const check = (container: string) => (signal: AbortSignal) =>
    checkProxyMode(docker, container, mode, { ...patience, signal });
  await allOrNone(containers.map(check), patience.signal);
}

const MODE_POLL_MS = 200;
/** Asked again within the node for a second: kube-proxies come up just after the nodes are Ready, and whoever has to come in first is late. */
const ASK_MODE = `
for pause in 0.1 0.1 0.2 0.2 0.4 0; do
  curl --silent --noproxy '*' --max-time 5 http://127.0.0.1:10249/proxyMode && exit
  sleep $pause
done
exit 7`;

async function checkProxyMode(
  docker: Docker,
  container: string,
  mode: ProxyMode,
  { deadline, say = () => {}, signal }: Patience,
): Promise<void> {
  const look = async (): Promise<Seen<string>> => {
    const { code, stdout } = await docker.exec(container, ['sh', '-c', ASK_MODE], { signal });
    return code === 0 ? { done: stdout.trim() } : { seen: 'no answer on :10249/proxyMode' };
  };
  const words = () => lastWords(docker, container);
  const what = `kube-proxy on ${container} to say its mode`;
  const patience = { timeoutMs: leftMs(deadline), pollMs: MODE_POLL_MS, isPatient: true, say, signal } as const;
  const says = await awaitValue({ what, look, words, ...patience });
  if (says === mode) return;
  const why = `kube-proxy on ${container} runs in mode ${says}, not ${mode}${await words()}`;
  throw new Failure(ExitCode.infraError, why);
}

/** The line in which kube-proxy says why, as far as one does. */
async function lastWords(docker: Docker, container: string): Promise<string> {
  const script =
    'cat /var/log/containers/kube-proxy-*.log 2>/dev/null | grep -iE "ipvs|nftables|fall|mode|error" | tail -n 3';
  const { stdout } = await docker.exec(container, ['sh', '-c', script]);
  return stdout.trim() === '' ? '' : `; it says:\n${stdout.trim()}`;
}
