/**
 * The schedulers of an arm on a real cluster, beside the default one: deployed from the files that a user applies, checked before any pod of
 * the scenario is theirs, listened to, and taken away. Another arm may have others: each deploys its own.
 */
import type { Micros } from '../../../src/base/instant.js';
import { refOf } from '../../../src/plan/objects.js';
import { schedulerOf } from '../../../src/plan/scheduler-problems.js';
import type { ClusterSpec, KubeObject } from '../../../src/scenario/model.js';
import { ExitCode } from '../../../src/verdict/merge.js';
import { Ends } from '../../ends/ends.js';
import { Failure } from '../../failure.js';
import type { AgentLine } from '../../netns/line.js';
import type { Requester } from '../api-request.js';
import type { Seen } from '../await-that.js';
import { controlPlaneOf, type KindCluster } from '../cluster.js';
import { KindControlPlane } from '../control-plane.js';
import type { Images } from '../images.js';
import { ensureOnNodes } from '../node-images.js';
import { orTakeAway } from '../or-take-away.js';
import { DecisionLog } from './decision-log.js';
import { awaitKnownNodes, canaryOf, checkCanary, checkConfiguration } from './scheduler-checks.js';
import { schedulerConfiguration } from './scheduler-config.js';
import { buildFor, schedulerImage } from './scheduler-images.js';
import { MANAGED, type SchedulerObjects, schedulerObjects } from './scheduler-objects.js';
import { awaitReady, awaitScheduler, followLog, type Reach, schedulerPods } from './scheduler-pod.js';

/** Runs a command on the control plane's node and hands over the lines that it writes; what it returns ends it. */
export type Follow = (argv: readonly string[], take: (line: string) => void) => Promise<() => Promise<void>>;

export interface SchedulersPlan {
  readonly spec: ClusterSpec;
  readonly cluster: Pick<KindCluster, 'docker' | 'nodes' | 'label'>;
  readonly images: Pick<Images, 'scheduler'>;
  readonly request: Requester;
  readonly follow: Follow;
  /** The arm's clock, for decisions. */
  readonly now: () => Micros;
  /** Progress, a line each. */
  readonly say: (text: string) => void;
  /** The run is over: what is under way is given up. */
  readonly signal?: AbortSignal | undefined;
}

export interface Schedulers {
  /** For the history. */
  readonly notes: readonly string[];
  readonly decisions: DecisionLog;
  close(): Promise<void>;
}

const READY_TIMEOUT_MS = 180_000;
const GONE_TIMEOUT_MS = 60_000;

/** By an agent on the control plane's node. */
export function followBy(line: AgentLine): Follow {
  return async (argv, take) => {
    const number = line.number(({ event, line: text = '' }) => {
      if (event === 'line') take(text);
    });
    await line.ask({ do: 'start', ns: '', number, argv });
    return async () => {
      line.forget(number);
      if (!line.broken) await line.ask({ do: 'kill', number });
    };
  };
}

/** Throws a {@link Failure} where one of them cannot be had as asked for; then all are taken away again. */
export async function deploySchedulers(plan: SchedulersPlan): Promise<Schedulers> {
  const ends = new Ends();
  const names = plan.spec.schedulers.map(({ name }) => String(name));
  const decisions = new DecisionLog((pod) => names.some((name) => canaryOf(name) === pod));
  const notes = await orTakeAway(ends, plan.say, () => deployAll(plan, decisions, ends));
  return { notes, decisions, close: () => ends.run() };
}

async function deployAll(plan: SchedulersPlan, decisions: DecisionLog, ends: Ends): Promise<readonly string[]> {
  const { spec, cluster, request, say, signal } = plan;
  const reach: Reach = {
    docker: cluster.docker,
    container: controlPlaneOf(cluster.nodes).container,
    api: new KindControlPlane(request),
    say,
    signal,
  };
  const notes: string[] = [];
  const wanted: SchedulerObjects[] = [];
  for (const item of spec.schedulers) wanted.push(await wantedOf(plan, item, notes));
  for (const one of wanted) {
    // Taken away before the next is made, whatever of it is there.
    ends.add(() => takeAway(reach, one));
    await apply(reach, one);
  }
  for (const one of wanted) notes.push(...(await check(plan, reach, one, { decisions, ends })));
  return notes;
}

