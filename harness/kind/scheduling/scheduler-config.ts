/**
 * A scheduler of a cluster file as a KubeSchedulerConfiguration of one profile: network_traffic beside kube-scheduler's own plugins, with the
 * rates of the cluster file's links for capacities, for a veth's nominal speed says nothing. Knows no file and no cluster that runs.
 */

import { formatRate } from '../../../src/plan/quantities.js';
import { type Scheduler, scrapeIntervalOf } from '../../../src/plan/scheduler-problems.js';
import { PLUGIN } from '../../../src/plan/scheduler-words.js';
import type { ClusterSpec } from '../../../src/scenario/model.js';

type Mapping = Readonly<Record<string, unknown>>;

interface Weighted {
  readonly name: string;
  readonly weight?: number;
}

interface PluginSet {
  readonly enabled?: readonly Weighted[];
  readonly disabled?: readonly Weighted[];
}

export interface Profile {
  readonly schedulerName: string;
  readonly plugins: { readonly multiPoint?: PluginSet; readonly score?: PluginSet };
  readonly pluginConfig: readonly { readonly name: string; readonly args: Mapping }[];
}

export interface SchedulerConfiguration {
  readonly apiVersion: string;
  readonly kind: string;
  readonly leaderElection: { readonly leaderElect: boolean };
  readonly profiles: readonly [Profile];
}

export type ConfiguredBy = Pick<ClusterSpec, 'nodes' | 'addons'>;

const PROMETHEUS = 'http://prometheus.monitoring.svc:9090';
const DEVICE = 'eth0';
/** The weight of a plugin whose weight nobody gave: kube-scheduler's own. */
const WEIGHT = 1;

/** Whether the plugin is in the profile. */
export function isOn({ plugins }: Scheduler): boolean {
  return plugins[PLUGIN] !== undefined && plugins[PLUGIN].enabled !== false;
}

/** `kubernetesNames` are those of the nodes, by their names in the cluster file. */
export function schedulerConfiguration(
  scheduler: Scheduler,
  spec: ConfiguredBy,
  kubernetesNames: ReadonlyMap<string, string>,
): SchedulerConfiguration {
  const others = Object.entries(scheduler.plugins).filter(([name]) => name !== PLUGIN);
  const score = scoreSet(others);
  const ours = isOn(scheduler) ? [{ name: PLUGIN, args: pluginArguments(scheduler, spec, kubernetesNames) }] : [];
  const theirs = others.flatMap(([name, settings]) => {
    const args = argumentsOf(settings);
    return Object.keys(args).length === 0 ? [] : [{ name, args }];
  });
  const weight = Number(scheduler.plugins[PLUGIN]?.weight ?? WEIGHT);
  return {
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    // One replica, which is gone before the next arm's: a lease would only be waited for.
    leaderElection: { leaderElect: false },
    profiles: [
      {
        schedulerName: scheduler.name,
        plugins: {
          ...(ours.length > 0 && { multiPoint: { enabled: [{ name: PLUGIN, weight }] } }),
          ...(score && { score }),
        },
        pluginConfig: [...ours, ...theirs],
      },
    ],
  };
}

/** At the extension point Score alone: a plugin that does not score goes on filtering. */
function scoreSet(others: readonly (readonly [string, Mapping])[]): PluginSet | undefined {
  const disabled = others.filter(([, { enabled }]) => enabled === false).map(([name]) => ({ name }));
  const enabled = others
    .filter(([, settings]) => settings.enabled !== false && settings.weight !== undefined)
    .map(([name, { weight }]) => ({ name, weight: Number(weight) }));
  if (disabled.length + enabled.length === 0) return undefined;
  return { ...(enabled.length > 0 && { enabled }), ...(disabled.length > 0 && { disabled }) };
}

function argumentsOf({ enabled: _, weight: __, ...args }: Mapping): Mapping {
  return args;
}

function pluginArguments(
  { plugins }: Scheduler,
  { nodes, addons }: ConfiguredBy,
  kubernetesNames: ReadonlyMap<string, string>,
): Mapping {
  const given = argumentsOf(plugins[PLUGIN] ?? {});
  const interval = scrapeIntervalOf(addons);
  const named = (map: Mapping) => Object.fromEntries(Object.entries(map).map(([node, rate]) => [nameOf(node), rate]));
  const nameOf = (node: string) => kubernetesNames.get(node) ?? node;
  const { linkCapacity = Object.fromEntries(nodes.map((node) => [node.name, formatRate(node.linkRateBps)])) } = given;
  return {
    ...(given.ip === undefined && { prometheusURL: PROMETHEUS }),
    ...(given.deviceName === undefined && { device: DEVICE }),
    ...(interval !== undefined && { interval }),
    ...given,
    linkCapacity: typeof linkCapacity === 'string' ? linkCapacity : named(linkCapacity as Mapping),
  };
}
