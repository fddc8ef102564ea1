/** What the nodes of a cluster are like between two arms: addresses, IPVS's table and what holds up their links, and that all of them are Ready. */
import { isDeepStrictEqual } from 'node:util';
import type { ClusterSpec } from '../../src/scenario/model.js';
import { awaitValue, type Seen, type Waiting } from './await-that.js';
import { controlPlaneOf, type KindCluster } from './cluster.js';
import { awaitNodes, kubectl, notReady } from './readiness.js';

const POLL_MS = 1000;
/** Longer than a lease and a watch that was cut off need. */
const SAME_MAX_MS = 120_000;

const SCRIPT = `ip -brief -4 addr; ip -4 route show table local; cat /proc/net/ip_vs 2>/dev/null
tc qdisc show dev eth0 2>/dev/null || true`;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** As text, to be compared. Counts of connections and numbers of queueing disciplines come and go. */
export async function nodeState({ docker, nodes }: KindCluster): Promise<string> {
  const said = await Promise.all(
    nodes.map(async ({ container }) => `${container}\n${await docker.text(['exec', container, 'sh', '-c', SCRIPT])}`),
  );
  return said
    .join('\n')
    .replace(/(Masq\s+\d+)\s+\d+\s+\d+/g, '$1')
    .replace(/^(qdisc \S+) [\da-f]+:/gm, '$1')
    .replace(/^(qdisc .*) refcnt \d+/gm, '$1');
}

const linesOf = (state: string) => state.split('\n').sort();

/** Undefined where they are as before, and Ready, within their time; else what is otherwise, in words. */
export async function awaitSame(
  cluster: KindCluster,
  before: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { docker, nodes } = cluster;
  const { container: controlPlane } = controlPlaneOf(nodes);
  const names = nodes.map(({ container }) => container);
  const wanted = linesOf(before);
  let other = '';
  for (const deadline = Date.now() + SAME_MAX_MS; Date.now() < deadline; await sleep(POLL_MS)) {
    signal?.throwIfAborted();
    const waiting = await notReady(docker, controlPlane, names);
    const now = linesOf(await nodeState(cluster));
    if (waiting.length === 0 && isDeepStrictEqual(now, wanted)) return undefined;
    other = waiting.length > 0 ? `not Ready: ${waiting.join(', ')}` : differenceOf(wanted, now);
  }
  return other;
}

const TOLD_LINES = 3;

/** `- what was` and `+ what is`, as far as a line of text goes. */
function differenceOf(before: readonly string[], now: readonly string[]): string {
  const gone = before.filter((line) => !now.includes(line)).map((line) => `- ${line.trim()}`);
  const come = now.filter((line) => !before.includes(line)).map((line) => `+ ${line.trim()}`);
  const all = [...gone, ...come];
  const more = all.length > TOLD_LINES ? `, and ${all.length - TOLD_LINES} more` : '';
  return `${all.slice(0, TOLD_LINES).join(', ')}${more}`;
}

const SETTLED_MAX_MS = 180_000;
const SETTLED_POLL_MS = 2000;

/**
 * The state once nothing of the bring-up changes it any more: every pod of kube-system is Ready, a kube-proxy in mode ipvs has the API's own Service,
 * and two looks see the same. Without it the first arm would be blamed for what CoreDNS and kube-proxy still had to do.
 */
export async function settledState(
  cluster: KindCluster,
  { kubeProxy }: Pick<ClusterSpec, 'kubeProxy'>,
  { say, signal, pollMs = SETTLED_POLL_MS }: Pick<Waiting, 'say' | 'signal' | 'pollMs'>,
): Promise<string> {
  const { docker, nodes } = cluster;
  const { container } = controlPlaneOf(nodes);
  let before = '';
  const look = async (): Promise<Seen<string>> => {
    const state = await nodeState(cluster).catch((error: Error) => error);
    // Nothing that settles.
    if (state instanceof Error) return { seen: state.message, fatal: true };
    const pods = await docker.text(['exec', container, ...kubectl('get', 'pods', '--namespace=kube-system', READY)]);
    const late = pods.split('\n').filter((line) => !line.endsWith(' True'));
    if (late.length > 0) return { seen: `not Ready: ${late.map((line) => line.split(' ')[0]).join(', ')}` };
    const programmed = state.split('\n').filter((line) => API_SERVICE.test(line)).length;
    if (kubeProxy.mode === 'ipvs' && programmed < nodes.length)
      return { seen: `${programmed} of ${nodes.length} kube-proxies have the API's Service` };
    const isSame = isDeepStrictEqual(linesOf(before), linesOf(state));
    before = state;
    return isSame ? { done: state } : { seen: 'the tables of the nodes still change' };
  };
  const what = 'the new cluster to settle';
  return awaitValue({ what, look, timeoutMs: SETTLED_MAX_MS, pollMs, say, signal });
}

/** Of /proc/net/ip_vs: port 443, in hexadecimal digits. */
const API_SERVICE = /^TCP\s+[\dA-F]{8}:01BB /;

/** A line a pod: its name, and whether it is Ready. */
const READY =
  '--output=jsonpath={range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}';

const WELL_MAX_MS = 30_000;

/** Throws a {@link Failure} where a node of it is not there or not Ready. */
export async function awaitWell({ docker, nodes }: KindCluster, signal?: AbortSignal): Promise<void> {
  const { container: controlPlane } = controlPlaneOf(nodes);
  const names = nodes.map(({ container }) => container);
  await awaitNodes(docker, controlPlane, names, { deadline: Date.now() + WELL_MAX_MS, signal });
}
