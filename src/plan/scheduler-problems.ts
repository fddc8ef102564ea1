/** Everything that is wrong with a cluster file's `schedulers`, at once and before anything starts. Knows no cluster that runs. */

import { z } from 'zod';
import type { ClusterSpec } from '../scenario/model.js';
import { suggest } from '../scenario/suggest.js';
import {
  FIXED,
  goDurationMs,
  OWN_PLUGINS,
  PLUGIN,
  type PluginArgs,
  placing,
  pluginArgs,
  SPECIMENS,
} from './scheduler-words.js';

export type SchedulerItem = ClusterSpec['schedulers'][number];

type Mapping = Readonly<Record<string, unknown>>;

/** An item that has no problem. */
export interface Scheduler {
  readonly name: string;
  /** Defects to switch on; undefined for the plugin as it should be. */
  readonly specimens: string | undefined;
  readonly plugins: Readonly<Record<string, Mapping>>;
}

/** What else of the cluster counts: without it less is known, and less is told. */
export type Around = Pick<ClusterSpec, 'addons' | 'nodes'>;

const KEYS = ['name', 'version', 'plugins'];
/** That of the deployment, of pods' label values and of a role. */
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,51}[a-z0-9])?$/;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One sentence each, with the place; none where all can be deployed. */
export function schedulerProblems(schedulers: readonly SchedulerItem[], around?: Around): readonly string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  schedulers.forEach((item, index) => {
    const name = typeof item.name === 'string' ? item.name : '';
    const at = `schedulers.${name || index}`;
    const tell = (where: string, what: string) => void problems.push(`${at}${where}: ${what}`);
    if (!NAME.test(name)) tell('.name', 'want small letters, digits and -, at most 53');
    if (name === 'default-scheduler') tell('.name', 'the cluster has a scheduler of that name');
    if (seen.has(name)) tell('.name', 'two schedulers have it');
    seen.add(name);
    for (const key of Object.keys(item))
      if (!KEYS.includes(key)) tell(`.${key}`, `unknown, ${suggest(key, KEYS, 'keys')}`);
    if (item.version !== undefined) versionProblems(item.version, tell);
    if (item.plugins !== undefined) pluginProblems(item.plugins, tell);
    aroundProblems(item, around, tell);
  });
  return problems;
}

/** Of an item without problems. */
export function schedulerOf({ name, version, plugins = {} }: SchedulerItem): Scheduler {
  const specimens = version === undefined || version === FIXED ? undefined : String(version);
  return { name: String(name), specimens, plugins: plugins as Scheduler['plugins'] };
}

type Tell = (where: string, what: string) => void;

function versionProblems(version: unknown, tell: Tell): void {
  if (version === FIXED) return;
  // Several at once, as the specimen scheduler takes them.
  for (const part of String(version).split(',')) {
    if (SPECIMENS.includes(part)) continue;
    tell('.version', `no version ${JSON.stringify(part)}, ${suggest(part, [FIXED, ...SPECIMENS], 'versions')}`);
  }
}

function pluginProblems(plugins: unknown, tell: Tell): void {
  if (!isMapping(plugins)) return tell('.plugins', 'want a mapping from names of plugins');
  const known = [PLUGIN, ...Object.keys(OWN_PLUGINS)];
  for (const [name, settings] of Object.entries(plugins)) {
    const own = OWN_PLUGINS[name];
    const at = `.plugins.${name}`;
    if (!known.includes(name)) tell(at, `no score plugin, ${suggest(name, known, 'score plugins')}`);
    else if (!isMapping(settings)) tell(at, 'want a mapping');
    else if (own) shapeProblems(ownSchema(own), settings, at, tell);
    else shapeProblems(pluginArgs, settings, at, tell);
  }
}

function ownSchema(words: readonly string[]): z.ZodType {
  return z.strictObject({ ...placing, ...Object.fromEntries(words.map((word) => [word, z.unknown().optional()])) });
}

function shapeProblems(schema: z.ZodType, settings: Mapping, at: string, tell: Tell): void {
  const { error } = schema.safeParse(settings);
  const keys = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  for (const issue of error?.issues ?? []) {
    const where = `${at}${issue.path.map((part) => `.${String(part)}`).join('')}`;
    const value = issue.path.reduce<unknown>(
      (inside, part) => (inside as Mapping | undefined)?.[String(part)],
      settings,
    );
    if (issue.code !== 'unrecognized_keys') tell(where, `${JSON.stringify(value)}: ${issue.message}`);
    else for (const key of issue.keys) tell(`${where}.${key}`, `unknown, ${suggest(key, keys, 'keys')}`);
  }
}

/** The plugin's own, where neither it nor the cluster's Prometheus says another. */
const INTERVAL = '15s';

/** Of rate() over a window, and of a query within its time, as the plugin itself refuses them. */
function timeProblems(settings: PluginArgs, interval: string, at: string, tell: Tell): void {
  const between = goDurationMs(interval) ?? 0;
  const { timeRange, timeout, maxAge, window = timeRange === undefined ? '2m' : `${timeRange}m` } = settings;
  if ((goDurationMs(window) ?? 0) < 2 * between)
    tell(`${at}.window`, `${window} is less than twice the interval, ${interval}: rate() needs two samples`);
  if ((goDurationMs(timeout) ?? 0) > between) tell(`${at}.timeout`, `${timeout} exceeds the interval, ${interval}`);
  if ((goDurationMs(maxAge) ?? between) < between)
    tell(
      `${at}.maxAge`,
      `${maxAge} is less than the interval, ${interval}: nodes would be unknown between two queries`,
    );
}

function aroundProblems(item: SchedulerItem, around: Around | undefined, tell: Tell): void {
  const settings = isMapping(item.plugins) ? item.plugins[PLUGIN] : undefined;
  if (!isMapping(settings) || settings.enabled === false) return;
  const at = `.plugins.${PLUGIN}`;
  const interval = settings.interval ?? (around && (scrapeIntervalOf(around.addons) ?? INTERVAL));
  if (interval !== undefined && pluginArgs.safeParse(settings).success)
    timeProblems(settings as PluginArgs, String(interval), at, tell);
  if (!around) return;
  if (around.addons.prometheus === undefined && settings.prometheusURL === undefined && settings.ip === undefined)
    tell(at, 'needs addons.prometheus, or a prometheusURL');
  if (!isMapping(settings.linkCapacity)) return;
  const names = [...around.nodes.map(({ name }) => name), '*'];
  for (const key of Object.keys(settings.linkCapacity))
    if (!names.includes(key)) tell(`${at}.linkCapacity.${key}`, `no node, ${suggest(key, names, 'nodes')}`);
}

/** Of the Prometheus that the cluster file adds. */
export function scrapeIntervalOf(addons: ClusterSpec['addons']): string | undefined {
  const { prometheus } = addons;
  const interval = isMapping(prometheus) ? prometheus.scrapeInterval : undefined;
  return typeof interval === 'string' ? interval : undefined;
}
