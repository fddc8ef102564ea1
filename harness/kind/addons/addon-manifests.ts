/**
 * The objects of add-ons: those of clusters/addons/, which a user may apply by hand, with the images, the
 * label and the settings of a run. Knows no cluster.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, parseDocument } from 'yaml';
import { formatDuration, type Micros, SECOND } from '../../../src/base/instant.js';
import { type Addon, INTERVAL_DEFAULT } from '../../../src/plan/addons.js';
import type { KubeObject } from '../../../src/scenario/model.js';
import { packageRoot } from '../../package.js';
import type { Images, Role } from '../images.js';
import { LABEL } from '../names.js';

export const NAMESPACE = 'monitoring';

const ROLE_OF: Readonly<Record<Addon, Role>> = { 'node-exporter': 'nodeExporter', prometheus: 'prometheus' };
const TIMEOUT_MAX = 10 * SECOND;

export interface ManifestOptions {
  readonly images: Pick<Images, 'of'>;
  /** Value of the label that marks what is made for a cluster. */
  readonly label: string;
  readonly scrapeInterval?: Micros | undefined;
}

/** In the order in which they are to be applied. */
export function addonObjects(addon: Addon, { images, label, scrapeInterval }: ManifestOptions): readonly KubeObject[] {
  const image = images.of(ROLE_OF[addon]);
  return readManifests(join('addons', addon)).map((object) => {
    const labels = { ...object.metadata.labels, [LABEL]: label };
    const marked: KubeObject = { ...object, metadata: { ...object.metadata, labels } };
    if (object.kind === 'ConfigMap') return withInterval(marked, scrapeInterval ?? INTERVAL_DEFAULT);
    return object.kind === 'DaemonSet' || object.kind === 'Deployment' ? withImage(marked, image) : marked;
  });
}

/** What stands in a folder below clusters/, in the order of the files: those that are named, else all by name. */
export function readManifests(folder: string, files?: readonly string[]): readonly KubeObject[] {
  const path = join(packageRoot, 'clusters', folder);
  const all = () => readdirSync(path).filter((file) => file.endsWith('.yaml'));
  return (files ?? all().sort()).flatMap((file) => {
    const documents = parseAllDocuments(readFileSync(join(path, file), 'utf8'));
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
