/**
 * Which add-ons a cluster file asks for, and their objects: those of clusters/addons/, which a user may apply by hand, with the images, the
 * label and the settings of a run. Knows no cluster.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, parseDocument } from 'yaml';
import { formatDuration, MINUTE, type Micros, parseDuration, SECOND } from '../../src/base/instant.js';
import type { ClusterSpec, KubeObject } from '../../src/scenario/model.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { packageRoot } from '../package.js';
import type { Images, Role } from './images.js';
import { LABEL } from './names.js';

export type Addon = 'node-exporter' | 'prometheus';

export interface WantedAddons {
  readonly nodeExporter: boolean;
  /** Absent: no Prometheus. */
  readonly scrapeInterval?: Micros;
}

export const NAMESPACE = 'monitoring';
export const NAME_LABEL = 'app.kubernetes.io/name';

const ROLE_OF: Readonly<Record<Addon, Role>> = { 'node-exporter': 'nodeExporter', prometheus: 'prometheus' };
const SETTINGS: Readonly<Record<Addon, readonly string[]>> = { 'node-exporter': [], prometheus: ['scrapeInterval'] };
const isAddon = (name: string): name is Addon => Object.hasOwn(SETTINGS, name);

const INTERVAL_DEFAULT = 15 * SECOND;
const INTERVAL_MIN = SECOND;
/** What has not been scraped for five minutes is no longer there for a query: two scrapes must fit. */
const INTERVAL_MAX = 2 * MINUTE;
const TIMEOUT_MAX = 10 * SECOND;

/** Throws a {@link Failure} that lists everything that is wrong. */
export function addonsOf({ name, addons }: Pick<ClusterSpec, 'name' | 'addons'>): WantedAddons {
  const wrong = Object.entries(addons).flatMap(([addon, settings]) => problemsOf(addon, settings));
  if (wrong.length > 0) {
    const message = [`the add-ons of the cluster ${name} cannot be had:`, ...wrong].join('\n  ');
    throw new Failure(ExitCode.usage, message, 'addons: {node-exporter: {}, prometheus: {scrapeInterval: 15s}}');
  }
  const nodeExporter = addons['node-exporter'] !== undefined;
  const { prometheus } = addons;
  if (prometheus === undefined) return { nodeExporter };
  const { scrapeInterval } = prometheus as { readonly scrapeInterval?: string };
  return { nodeExporter, scrapeInterval: parseDuration(scrapeInterval ?? '') ?? INTERVAL_DEFAULT };
}

function problemsOf(addon: string, settings: unknown): readonly string[] {
  if (!isAddon(addon)) return [`${addon}: no such add-on; there are ${Object.keys(SETTINGS).join(', ')}`];
  const known = SETTINGS[addon];
  return Object.entries(settings ?? {}).flatMap(([key, value]) => {
    if (!known.includes(key)) return [`${addon}.${key}: no such setting; ${known.join(', ') || 'it has none'}`];
    const interval = typeof value === 'string' ? parseDuration(value) : undefined;
    if (interval !== undefined && interval >= INTERVAL_MIN && interval <= INTERVAL_MAX) return [];
    const limits = `${formatDuration(INTERVAL_MIN)} to ${formatDuration(INTERVAL_MAX)}`;
    return [`${addon}.${key}: ${JSON.stringify(value)} is no duration of ${limits}`];
  });
}

export interface ManifestOptions {
  readonly images: Pick<Images, 'of'>;
  /** Value of the label that marks what is made for a cluster. */
  readonly label: string;
  readonly scrapeInterval?: Micros | undefined;
}

/** In the order in which they are to be applied. */
export function addonObjects(addon: Addon, { images, label, scrapeInterval }: ManifestOptions): readonly KubeObject[] {
  const image = images.of(ROLE_OF[addon]);
  return readManifests(addon).map((object) => {
    const labels = { ...object.metadata.labels, [LABEL]: label };
    const marked: KubeObject = { ...object, metadata: { ...object.metadata, labels } };
    if (object.kind === 'ConfigMap') return withInterval(marked, scrapeInterval ?? INTERVAL_DEFAULT);
    return object.kind === 'DaemonSet' || object.kind === 'Deployment' ? withImage(marked, image) : marked;
  });
}

function readManifests(addon: Addon): readonly KubeObject[] {
  const folder = join(packageRoot, 'clusters', 'addons', addon);
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  return files.sort().flatMap((file) => {
    const documents = parseAllDocuments(readFileSync(join(folder, file), 'utf8'));
    return [...documents].map((document) => document.toJS() as KubeObject);
  });
}

interface Workload extends KubeObject {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly object[] } } };
}

function withImage(object: KubeObject, image: string): KubeObject {
  const { spec } = object as Workload;
  const containers = spec.template.spec.containers.map((container) => ({ ...container, image }));
  return { ...object, spec: { ...spec, template: { ...spec.template, spec: { ...spec.template.spec, containers } } } };
}

const CONFIG = 'prometheus.yml';

function withInterval(object: KubeObject, interval: Micros): KubeObject {
  const data = object.data as Readonly<Record<string, string>>;
  const config = parseDocument(data[CONFIG] ?? '');
  config.setIn(['global', 'scrape_interval'], formatDuration(interval));
  config.setIn(['global', 'scrape_timeout'], formatDuration(Math.min(interval, TIMEOUT_MAX)));
  return { ...object, data: { ...data, [CONFIG]: config.toString() } };
}
