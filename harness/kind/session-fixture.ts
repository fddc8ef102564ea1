/**
 * For tests of sessions: a world of stand-ins for docker and kind, and a session in it. A bring-up ends where the agent is built: there is no
 * Go on the PATH of these tests, and the cluster is held by then. With {@link GO} it ends where the arm opens, which has used the cluster by then.
 */
import { writeFileSync } from 'node:fs';
import type { Test } from 'tap';
import type { ArmSpec } from '../../src/plan/plan.js';
import type { ClusterSpec } from '../../src/scenario/model.js';
import { DEFAULT_KIND_SETTINGS } from '../settings/settings.js';
import type { KindCluster } from './cluster.js';
import { Docker } from './docker.js';
import { loadImages } from './images.js';
import { keep, keptOf } from './kept.js';
import { type KindRun, KindSession, type SessionOptions } from './session.js';
import { DAEMON, KIND, StandIns, TWO_NODES } from './stand-in.js';

const NO_STEPS = { steps: [], catch: [], finally: [] };

export function armOf(cluster: ClusterSpec): ArmSpec {
  return { name: 'treatment', omitTreatment: false, expect: 'first', cluster, probes: [], ...NO_STEPS };
}

export const OTHER: ClusterSpec = { ...TWO_NODES, kubeProxy: { ...TWO_NODES.kubeProxy, strictARP: true } };

export interface Scene {
  readonly world: StandIns;
  readonly session: KindSession;
  readonly said: string[];
}

/** Builds an agent, as far as a file goes. */
const GO = `while [ "$1" != -o ]; do shift; done; : >"$2"`;

interface More extends Partial<Pick<SessionOptions, 'breathe' | 'open'>> {
  /** The agent is built once a process: then no test of the file waits for it to fail. */
  readonly hasGo?: true;
}

export function scene(test: Test, settings: Partial<KindRun> = {}, docker = '', { hasGo, ...more }: More = {}): Scene {
  const programs = { docker: `${docker}\n${DAEMON}`, kind: KIND, ...(hasGo && { go: GO }) };
  const world = new StandIns(test.testdir(), programs);
  const said: string[] = [];
  const options = {
    settings: { ...DEFAULT_KIND_SETTINGS, ...settings },
    seed: '1',
    folder: world.file('run'),
    pollMs: 10,
    say: (s: string) => void said.push(s),
    ...more,
  };
  return { world, session: new KindSession(options), said };
}

/** As far as it goes here. */
export async function hold(test: Test, session: KindSession, cluster = TWO_NODES): Promise<void> {
  await test.rejects(session.bringUp(armOf(cluster)), { message: /there is no Go/ });
}

/** As far as a used cluster goes here: no host beside the nodes can be started. */
export async function use(test: Test, session: KindSession, cluster = TWO_NODES): Promise<void> {
  await test.rejects(session.bringUp(armOf(cluster)), { message: /no answer to docker image ls/ });
}

/** Whoever waits for something finds his time over at the second look. */
export async function inHaste(test: Test, work: () => Promise<unknown>): Promise<void> {
  const now = Date.now;
  let looks = 0;
  Date.now = () => now() + looks++ * 60_000;
  const restore = () => {
    Date.now = now;
  };
  test.teardown(restore);
  await work().finally(restore);
}

/** Something that an arm did to the nodes stays. */
export const changeNodes = ({ world }: Scene, ip = '172.30.0.9') =>
  writeFileSync(world.file('state'), `eth0 UP ${ip}/24\nTCP  0A600001:01BB rr\n`);

export const created = ({ world }: Scene) => world.calls('kind').filter(({ words }) => words[0] === 'create').length;
export const removed = ({ world }: Scene) => world.calls('docker').filter(({ words }) => words[0] === 'rm').length;
export const NOTHING = { containers: [], networks: [] };

/** A cluster of the user's, kept under the name `lab`. */
export function keepLab({ world }: Scene, spec = TWO_NODES, subnet = '172.30.0.0/24'): void {
  const nodes = ['control-plane', 'worker'] as const;
  for (const role of nodes) world.add('containers', `wt-lab-${role}`, 'io.x-k8s.kind.cluster=wt-lab');
  world.add('networks', 'wt-lab-net', 'kube-windtunnel.label=lab-label');
  const cluster: KindCluster = {
    name: 'wt-lab',
    label: 'lab-label',
    docker: new Docker(),
    nodes: nodes.map((role) => ({ name: role, role, container: `wt-lab-${role}`, ip: '172.30.0.2' })),
    subnet,
    network: 'wt-lab-net',
    kubeconfig: world.file('lab.kubeconfig'),
    madeOf: { nodeImage: loadImages().node('1.34.2'), kubeadmConfigPatches: [] },
    notes: [],
  };
  writeFileSync(cluster.kubeconfig, 'kind: Config\n');
  keep(keptOf('lab', cluster, spec));
}
