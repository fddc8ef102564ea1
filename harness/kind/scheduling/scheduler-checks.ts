/**
 * What is seen of a scheduler before pods of a scenario are: its effective configuration, that its plugin knows every node's load, and that
 * it scores. Of a specimen only what holds in spite of its defects; the rest is told.
 */

import { goDurationMs, INTERVAL_DEFAULT, PLUGIN } from '../../../src/plan/scheduler-words.js';
import type { KubeObject, ObjectRef } from '../../../src/scenario/model.js';
import { ExitCode } from '../../../src/verdict/merge.js';
import { Failure } from '../../failure.js';
import type { Seen } from '../await-that.js';
import { LABEL } from '../names.js';
import { type Pod, stateOf } from '../pod-state.js';
import type { Profile } from './scheduler-config.js';
import { differences, queryErrors, scoredCount, unknownNodes } from './scheduler-metrics.js';
import { labelsFor, SYSTEM_NAMESPACE } from './scheduler-objects.js';
import { awaitReady, awaitScheduler, endpoint, lastWords, type Reach, type SchedulerPod } from './scheduler-pod.js';

export interface Checked {
  readonly pod: SchedulerPod;
  readonly profile: Profile;
  /** Switches that are on; undefined for the plugin as it should be. */
  readonly specimens: string | undefined;
  /** Nodes that a pod that tolerates everything could have. */
  readonly nodes: number;
  /** Of the cluster: it marks what is made here. */
  readonly label: string;
}

const CONFIGZ_TIMEOUT_MS = 20_000;
const CANARY_TIMEOUT_MS = 60_000;
const SPECIMEN_CANARY_TIMEOUT_MS = 30_000;
const SCORED_TIMEOUT_MS = 10_000;
const READY_AGAIN_TIMEOUT_MS = 120_000;
/** Of rate(): two scrapes, and a query after them, both twice over. */
const SCRAPES = 4;
const KNOWN_TIMEOUT_MIN_MS = 60_000;

/** Its pod, as `namespace/name`: nothing that a scenario placed. */
export const canaryOf = (scheduler: string) => `${SYSTEM_NAMESPACE}/${scheduler}-canary`;

const argumentsOf = ({ pluginConfig }: Profile) => pluginConfig.find(({ name }) => name === PLUGIN)?.args;

/** Throws a {@link Failure} where it shows another profile than was asked for. */
export async function checkConfiguration(reach: Reach, { pod, profile }: Checked): Promise<void> {
  const words = () => lastWords(reach, pod);
  const look = async () => ({ done: await endpoint(reach, pod, '/configz') });
  const what = `/configz of scheduler ${pod.scheduler}`;
  const shown = await awaitScheduler(reach, { what, timeoutMs: CONFIGZ_TIMEOUT_MS, look, words });
  const other = differences(profile, shown);
  if (other.length === 0) return;
  const why = `scheduler ${pod.scheduler} has not the configuration that was asked for: ${other.join('; ')}`;
  throw new Failure(ExitCode.infraError, `${why}${await words()}`);
}

/** Until the plugin has the load of every node. Specimens do not count what they do not know. */
export async function awaitKnownNodes(reach: Reach, { pod, profile, specimens }: Checked): Promise<void> {
  const args = argumentsOf(profile);
  if (!args || specimens !== undefined) return;
  const intervalMs = goDurationMs(args.interval ?? INTERVAL_DEFAULT) ?? 0;
  const timeoutMs = Math.max(KNOWN_TIMEOUT_MIN_MS, SCRAPES * intervalMs);
  const look = async (): Promise<Seen<true>> => {
    const metrics = await metricsOf(reach, pod);
    const unknown = unknownNodes(metrics);
    if (unknown === '') return { done: true };
    const errors = queryErrors(metrics);
    const failed = errors === '' ? '' : `, queries that failed: ${errors}`;
    return { seen: `${unknown === undefined ? 'Prometheus has not answered' : `unknown nodes: ${unknown}`}${failed}` };
  };
  const what = `scheduler ${pod.scheduler} to know every node's load from ${args.prometheusURL ?? args.ip}`;
  await awaitScheduler(reach, { what, timeoutMs, look, words: () => lastWords(reach, pod) });
}

/** An endpoint that is away for a moment is looked at again. */
const metricsOf = (reach: Reach, pod: SchedulerPod) => endpoint(reach, pod, '/metrics').catch(() => '');

/**
 * A pod of its own is scheduled, and taken away again: the plugin scores where it is in the profile, and else does not. What there is to tell.
 * What goes wrong first is what is thrown.
 */
