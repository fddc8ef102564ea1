/** What the nodes of a cluster are like between two arms: addresses, IPVS's table and what holds up their links, and that all of them are Ready. */
import { isDeepStrictEqual } from 'node:util';
import type { ClusterSpec } from '../../src/scenario/model.js';
import { awaitThat, awaitValue, type Seen, type Waiting } from './await-that.js';
import { controlPlaneOf, type KindCluster } from './cluster.js';
import { awaitNodes, kubectl, notReady } from './readiness.js';

const POLL_MS = 1000;
/** Longer than a lease and a watch that was cut off need. */
const SAME_MAX_MS = 120_000;

const SCRIPT = `ip -brief -4 addr; ip -4 route show table local; cat /proc/net/ip_vs 2>/dev/null
tc qdisc show dev eth0 2>/dev/null || true`;

/** As text, to be compared. Counts of connections and numbers of queueing disciplines come and go. */
export async function nodeState({ docker, nodes }: KindCluster, signal?: AbortSignal): Promise<string> {
  const look = (container: string) => docker.text(['exec', container, 'sh', '-c', SCRIPT], { signal });
  const said = await Promise.all(nodes.map(async ({ container }) => `${container}\n${await look(container)}`));
  return said
    .join('\n')
    .replace(/(Masq\s+\d+)\s+\d+\s+\d+/g, '$1')
    .replace(/^(qdisc \S+) [\da-f]+:/gm, '$1')
    .replace(/^(qdisc .*) refcnt \d+/gm, '$1');
}

const linesOf = (state: string) => state.split('\n').sort();

export type Looking = Pick<Waiting, 'say' | 'signal' | 'pollMs'>;

/** Undefined where they are as before, and Ready, within their time; else what is otherwise, in words. Throws only the reason of `signal`. */
export async function awaitSame(
  cluster: KindCluster,
  before: string,
  { say, signal, pollMs = POLL_MS }: Looking,
): Promise<string | undefined> {
  const { docker, nodes } = cluster;
  const { container: controlPlane } = controlPlaneOf(nodes);
  const names = nodes.map(({ container }) => container);
  const wanted = linesOf(before);
  const look = async () => {
    const waiting = await notReady(docker, controlPlane, names, signal);
    if (waiting.length > 0) return `not Ready: ${waiting.join(', ')}`;
    const now = linesOf(await nodeState(cluster, signal));
    return isDeepStrictEqual(now, wanted) ? undefined : differenceOf(wanted, now);
  };
  const what = 'the nodes to be as they were';
  return awaitThat({ what, look, timeoutMs: SAME_MAX_MS, pollMs, say, signal }).then(
    () => undefined,
    (error: Error) => {
      signal?.throwIfAborted();
      return error.message;
    },
  );
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
 * The state once nothing of the bring-up changes it any more: every pod that kind brought to kube-system is Ready, a kube-proxy in mode ipvs has the
 * API's own Service, and two looks see the same. Without it the first arm would be blamed for what CoreDNS and kube-proxy still had to do.
 */
export async function settledState(
  cluster: KindCluster,
  { kubeProxy }: Pick<ClusterSpec, 'kubeProxy'>,
  { say, signal, pollMs = SETTLED_POLL_MS }: Looking,
): Promise<string> {
  const { docker, nodes } = cluster;
  const { container } = controlPlaneOf(nodes);
  const getPods = ['exec', container, ...kubectl('get', 'pods', '--namespace=kube-system', PODS)];
  let before = '';
  const look = async (): Promise<Seen<string>> => {
    const state = await nodeState(cluster, signal);
    const late = latePods(await docker.text(getPods, { signal }));
    if (late !== undefined) return { seen: late };
    const programmed = state.split('\n').filter((line) => API_SERVICE.test(line)).length;
    if (kubeProxy.mode === 'ipvs' && programmed < nodes.length)
      return { seen: `${programmed} of ${nodes.length} kube-proxies have the API's Service` };
    const isSame = isDeepStrictEqual(linesOf(before), linesOf(state));
    before = state;
    return isSame ? { done: state } : { seen: 'the tables of the nodes still change' };
  };
  const what = 'the cluster to settle';
  return awaitValue({ what, look, timeoutMs: SETTLED_MAX_MS, pollMs, say, signal });
}

/** Of /proc/net/ip_vs: port 443, in hexadecimal digits. */
const API_SERVICE = /^TCP\s+[\dA-F]{8}:01BB /;

/** A line a pod: its name, whether it is Ready, and its phase. */
const PODS =
  '--output=jsonpath={range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status} {.status.phase}{"\\n"}{end}';

/** What a user put beside them may never be Ready, and is no part of the tables that are compared until it is. */
const OF_KIND = /^(coredns|etcd|kindnet|kube-(apiserver|controller-manager|proxy|scheduler))\b/;
/** Of a pod that has ended, and stays as a record: the rest of an eviction, too. */
const ENDED = ['Succeeded', 'Failed'];

/** Undefined where all are Ready. */
function latePods(said: string): string | undefined {
  const pods = said.split('\n').map((line) => line.split(' '));
  const counted = pods.filter(([name = '', , phase = '']) => OF_KIND.test(name) && !ENDED.includes(phase));
  if (counted.length === 0) return 'no pods in kube-system';
  const late = counted.filter(([, ready]) => ready !== 'True');
  return late.length === 0 ? undefined : `not Ready: ${late.map(([name]) => name).join(', ')}`;
}

const WELL_MAX_MS = 30_000;

/** Throws a {@link Failure} where a node of it is not there or not Ready. */
export async function awaitWell({ docker, nodes }: KindCluster, { say, signal }: Looking): Promise<void> {
  const { container: controlPlane } = controlPlaneOf(nodes);
  const names = nodes.map(({ container }) => container);
  await awaitNodes(docker, controlPlane, names, { deadline: Date.now() + WELL_MAX_MS, say, signal });
}
