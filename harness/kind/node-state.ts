/** What the nodes of a cluster are like between two arms: addresses and IPVS's table, and that all of them are Ready. */
import { isDeepStrictEqual } from 'node:util';
import { controlPlaneOf, type KindCluster } from './cluster.js';
import { awaitNodes, notReady } from './readiness.js';

const POLL_MS = 1000;
/** Longer than a lease and a watch that was cut off need. */
const SAME_MAX_MS = 120_000;

const SCRIPT = 'ip -brief -4 addr; ip -4 route show table local; cat /proc/net/ip_vs 2>/dev/null || true';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** As text, to be compared. Counts of connections come and go. */
export async function nodeState({ docker, nodes }: KindCluster): Promise<string> {
  const said = await Promise.all(
    nodes.map(async ({ container }) => `${container}\n${await docker.text(['exec', container, 'sh', '-c', SCRIPT])}`),
  );
  return said.join('\n').replace(/(Masq\s+\d+)\s+\d+\s+\d+/g, '$1');
}

const linesOf = (state: string) => state.split('\n').sort();

/** False where they are not as before, and Ready, within their time. */
export async function awaitSame(cluster: KindCluster, before: string): Promise<boolean> {
  const { docker, nodes } = cluster;
  const { container: controlPlane } = controlPlaneOf(nodes);
  const names = nodes.map(({ container }) => container);
  const wanted = linesOf(before);
  for (const deadline = Date.now() + SAME_MAX_MS; Date.now() < deadline; await sleep(POLL_MS)) {
    const ready = (await notReady(docker, controlPlane, names)).length === 0;
    if (ready && isDeepStrictEqual(linesOf(await nodeState(cluster)), wanted)) return true;
  }
  return false;
}

const WELL_MAX_MS = 30_000;

/** Throws a {@link Failure} where a node of it is not there or not Ready. */
export async function awaitWell({ docker, nodes }: KindCluster): Promise<void> {
  const { container: controlPlane } = controlPlaneOf(nodes);
  const names = nodes.map(({ container }) => container);
  await awaitNodes(docker, controlPlane, names, { deadline: Date.now() + WELL_MAX_MS });
}