export async function checkCanary(reach: Reach, checked: Checked): Promise<readonly string[]> {
  const { pod, specimens } = checked;
  const ref = { apiVersion: 'v1', kind: 'Pod', name: `${pod.scheduler}-canary`, namespace: SYSTEM_NAMESPACE };
  await refuseForeign(reach, checked, ref);
  const [seen] = await Promise.allSettled([seeCanary(reach, checked, ref)]);
  const [left] = await Promise.allSettled([afterCanary(reach, checked, ref)]);
  if (seen.status === 'fulfilled') {
    if (left.status === 'rejected') throw left.reason;
    return seen.value;
  }
  const { reason } = seen;
  if (left.status === 'rejected') reach.say(`after the check of scheduler ${pod.scheduler}: ${left.reason.message}`);
  else if (specimens !== undefined && reason instanceof Failure)
    return [`scheduler ${pod.scheduler}, ${specimens}: ${reason.message}`];
  throw reason;
}

/** Also of a specimen: it says nothing of it. */
async function refuseForeign({ api }: Reach, { label }: Checked, ref: ObjectRef): Promise<void> {
  const there = await api.get(ref);
  if (!there || isOf(there, label)) return;
  const why = `the cluster has a ${ref.kind} ${ref.name} of its own`;
  throw new Failure(ExitCode.infraError, why, 'give the scheduler another name');
}

const isOf = ({ metadata: { labels = {} } }: KubeObject, label: string) => labels[LABEL] === label;

async function afterCanary(reach: Reach, checked: Checked, ref: ObjectRef): Promise<void> {
  const { pod, specimens } = checked;
  await takeCanary(reach, checked, ref);
  // A specimen may have ended over it, and is started again.
  if (specimens !== undefined) await awaitReady(reach, pod.scheduler, READY_AGAIN_TIMEOUT_MS);
}

async function takeCanary({ api }: Reach, { label }: Checked, ref: ObjectRef): Promise<void> {
  const there = await api.get(ref);
  if (!there || !isOf(there, label)) return;
  const answer = await api.delete(ref);
  if (!answer.ok && answer.code !== 404) throw new Error(`${ref.kind} ${ref.name}: ${answer.message}`);
}

async function seeCanary(reach: Reach, checked: Checked, ref: ObjectRef): Promise<readonly string[]> {
  const { pod, profile, specimens } = checked;
  const before = scoredCount(await metricsOf(reach, pod)) ?? 0;
  // One that a killed run left has its node already.
  await takeCanary(reach, checked, ref);
  const made = await reach.api.apply(canaryObject(checked));
  if (!made.ok) throw new Failure(ExitCode.infraError, `a pod for scheduler ${pod.scheduler}: ${made.message}`);
  // Of a specimen it is a note, of one line.
  const words = async () => (specimens === undefined ? lastWords(reach, pod) : '');
  const timeoutMs = specimens === undefined ? CANARY_TIMEOUT_MS : SPECIMEN_CANARY_TIMEOUT_MS;
  const look = async (): Promise<Seen<string>> => {
    const canary = (await reach.api.get(ref)) as Pod | undefined;
    const node = canary?.spec?.nodeName;
    return node === undefined ? { seen: canary ? stateOf(canary) : 'no pod' } : { done: node };
  };
  await awaitScheduler(reach, { what: `scheduler ${pod.scheduler} to schedule a pod`, timeoutMs, look, words });
  return checkScored(reach, checked, before, argumentsOf(profile) !== undefined);
}

async function checkScored(
  reach: Reach,
  { pod, nodes }: Checked,
  before: number,
  isOn: boolean,
): Promise<readonly string[]> {
  const count = async () => scoredCount(await endpoint(reach, pod, '/metrics'));
  const words = () => lastWords(reach, pod);
  if (!isOn) {
    if ((await count()) === undefined) return [];
    const why = `${PLUGIN} scored in scheduler ${pod.scheduler}, whose profile is without it`;
    throw new Failure(ExitCode.infraError, `${why}${await words()}`);
  }
  if (nodes < 2) return [`scheduler ${pod.scheduler}: only one node, nothing is scored`];
  const look = async (): Promise<Seen<true>> => {
    const now = await count();
    return now !== undefined && now > before ? { done: true } : { seen: `${now ?? 0} scores` };
  };
  const what = `${PLUGIN} to score in scheduler ${pod.scheduler}`;
  await awaitScheduler(reach, { what, timeoutMs: SCORED_TIMEOUT_MS, look, words });
  return [];
}

/** It need not run: its image is nowhere. It may have any node, so that there are at least two to score. */
function canaryObject({ pod: { scheduler }, label }: Checked) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${scheduler}-canary`, namespace: SYSTEM_NAMESPACE, labels: labelsFor(label) },
    spec: {
      schedulerName: scheduler,
      tolerations: [{ operator: 'Exists' }],
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      containers: [{ name: 'canary', image: 'kube-windtunnel/canary:none', imagePullPolicy: 'Never' }],
    },
  };
}
