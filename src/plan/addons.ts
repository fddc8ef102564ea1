/** The add-ons that a cluster file may ask for, and what is wrong with those it asks for. Knows no cluster that runs. */
import { formatDuration, MINUTE, type Micros, parseDuration, SECOND } from '../base/instant.js';
import type { ClusterSpec } from '../scenario/model.js';
import { suggest } from '../scenario/suggest.js';

export type Addon = 'node-exporter' | 'prometheus';

export interface WantedAddons {
  readonly nodeExporter: boolean;
  /** Absent: no Prometheus. */
  readonly scrapeInterval?: Micros;
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

/** One sentence each, with the place; none where all can be deployed. */
export function addonProblems(addons: ClusterSpec['addons']): readonly string[] {
  return Object.entries(addons).flatMap(([addon, settings]) => problemsOf(addon, settings));
}

function problemsOf(addon: string, settings: unknown): readonly string[] {
  if (!isAddon(addon)) return [`addons.${addon}: no such add-on, ${suggest(addon, Object.keys(SETTINGS), 'add-ons')}`];
  const known = SETTINGS[addon];
  return Object.entries(settings ?? {}).flatMap(([key, value]) => {
    const at = `addons.${addon}.${key}`;
    if (!known.includes(key))
      return [`${at}: no such setting, ${known.length === 0 ? 'it has none' : suggest(key, known, 'settings')}`];
    const interval = typeof value === 'string' ? parseDuration(value) : undefined;
    if (interval !== undefined && interval >= INTERVAL_MIN && interval <= INTERVAL_MAX) return [];
    const limits = `${formatDuration(INTERVAL_MIN)} to ${formatDuration(INTERVAL_MAX)}`;
    return [`${at}: ${JSON.stringify(value)} is no duration of ${limits}`];
  });
}
