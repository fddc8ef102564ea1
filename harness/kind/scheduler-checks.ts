/**
 * What is seen of a scheduler before pods of a scenario are: its effective configuration, that its plugin knows every node's load, and that
 * it scores. Of a specimen only what holds in spite of its defects; the rest is told.
 */

import { goDurationMs, PLUGIN } from '../../src/plan/scheduler-words.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import type { KindControlPlane } from './control-plane.js';
import type { Profile } from './scheduler-config.js';
import { differences, queryErrors, scoredCount, unknownNodes } from './scheduler-metrics.js';
import { MANAGED, NAMESPACE } from './scheduler-objects.js';
import { awaitReady, endpoint, lastWords, type Reach, type SchedulerPod, type Seen, waitFor } from './scheduler-pod.js';

export interface Checked {
  readonly pod: SchedulerPod;
  readonly profile: Profile;
  /** Switches that are on; undefined for the plugin as it should be. */
  readonly specimens: string | undefined;
  /** Nodes that a pod that tolerates everything could have. */
  readonly nodes: number;
}

const CONFIGZ_MAX_MS = 20_000;
const CANARY_MAX_MS = 60_000;
const SPECIMEN_CANARY_MAX_MS = 30_000;
const SCORED_MAX_MS = 10_000;
const READY_AGAIN_MAX_MS = 120_000;
/** Of rate(): two scrapes, and a query after them, both twice over. */
const SCRAPES = 4;
const INTERVAL_MS = 15_000;
const KNOWN_MIN_MS = 60_000;

/** Its pod, as `namespace/name`: nothing that a scenario placed. */
export const canaryOf = (scheduler: string) => `${NAMESPACE}/${scheduler}-canary`;

const argumentsOf = ({ pluginConfig }: Profile) => pluginConfig.find(({ name }) => name === PLUGIN)?.args;

/** Throws a {@link Failure} where it shows another profile than was asked for. */
export async function checkConfiguration(reach: Reach, { pod, profile }: Checked): Promise<void> {
  const words = () => lastWords(reach, pod);
  const look = async (): Promise<Seen<string>> => {
    try {
      return { done: await endpoint(reach, pod, '/configz') };
    } catch (error) {
      return { seen: (error as Error).message };
    }
  };
  const shown = await waitFor(reach, `/configz of scheduler ${pod.scheduler}`, CONFIGZ_MAX_MS, look, words);
  const other = differences(profile, shown);
  if (other.length === 0) return;
  const why = `scheduler ${pod.scheduler} has not the configuration that was asked for: ${other.join('; ')}`;
  throw new Failure(ExitCode.infraError, `${why}${await words()}`);
}

/** Until the plugin has the load of every node. Specimens do not count what they do not know. */
export async function awaitKnownNodes(reach: Reach, { pod, profile, specimens }: Checked): Promise<void> {
  const args = argumentsOf(profile);
  if (!args || specimens !== undefined) return;
  const maxMs = Math.max(KNOWN_MIN_MS, SCRAPES * (goDurationMs(args.interval) ?? INTERVAL_MS));
  const look = async (): Promise<Seen<true>> => {
    const metrics = await metricsOf(reach, pod);
    const unknown = unknownNodes(metrics);
    if (unknown === '') return { done: true };
    const errors = queryErrors(metrics);
    const failed = errors === '' ? '' : `, queries that failed: ${errors}`;
    return { seen: `${unknown === undefined ? 'Prometheus has not answered' : `unknown nodes: ${unknown}`}${failed}` };
  };
  const what = `scheduler ${pod.scheduler} to know every node's load from ${args.prometheusURL ?? args.ip}`;
  await waitFor(reach, what, maxMs, look, () => lastWords(reach, pod));
}

/** An endpoint that is away for a moment is looked at again. */
const metricsOf = (reach: Reach, pod: SchedulerPod) => endpoint(reach, pod, '/metrics').catch(() => '');

/** A pod of its own is scheduled, and taken away again: the plugin scores where it is in the profile, and else does not. What there is to tell. */
export async function checkCanary(reach: Reach, api: KindControlPlane, checked: Checked): Promise<readonly string[]> {
  const { pod, profile, specimens } = checked;
  const before = scoredCount(await metricsOf(reach, pod)) ?? 0;
  const canary = canaryObject(pod.scheduler);
  const ref = { apiVersion: 'v1', kind: 'Pod', name: canary.metadata.name, namespace: NAMESPACE };
  // One that a killed run left has its node already.
  await api.delete(ref);
  const made = await api.apply(canary);
  if (!made.ok) throw new Failure(ExitCode.infraError, `a pod for scheduler ${pod.scheduler}: ${made.message}`);
  // Of a specimen it is a note, of one line.
  const words = async () => (specimens === undefined ? lastWords(reach, pod) : '');
  try {
    const maxMs = specimens === undefined ? CANARY_MAX_MS : SPECIMEN_CANARY_MAX_MS;
    const what = `scheduler ${pod.scheduler} to schedule a pod`;
    const look = async (): Promise<Seen<string>> => scheduledOf((await api.get(ref)) as Scheduled | undefined);
    await waitFor(reach, what, maxMs, look, words);
    return await checkScored(reach, checked, before, argumentsOf(profile) !== undefined);
  } catch (error) {
    if (specimens === undefined || !(error instanceof Failure)) throw error;
    return [`scheduler ${pod.scheduler}, ${specimens}: ${error.message}`];
  } finally {
    await api.delete(ref);
    // A specimen may have ended over it, and is started again.
    if (specimens !== undefined) await awaitReady(reach, pod.scheduler, READY_AGAIN_MAX_MS);
  }
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
  await waitFor(reach, `${PLUGIN} to score in scheduler ${pod.scheduler}`, SCORED_MAX_MS, look, words);
  return [];
}

/** It need not run: its image is nowhere. It may have any node, so that there are at least two to score. */
function canaryObject(scheduler: string) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${scheduler}-canary`, namespace: NAMESPACE, labels: MANAGED },
    spec: {
      schedulerName: scheduler,
      tolerations: [{ operator: 'Exists' }],
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      containers: [{ name: 'canary', image: 'kube-windtunnel/canary:none', imagePullPolicy: 'Never' }],
    },
  };
}

interface Scheduled {
  readonly spec?: { readonly nodeName?: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly message?: string }[] };
}

function scheduledOf(object: Scheduled | undefined): Seen<string> {
  if (object?.spec?.nodeName !== undefined) return { done: object.spec.nodeName };
  const { message } = object?.status?.conditions?.find(({ type }) => type === 'PodScheduled') ?? {};
  return { seen: message ?? 'Pending, and not looked at' };
}
