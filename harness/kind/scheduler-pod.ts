/**
 * A scheduler's pod on a real cluster: whether it is Ready, what its log and its endpoints say, and waiting for it with what was last seen.
 * Everything but the pod's state comes from the node's container, which no fault of the cluster's network cuts off.
 */
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { ADMIN, type Requester } from './api-request.js';
import type { Docker } from './docker.js';
import { CONTAINER, labelOf, NAMESPACE } from './scheduler-objects.js';

/** How the API server and a node are reached. */
export interface Reach {
  readonly docker: Docker;
  /** Of the node that the schedulers run on; prepared by `prepareInside`. */
  readonly container: string;
  readonly request: Requester;
  /** Progress, a line each. */
  readonly say: (text: string) => void;
  /** Throws where the run is over. */
  readonly breathe?: (() => Promise<void>) | undefined;
}

export interface SchedulerPod {
  /** schedulerName. */
  readonly scheduler: string;
  readonly name: string;
  readonly uid: string;
  readonly ip: string;
}

/** What a look saw: what was waited for, or words; `fatal` where waiting is in vain. */
export type Seen<T> = { readonly done: T } | { readonly seen: string; readonly fatal?: true };

const POLL_MS = 500;
const TELL_EVERY_MS = 10_000;
const LOG_LINES = 200;
const SAID_LINES = 4;
const SAID_MAX = 400;
const CURL_MAX_S = 5;
/** kube-scheduler's own. */
const PORT = 10259;
/** A container is started again under the next number. */
const STARTS = Array.from({ length: 10 }, (_, index) => `${index}.log`);
const IN_VAIN = ['CrashLoopBackOff', 'ErrImageNeverPull', 'InvalidImageName'];
const ERROR = /^[EF]\d{4} |^Error: |^panic: |^goroutine \d/;
const OURS = /network_traffic/;
/** `TIME stderr F `: how the kubelet keeps it. */
const CRI = /^\S+ std(?:out|err) [FP] /;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Looks until it is there. Throws a {@link Failure} with what was last seen and the end of the scheduler's log. */
export async function waitFor<T>(
  reach: Reach,
  what: string,
  maxMs: number,
  look: () => Promise<Seen<T>>,
  words: () => Promise<string>,
): Promise<T> {
  const startedAt = Date.now();
  let toldAt = startedAt;
  for (;;) {
    await reach.breathe?.();
    const seen = await look();
    if ('done' in seen) return seen.done;
    const waited = Date.now() - startedAt;
    if (seen.fatal || waited > maxMs) {
      throw new Failure(
        ExitCode.infraError,
        `waited ${Math.round(waited / 1000)} s for ${what}; last seen: ${seen.seen}${await words()}`,
        '--keep on-failure keeps the cluster; kubectl --namespace kube-system describe pods',
      );
    }
    if (Date.now() - toldAt >= TELL_EVERY_MS) {
      toldAt = Date.now();
      reach.say(`waiting for ${what} (${Math.round(waited / 1000)} s): ${seen.seen}`);
    }
    await sleep(POLL_MS);
  }
}

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
    readonly containerStatuses?: readonly {
      readonly restartCount: number;
      readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
    }[];
  };
}

/** All that are there, those that end too. */
export async function podsOf({ request }: Reach, scheduler: string): Promise<readonly Pod[]> {
  const selector = encodeURIComponent(labelOf(scheduler));
  const path = `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=${selector}`;
  const { status, body } = await request({ method: 'GET', path });
  if (status !== 200) throw new Error(`pods of ${scheduler}: ${status} ${JSON.stringify(body).slice(0, SAID_MAX)}`);
  return (body as { readonly items?: readonly Pod[] }).items ?? [];
}

/** Until its readiness probe, /healthz, is answered. */
export async function awaitReady(reach: Reach, scheduler: string, maxMs: number): Promise<SchedulerPod> {
  let last: Pod | undefined;
  const look = async (): Promise<Seen<SchedulerPod>> => {
    const pods = await podsOf(reach, scheduler);
    last = pods.find(({ metadata }) => metadata.deletionTimestamp === undefined);
    return last ? stateOf(last, scheduler) : { seen: 'no pod yet' };
  };
  const words = async () => (last ? lastWords(reach, { name: last.metadata.name, uid: last.metadata.uid }) : '');
  return waitFor(reach, `scheduler ${scheduler} to be Ready`, maxMs, look, words);
}

function stateOf({ metadata: { name, uid }, status = {} }: Pod, scheduler: string): Seen<SchedulerPod> {
  const { phase = 'no phase', conditions = [], podIP = '', containerStatuses = [] } = status;
  if (conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True'))
    return { done: { scheduler, name, uid, ip: podIP } };
  const { restartCount = 0, state } = containerStatuses[0] ?? {};
  const { reason, message = '' } = state?.waiting ?? {};
  const unscheduled = conditions.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  const why = reason === undefined ? (unscheduled?.message ?? 'not Ready') : `${reason} ${message}`.trim();
  const seen = `pod ${name} ${phase}, ${why}, started again ${restartCount} times`;
  return reason !== undefined && IN_VAIN.includes(reason) ? { seen, fatal: true } : { seen };
}

const logFolder = ({ name, uid }: Pick<SchedulerPod, 'name' | 'uid'>) =>
  `/var/log/pods/${NAMESPACE}_${name}_${uid}/${CONTAINER}`;

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
  const lines = stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.replace(CRI, '')]));
  const best = [ERROR, OURS].map((what) => lines.filter((line) => what.test(line))).find((some) => some.length > 0);
  const told = (best ?? lines).slice(-SAID_LINES).map((line) => line.slice(0, SAID_MAX));
  return told.length === 0 ? '' : `; it says:\n${told.join('\n')}`;
}

/** What one of its paths answers, to an administrator. Rejects where it does not. */
export async function endpoint(reach: Reach, { ip, scheduler }: SchedulerPod, path: string): Promise<string> {
  const call = ['--silent', '--show-error', '--fail', '--insecure', '--max-time', String(CURL_MAX_S), '--cert', ADMIN];
  const argv = ['curl', ...call, `https://${ip}:${PORT}${path}`];
  const { code, stdout, stderr } = await reach.docker.exec(reach.container, argv);
  if (code !== 0) throw new Error(`${path} of scheduler ${scheduler}: ${stderr.trim()}`);
  return stdout;
}
