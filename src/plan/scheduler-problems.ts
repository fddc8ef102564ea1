/** Everything that is wrong with a cluster file's `schedulers`, at once and before anything starts. Knows no cluster that runs. */

import { z } from 'zod';
import { formatDuration } from '../base/instant.js';
import type { ClusterSpec } from '../scenario/model.js';
import type { Path } from '../scenario/source-tree.js';
import { suggest } from '../scenario/suggest.js';
import { type ClusterProblem, wantedAddons } from './addons.js';
import { isMapping } from './merge.js';
import {
  FIXED,
  goDurationMs,
  INTERVAL_DEFAULT,
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

/** None where all can be deployed. */
export function schedulerProblems(schedulers: readonly SchedulerItem[], around?: Around): readonly ClusterProblem[] {
  const problems: ClusterProblem[] = [];
  const seen = new Set<string>();
  schedulers.forEach((item, index) => {
    const name = typeof item.name === 'string' ? item.name : '';
    const tell: Tell = (below, message, hint, atKey = false) => {
      const path = ['schedulers', name || index, ...below];
      problems.push({ path, message, ...(hint !== undefined && { hint }), ...(atKey && { atKey }) });
    };
    if (!NAME.test(name)) tell(['name'], `${show(item.name)} is no name`, 'small letters, digits and -, at most 53');
    if (name === 'default-scheduler') tell(['name'], 'the cluster has a scheduler of that name');
    if (seen.has(name)) tell(['name'], `two schedulers have the name ${name}`);
    seen.add(name);
    for (const key of Object.keys(item))
      if (!KEYS.includes(key)) tell([key], `unknown key ${key}`, suggest(key, KEYS, 'keys'), true);
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

/** `below` the scheduler. */
type Tell = (below: Path, message: string, hint?: string, atKey?: boolean) => void;

const show = (value: unknown) => JSON.stringify(value);

function versionProblems(version: unknown, tell: Tell): void {
  if (version === FIXED) return;
  // Several at once, as the specimen scheduler takes them.
  for (const part of String(version).split(',')) {
    if (SPECIMENS.includes(part)) continue;
    tell(['version'], `no version ${show(part)}`, suggest(part, [FIXED, ...SPECIMENS], 'versions'));
  }
}

function pluginProblems(plugins: unknown, tell: Tell): void {
  if (!isMapping(plugins)) return tell(['plugins'], 'plugins want a mapping from names of plugins');
  const known = [PLUGIN, ...Object.keys(OWN_PLUGINS)];
  for (const [name, settings] of Object.entries(plugins)) {
    const own = OWN_PLUGINS[name];
    const at = ['plugins', name];
    if (!known.includes(name)) tell(at, `no score plugin ${name}`, suggest(name, known, 'score plugins'), true);
    else if (!isMapping(settings)) tell(at, `${name} wants a mapping`);
    else if (own) shapeProblems(ownSchema(own), settings, at, tell);
    else shapeProblems(pluginArgs, settings, at, tell);
  }
}

function ownSchema(words: readonly string[]): z.ZodType {
  return z.strictObject({ ...placing, ...Object.fromEntries(words.map((word) => [word, z.unknown().optional()])) });
}

function shapeProblems(schema: z.ZodType, settings: Mapping, at: Path, tell: Tell): void {
  const { error } = schema.safeParse(settings);
  const keys = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  for (const issue of error?.issues ?? []) {
    const inside = issue.path.map((part) => String(part));
    const where = [...at, ...inside];
    const value = inside.reduce<unknown>((current, part) => (current as Mapping | undefined)?.[part], settings);
    if (issue.code !== 'unrecognized_keys') tell(where, `${where.at(-1)} is ${show(value)}`, issue.message);
    else for (const key of issue.keys) tell([...where, key], `unknown key ${key}`, suggest(key, keys, 'keys'), true);
  }
}

/** Of rate() over a window, and of a query within its time, as the plugin itself refuses them. */
function timeProblems(settings: PluginArgs, interval: string, at: Path, tell: Tell): void {
  const between = goDurationMs(interval) ?? 0;
  const { timeRange, timeout, maxAge, window = timeRange === undefined ? '2m' : `${timeRange}m` } = settings;
  if ((goDurationMs(window) ?? 0) < 2 * between)
    tell(
      [...at, timeRange === undefined ? 'window' : 'timeRange'],
      `a window of ${window} is less than twice the interval, ${interval}`,
      'rate() needs two samples',
    );
  if ((goDurationMs(timeout) ?? 0) > between)
    tell([...at, 'timeout'], `a timeout of ${timeout} exceeds the interval, ${interval}`);
  if ((goDurationMs(maxAge) ?? between) < between) {
    const message = `a maxAge of ${maxAge} is less than the interval, ${interval}`;
    tell([...at, 'maxAge'], message, 'nodes would be unknown between two queries');
  }
}

function aroundProblems(item: SchedulerItem, around: Around | undefined, tell: Tell): void {
  const settings = isMapping(item.plugins) ? item.plugins[PLUGIN] : undefined;
  if (!isMapping(settings) || settings.enabled === false) return;
  const at = ['plugins', PLUGIN];
  const interval = settings.interval ?? (around && (scrapeIntervalOf(around.addons) ?? INTERVAL_DEFAULT));
  if (interval !== undefined && pluginArgs.safeParse(settings).success)
    timeProblems(settings as PluginArgs, String(interval), at, tell);
  if (!around) return;
  if (around.addons.prometheus === undefined && settings.prometheusURL === undefined && settings.ip === undefined)
    tell(at, `${PLUGIN} has nobody to ask`, 'addons: {prometheus: {}}, or a prometheusURL', true);
  if (!isMapping(settings.linkCapacity)) return;
  const names = [...around.nodes.map(({ name }) => name), '*'];
  for (const key of Object.keys(settings.linkCapacity))
    if (!names.includes(key)) tell([...at, 'linkCapacity', key], `no node ${key}`, suggest(key, names, 'nodes'), true);
}

/** Of the Prometheus that the cluster file adds, as Go reads it. */
export function scrapeIntervalOf(addons: ClusterSpec['addons']): string | undefined {
  const { scrapeInterval } = wantedAddons(addons);
  return scrapeInterval === undefined ? undefined : formatDuration(scrapeInterval);
}
