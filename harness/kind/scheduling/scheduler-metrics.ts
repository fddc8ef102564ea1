/** What a scheduler's /metrics and /configz say, read. Pure. */

import { goDurationMs, PLUGIN } from '../../../src/plan/scheduler-words.js';
import { samplesOf } from '../exposition.js';
import type { Profile } from './scheduler-config.js';

/** How often the plugin has scored a node; undefined where it never has. */
export function scoredCount(metrics: string): number | undefined {
  const found = samplesOf(metrics, 'scheduler_plugin_evaluation_total').filter(
    ({ labels }) => labels.plugin === PLUGIN && labels.extension_point === 'Score',
  );
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
}

/** Nodes whose load the plugin does not know, in words; empty where it knows all, undefined before Prometheus's first answer. */
export function unknownNodes(metrics: string): string | undefined {
  if (samplesOf(metrics, 'network_traffic_snapshot_age_seconds').length === 0) return undefined;
  return samplesOf(metrics, 'network_traffic_unknown_nodes')
    .filter(({ value }) => value !== 0)
    .map(({ labels, value }) => `${value} ${labels.reason}`)
    .join(', ');
}

/** Why Prometheus is not heard, as far as it is counted: `3 transport`. */
export function queryErrors(metrics: string): string {
  const failed = samplesOf(metrics, 'network_traffic_query_errors_total').filter(({ value }) => value > 0);
  return failed.map(({ labels, value }) => `${value} ${labels.kind}`).join(', ');
}

type PluginSet = NonNullable<Profile['plugins']['score']>;

interface Shown {
  readonly profiles?: readonly {
    readonly schedulerName: string;
    readonly plugins?: { readonly multiPoint?: PluginSet; readonly score?: PluginSet };
    readonly pluginConfig?: readonly { readonly name: string; readonly args?: Readonly<Record<string, unknown>> }[];
  }[];
}

/** kube-schedulers up to 1.31 show the fields of their Go types: `Profiles`, and null for what is not there. */
function asWritten(_: string, value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  const lowered = (key: string) => `${key.slice(0, 1).toLowerCase()}${key.slice(1)}`;
  return Object.fromEntries(Object.entries(value).map(([key, inside]) => [lowered(key), inside]));
}

/** Where /configz shows another profile than was asked for; an entry each. */
export function differences(asked: Profile, configz: string): readonly string[] {
  const { componentconfig } = JSON.parse(configz, asWritten) as { readonly componentconfig?: Shown };
  const profiles = componentconfig?.profiles ?? [];
  const shown = profiles.find(({ schedulerName }) => schedulerName === asked.schedulerName);
  if (!shown) return [`no profile ${asked.schedulerName}, but ${profiles.map((one) => one.schedulerName).join(', ')}`];
  const { multiPoint = {}, score = {} } = shown.plugins ?? {};
  const wanted = asked.plugins.multiPoint?.enabled ?? [];
  const weights = [
    ...weightDifferences(wanted, multiPoint.enabled ?? [], 'multiPoint'),
    ...weightDifferences(asked.plugins.score?.enabled ?? [], score.enabled ?? [], 'score'),
  ];
  const isThere = [...(multiPoint.enabled ?? []), ...(score.enabled ?? [])].some(({ name }) => name === PLUGIN);
  const uninvited = isThere && wanted.length === 0 ? [`${PLUGIN} is there, and was switched off`] : [];
  const off = asked.plugins.score?.disabled ?? [];
  const still = off.filter(({ name }) => !score.disabled?.some((one) => one.name === name));
  const args = asked.pluginConfig.flatMap(({ name, args }) => {
    const has = shown.pluginConfig?.find((one) => one.name === name)?.args;
    return has === undefined ? [`${name} has no arguments`] : argumentDifferences(name, args, has);
  });
  return [...weights, ...uninvited, ...still.map(({ name }) => `${name} scores, and was switched off`), ...args];
}

type Weights = NonNullable<PluginSet['enabled']>;

function weightDifferences(wanted: Weights, has: Weights, where: string): readonly string[] {
  return wanted.flatMap(({ name, weight }) => {
    const found = has.find((one) => one.name === name);
    if (!found) return [`${name} is not enabled in ${where}`];
    return found.weight === weight ? [] : [`${name} weighs ${found.weight}, not ${weight}`];
  });
}

type Args = Readonly<Record<string, unknown>>;

/** Of what was asked for alone: defaults are the plugin's. */
function argumentDifferences(plugin: string, asked: Args, has: Args): readonly string[] {
  return Object.entries(asked).flatMap(([key, value]) => {
    if (isSame(value, has[key])) return [];
    return [`${plugin}.${key} is ${JSON.stringify(has[key])}, not ${JSON.stringify(value)}`];
  });
}

/** `2m` and `2m0s` are; of mappings what was asked for counts, fields with a Go zero value are left out of the answer. */
function isSame(asked: unknown, has: unknown): boolean {
  if (asked === has || (has === undefined && (asked === 0 || asked === false || asked === ''))) return true;
  const duration = goDurationMs(asked);
  if (duration !== undefined) return duration === goDurationMs(has);
  if (typeof asked !== 'object' || asked === null || typeof has !== 'object' || has === null) return false;
  return Object.entries(asked).every(([key, value]) => isSame(value, (has as Args)[key]));
}
