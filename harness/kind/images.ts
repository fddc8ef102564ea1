/**
 * Which images the backend kind uses: clusters/images.yaml lists them by role, an image map swaps names for those of a private
 * registry or of images that already lie in the Docker daemon. Knows no daemon; whether an image is there is asked elsewhere.
 */
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { renderDiagnostics } from '../../src/base/diagnostic.js';
import { show } from '../../src/scenario/explain.js';
import { Findings } from '../../src/scenario/findings.js';
import { checkedShape } from '../../src/scenario/shape.js';
import type { SourceDocument } from '../../src/scenario/source-tree.js';
import { nearest } from '../../src/scenario/suggest.js';
import { API_VERSION } from '../../src/scenario/v1-cluster.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { packageRoot } from '../package.js';
import { readDocument } from '../settings/settings.js';
import { type Explanations, languageOf } from '../settings/settings-schema.js';
import { partsOf } from './image-name.js';

export interface Images {
  /** Of kind's nodes, for a full Kubernetes version. */
  node(version: string): string;
  /** All that are listed, the newest last. */
  readonly nodes: readonly string[];
  of(role: Role): string;
  /** The scheduler, or the one with defects, for a version of kube-scheduler. */
  scheduler(which: SchedulerRole, version: string): string;
  /** Any image that a manifest names: its replacement, or itself where the map has none. */
  swap(image: string): string;
  /** Names of the map that may be mistyped, each with its place and with what was meant. A scenario's own objects may have any image. */
  readonly doubts: readonly string[];
}

const MESSAGE_WIDTH = 100;
const NODE = 'kindest/node';
const IMAGE =
  /^(?:[A-Za-z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

const EXPLANATIONS: Explanations = {
  image: (value) => ({
    code: 'WT0103',
    message: `${show(value)} is no image`,
    hint: 'write NAME:TAG, or HOST/NAME:TAG, or NAME:TAG@sha256: and 64 digits',
  }),
};

const image = z.string({ error: '@image' }).max(500, { error: '@image' }).regex(IMAGE, { error: '@image' });
const version = z.string().regex(/^\d+\.\d+\.\d+$/, { error: '@version' });
/** Without a tag: that is the version. */
const repository = image.regex(/^[^@]*?(?:^|\/)[^:@/]+$/, { error: '@image' });
const roles = { nodeExporter: image, prometheus: image, traffic: image, tools: image };
const schedulers = { scheduler: repository, specimens: repository };

export type Role = keyof typeof roles;
export type SchedulerRole = keyof typeof schedulers;

const mapping = { error: '@mapping' };
const listFile = z.strictObject(
  {
    apiVersion: z.literal(API_VERSION),
    kind: z.literal('Images'),
    images: z.strictObject({ node: z.record(version, image, mapping), ...roles, ...schedulers }, mapping),
  },
  mapping,
);
const mapFileSchema = z.strictObject(
  {
    apiVersion: z.literal(API_VERSION).optional(),
    kind: z.literal('ImageMap').optional(),
    images: z.record(image, image, mapping),
  },
  mapping,
);

/** A name without the registry's host and without the digest, as an image map has it: `prometheus/prometheus:v3.5.0`. */
export function upstreamName(image: string): string {
  const { path } = partsOf(image);
  const official = path.includes('/') ? path : `library/${path}`;
  return /:[^/]+$/.test(official) ? official : `${official}:latest`;
}

/** `mapFile` as the user or the settings name it. Throws a {@link Failure} with the places of what is wrong. */
export function loadImages(mapFile?: string): Images {
  const { images } = load(join(packageRoot, 'clusters', 'images.yaml'), listFile, 'the list of images');
  const { replacements, places } = mapFile === undefined ? NO_MAP : readMap(mapFile);
  const swap = (image: string) => replacements.get(upstreamName(image)) ?? image;
  const { node, scheduler, specimens, ...singles } = images;
  const repositories = [scheduler, specimens, NODE];
  const listed = [...Object.values(singles), ...Object.values(node)].map(upstreamName);
  return {
    node: (version) => swap(node[version] ?? `${NODE}:v${version}`),
    nodes: Object.values(node).map(swap),
    of: (role) => swap(images[role]),
    scheduler: (which, version) => swap(`${images[which]}:${version}`),
    swap,
    doubts: doubtsOf(places, listed, repositories),
  };
}

interface ReadMap {
  readonly replacements: ReadonlyMap<string, string>;
  /** `map.yaml:2:3`, by name. */
  readonly places: ReadonlyMap<string, string>;
}

const NO_MAP: ReadMap = { replacements: new Map(), places: new Map() };

function readMap(mapFile: string): ReadMap {
  const places = new Map<string, string>();
  const { images } = load(mapFile, mapFileSchema, 'the image map', (document, findings) => {
    checkNames(document, findings);
    for (const key of document.at(['images'])?.entries?.keys() ?? []) {
      const { file, line, column } = document.placeOfKey(['images', key]);
      places.set(upstreamName(key), `${file}:${line}:${column}`);
    }
  });
  const replacements = Object.entries(images).map(([name, image]) => [upstreamName(name), image] as const);
  return { replacements: new Map(replacements), places };
}

/** Only what is near to an image that the map does not have. Of a repository any tag may be meant. */
function doubtsOf(
  places: ReadonlyMap<string, string>,
  listed: readonly string[],
  repositories: readonly string[],
): readonly string[] {
  const left = listed.filter((name) => !places.has(name));
  const unknown = [...places].filter(([name]) => !listed.includes(name) && !repositories.includes(repositoryOf(name)));
  return unknown.flatMap(([name, place]) => {
    const tag = name.slice(repositoryOf(name).length);
    const meant = nearest(name, [...left, ...repositories.map((repository) => `${repository}${tag}`)]);
    return meant === undefined ? [] : `${place}: ${name} is not in clusters/images.yaml; did you mean ${meant}?`;
  });
}

const repositoryOf = (name: string) => name.replace(/:[^:/]*$/, '');

/** Two keys may differ in what does not count. */
function checkNames(document: SourceDocument, findings: Findings): void {
  const known = new Map<string, string>();
  for (const key of document.at(['images'])?.entries?.keys() ?? []) {
    const name = upstreamName(key);
    const first = known.get(name);
    if (first === undefined) known.set(name, key);
    else findings.add('WT0309', document.placeOfKey(['images', key]), `${key} is the same image as ${first}`);
  }
}

function load<T extends z.ZodType>(
  file: string,
  schema: T,
  what: string,
  check: (document: SourceDocument, findings: Findings) => void = () => {},
): z.infer<T> {
  const findings = new Findings();
  const namedAt = { file: '', line: 1, column: 1 };
  const { document, text } = readDocument({ file, path: resolve(file), namedAt }, findings);
  const values = document && checkedShape(languageOf(schema, EXPLANATIONS), document, findings);
  if (document) check(document, findings);
  if (values !== undefined && findings.size === 0) return values;
  const problems = renderDiagnostics(findings.sorted(), new Map([[file, text]]), MESSAGE_WIDTH);
  throw new Failure(ExitCode.usage, `${what} cannot be used\n${problems}`);
}
