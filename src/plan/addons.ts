/** The add-ons that a cluster file may ask for, and what is wrong with those it asks for. Knows no cluster that runs. */
import { formatDuration, MINUTE, type Micros, parseDuration, SECOND } from '../base/instant.js';
import type { ClusterSpec } from '../scenario/model.js';
import type { Path } from '../scenario/source-tree.js';
import { suggest } from '../scenario/suggest.js';

export type Addon = 'node-exporter' | 'prometheus';

export interface WantedAddons {
  readonly nodeExporter: boolean;
  /** Absent: no Prometheus. */
  readonly scrapeInterval?: Micros;
}

/** What is wrong with a value of a cluster file, and where. */
export interface ClusterProblem {
  /** Names for items of lists that merge by name. */
  readonly path: Path;
  /** The key is wrong, not what stands under it. */
  readonly atKey?: boolean;
  readonly message: string;
  readonly hint?: string;
}

const SETTINGS: Readonly<Record<Addon, readonly string[]>> = { 'node-exporter': [], prometheus: ['scrapeInterval'] };
const isAddon = (name: string): name is Addon => Object.hasOwn(SETTINGS, name);

/** Prometheus's, where the cluster file says none. */
export const INTERVAL_DEFAULT = 15 * SECOND;
const INTERVAL_MIN = SECOND;
/** What has not been scraped for five minutes is no longer there for a query: two scrapes must fit. */
const INTERVAL_MAX = 2 * MINUTE;

/** Of add-ons without a problem. */
export function wantedAddons(addons: ClusterSpec['addons']): WantedAddons {
  const nodeExporter = addons['node-exporter'] !== undefined;
  const { prometheus } = addons;
  if (prometheus === undefined) return { nodeExporter };
  const { scrapeInterval } = prometheus as { readonly scrapeInterval?: string };
  return { nodeExporter, scrapeInterval: parseDuration(scrapeInterval ?? '') ?? INTERVAL_DEFAULT };
}

/** None where all can be deployed. */
export function addonProblems(addons: ClusterSpec['addons']): readonly ClusterProblem[] {
  return Object.entries(addons).flatMap(([addon, settings]) => problemsOf(addon, settings));
}

function problemsOf(addon: string, settings: unknown): readonly ClusterProblem[] {
  if (!isAddon(addon)) {
    const hint = suggest(addon, Object.keys(SETTINGS), 'add-ons');
    return [{ path: ['addons', addon], atKey: true, message: `no add-on ${addon}`, hint }];
  }
  const known = SETTINGS[addon];
  return Object.entries(settings ?? {}).flatMap(([key, value]) => {
    const path = ['addons', addon, key];
    if (!known.includes(key)) {
      const hint = known.length === 0 ? 'it has none' : suggest(key, known, 'settings');
      return [{ path, atKey: true, message: `${addon} has no setting ${key}`, hint }];
    }
    const interval = typeof value === 'string' ? parseDuration(value) : undefined;
    if (interval !== undefined && interval >= INTERVAL_MIN && interval <= INTERVAL_MAX) return [];
    const limits = `${formatDuration(INTERVAL_MIN)} to ${formatDuration(INTERVAL_MAX)}`;
    return [{ path, message: `${key} is ${JSON.stringify(value)}, no duration of ${limits}` }];
  });
}
