/**
 * A scheduler's pod on a real cluster: whether it is Ready, what its log and its endpoints say, and waiting for it with what was last seen.
 * Everything but the pod's state comes from the node's container, which no fault of the cluster's network cuts off.
 */
import { ADMIN } from '../api-request.js';
import { awaitValue, type Seen, type WaitingForValue } from '../await-that.js';
import type { KindControlPlane } from '../control-plane.js';
import { criWords } from '../cri-line.js';
import { curl } from '../curl.js';
import type { Docker } from '../docker.js';
import { isInVain, isReady, type Pod, podsOf, stateOf } from '../pod-state.js';
import { CONTAINER, SYSTEM_NAMESPACE } from './scheduler-objects.js';

/** How the API server and a node are reached. */
export interface Reach {
  readonly docker: Docker;
  /** Of the node that the schedulers run on; prepared by `prepareInside`. */
  readonly container: string;
  readonly api: KindControlPlane;
  /** Progress, a line each. */
  readonly say: (text: string) => void;
  /** The run is over. */
  readonly signal?: AbortSignal | undefined;
}

export interface SchedulerPod {
  /** schedulerName. */
  readonly scheduler: string;
  readonly name: string;
  readonly uid: string;
  readonly ip: string;
}

const LOG_LINES = 200;
const SAID_LINES = 4;
const SAID_MAX = 400;
const CURL_MAX_S = 5;
/** kube-scheduler's own. */
const PORT = 10259;
/** A container is started again under the next number. */
const STARTS = Array.from({ length: 10 }, (_, index) => `${index}.log`);
const ERROR = /^[EF]\d{4} |^Error: |^panic: |^goroutine \d/;
const OURS = /network_traffic/;
const HINT = '--keep on-failure keeps the cluster; kubectl --namespace kube-system describe pods';

/** Throws a {@link Failure} with what was last seen. */
export function awaitScheduler<T>(
  { say, signal }: Pick<Reach, 'say' | 'signal'>,
  waiting: Pick<WaitingForValue<T>, 'what' | 'timeoutMs' | 'look' | 'words'>,
): Promise<T> {
  return awaitValue({ ...waiting, say, signal, hint: HINT });
}

/** Those that end too. */
export function schedulerPods({ api }: Reach, scheduler: string): Promise<readonly Pod[]> {
  return podsOf(api, SYSTEM_NAMESPACE, scheduler);
}

/** Until its readiness probe, /healthz, is answered. */
export async function awaitReady(reach: Reach, scheduler: string, timeoutMs: number): Promise<SchedulerPod> {
  let last: SchedulerPod | undefined;
  const look = async (): Promise<Seen<SchedulerPod>> => {
    const pods = await schedulerPods(reach, scheduler);
    const pod = pods.find(({ metadata }) => metadata.deletionTimestamp === undefined);
    last = pod && identityOf(pod, scheduler);
    if (!pod || !last) return { seen: 'no pod yet' };
    if (isReady(pod)) return { done: last };
    const starts = pod.status?.containerStatuses?.[0]?.restartCount ?? 0;
    const seen = `pod ${last.name} ${stateOf(pod)}, started again ${starts} times`;
    return isInVain(pod) ? { seen, fatal: true } : { seen };
  };
  const words = async () => (last ? lastWords(reach, last) : '');
  return awaitScheduler(reach, { what: `scheduler ${scheduler} to be Ready`, timeoutMs, look, words });
}

function identityOf({ metadata, status }: Pod, scheduler: string): SchedulerPod {
  return { scheduler, name: metadata.name, uid: String(metadata.uid), ip: status?.podIP ?? '' };
}

const logFolder = ({ name, uid }: Pick<SchedulerPod, 'name' | 'uid'>) =>
  `/var/log/pods/${SYSTEM_NAMESPACE}_${name}_${uid}/${CONTAINER}`;

/** A command on the node that writes the pod's log from its first line on, whatever the container is started again or its file is rotated. */
export function followLog(pod: SchedulerPod): readonly string[] {
  const files = STARTS.map((file) => `${logFolder(pod)}/${file}`);
  return ['tail', '--quiet', '--lines=+1', '--follow=name', '--retry', ...files];
}

/** `; it says:` and its last lines, those that tell of errors where there are any. */
export async function lastWords(
  { docker, container }: Pick<Reach, 'docker' | 'container'>,
  pod: Pick<SchedulerPod, 'name' | 'uid'>,
): Promise<string> {
  const script = `tail --quiet --lines=${LOG_LINES} ${logFolder(pod)}/*.log`;
  const { stdout } = await docker.exec(container, ['sh', '-c', script]);
  const lines = stdout.split('\n').flatMap((line) => (line === '' ? [] : [criWords(line)]));
  const best = [ERROR, OURS].map((what) => lines.filter((line) => what.test(line))).find((some) => some.length > 0);
  const told = (best ?? lines).slice(-SAID_LINES).map((line) => line.slice(0, SAID_MAX));
  return told.length === 0 ? '' : `; it says:\n${told.join('\n')}`;
}

/** What one of its paths answers, to an administrator. Rejects where it does not. */
export async function endpoint(reach: Reach, { ip, scheduler }: SchedulerPod, path: string): Promise<string> {
  const argv = curl(CURL_MAX_S, '--fail', '--insecure', '--cert', ADMIN, `https://${ip}:${PORT}${path}`);
  const { code, stdout, stderr } = await reach.docker.exec(reach.container, argv);
  if (code !== 0) throw new Error(`${path} of scheduler ${scheduler}: ${stderr.trim()}`);
  return stdout;
}