async function wantedOf(
  { spec, cluster, images, say, signal }: SchedulersPlan,
  item: ClusterSpec['schedulers'][number],
  notes: string[],
): Promise<SchedulerObjects> {
  const scheduler = schedulerOf(item);
  const { name, specimens } = scheduler;
  const build = buildFor(spec.kubernetes ?? '', specimens !== undefined);
  if (build.note !== undefined) notes.push(`scheduler ${name}: ${build.note}`);
  const { container } = controlPlaneOf(cluster.nodes);
  const image = await schedulerImage(cluster.docker, images, build, specimens !== undefined, signal);
  await ensureOnNodes({ docker: cluster.docker, containers: [container], image, isRebuilt: true, say, signal });
  const kubernetesNames = new Map(cluster.nodes.map((node) => [node.name, node.container]));
  const configuration = schedulerConfiguration(scheduler, spec, kubernetesNames);
  return { name, image, specimens, configuration, node: container, label: cluster.label };
}

/** What a killed run left goes first; what is not ours stays, and is an error. */
async function apply(reach: Reach, wanted: SchedulerObjects): Promise<void> {
  const { api } = reach;
  const objects = schedulerObjects(wanted);
  let isLeft = false;
  for (const object of objects) {
    const there = await api.get(refOf(object));
    if (!there) continue;
    if (!isOurs(there)) {
      const what = `${object.kind} ${object.metadata.name}`;
      throw new Failure(ExitCode.infraError, `the cluster has a ${what} of its own`, 'give the scheduler another name');
    }
    isLeft = true;
  }
  if (isLeft) await takeAway(reach, wanted);
  for (const object of objects) {
    const answer = await api.apply(object);
    const what = `${object.kind} ${object.metadata.name}`;
    if (!answer.ok) throw new Failure(ExitCode.infraError, `${what}: ${answer.code} ${answer.message}`);
  }
}

function isOurs({ metadata: { labels = {} } }: KubeObject): boolean {
  return Object.entries(MANAGED).every(([key, value]) => labels[key] === value);
}

/** Of what is there all that is ours; then no pod of it is left. */
async function takeAway(reach: Reach, wanted: SchedulerObjects): Promise<void> {
  const { api } = reach;
  let wasThere = false;
  for (const object of [...schedulerObjects(wanted)].reverse()) {
    const ref = refOf(object);
    const there = await api.get(ref);
    if (!there || !isOurs(there)) continue;
    wasThere = true;
    const answer = await api.delete(ref);
    if (!answer.ok && answer.code !== 404) throw new Error(`${ref.kind} ${ref.name}: ${answer.message}`);
  }
  if (!wasThere) return;
  const look = async (): Promise<Seen<true>> => {
    const left = await schedulerPods(reach, wanted.name);
    return left.length === 0 ? { done: true } : { seen: `pod ${left[0]?.metadata.name} is there` };
  };
  // Clean-up goes on where the run is over.
  const what = `scheduler ${wanted.name} to be gone`;
  await awaitScheduler({ say: reach.say }, { what, timeoutMs: GONE_TIMEOUT_MS, look });
}

async function check(
  { cluster, follow, now, say }: SchedulersPlan,
  reach: Reach,
  wanted: SchedulerObjects,
  { decisions, ends }: { readonly decisions: DecisionLog; readonly ends: Ends },
): Promise<readonly string[]> {
  const { name, image, specimens, configuration } = wanted;
  const startedAt = Date.now();
  const pod = await awaitReady(reach, name, READY_TIMEOUT_MS);
  const stop = await follow(followLog(pod), (line) => decisions.line(line, now(), name));
  ends.add(stop);
  const { label } = cluster;
  const checked = { pod, specimens, label, profile: configuration.profiles[0], nodes: cluster.nodes.length };
  await checkConfiguration(reach, checked);
  await awaitKnownNodes(reach, checked);
  const told = await checkCanary(reach, checked);
  const what = specimens === undefined ? image : `${image} with ${specimens}`;
  say(`scheduler ${name} is well after ${Math.round((Date.now() - startedAt) / 1000)} s`);
  return [`scheduler ${name}: ${what}, Ready, with the configuration that was asked for`, ...told];
}
