/**
 * The language of windtunnel.config.yaml as a zod schema, and what is said of values that only it has: src/scenario/shape.ts says the
 * rest. Knows no disk and no defaults.
 */
import { z } from 'zod';
import type { Diagnostic } from '../../src/base/diagnostic.js';
import { MILLISECOND, parseDuration } from '../../src/base/instant.js';
import { parseIpv4 } from '../../src/base/ip.js';
import { type Explanation, show } from '../../src/scenario/explain.js';
import { Findings } from '../../src/scenario/findings.js';
import { jsonSchemaOf } from '../../src/scenario/json-schema.js';
import type { Language } from '../../src/scenario/shape.js';
import { suggest } from '../../src/scenario/suggest.js';
import { scenarioFile } from '../../src/scenario/v1.js';
import { API_VERSION } from '../../src/scenario/v1-cluster.js';
import { parseYaml } from '../../src/scenario/yaml.js';

/** What is said of a wrong value, by the key that the schema carries as its message, `@path`. */
export type Explanations = Readonly<Record<string, (value: unknown) => Explanation>>;

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export const KEEP = ['always', 'on-failure', 'never'] as const;

/** setTimeout takes 32 bits. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;
/** What kubeadm is configured by. kind passes over a patch of any other kind in silence. */
const PATCHED = [
  'ClusterConfiguration',
  'InitConfiguration',
  'JoinConfiguration',
  'KubeletConfiguration',
  'KubeProxyConfiguration',
] as const;

/** `36443-36452`, or one port; undefined for anything else. */
export function parsePorts(value: unknown): PortRange | undefined {
  const match = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(String(value));
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  return first >= 1 && first <= last && last <= 65535 ? { first, last } : undefined;
}

/** Undefined for what no timer can wait for. */
export function parseTimeLimit(text: string): number | undefined {
  const micros = parseDuration(text);
  const ms = micros === undefined ? 0 : Math.ceil(micros / MILLISECOND);
  return ms > 0 && ms <= TIMEOUT_MAX_MS ? ms : undefined;
}

/** What a patch is merged into: the kind of each of its documents. */
export function kindsOf(patch: string): readonly unknown[] {
  return (parseYaml('', patch, new Findings()) ?? []).map((document) => document.at(['kind'])?.value);
}

/** Undefined where nothing is wrong with it. */
function patchProblem(patch: unknown): Explanation | undefined {
  if (typeof patch !== 'string') return wrong('WT0103', `${show(patch)} is no text`, 'write the patch as a block: - |');
  const findings = new Findings();
  parseYaml('', patch, findings);
  const [broken] = findings.sorted();
  if (broken) return wrong(broken.code as Explanation['code'], brokenPatch(broken), broken.hint);
  const kinds = kindsOf(patch);
  if (kinds.length === 0) return wrong('WT0103', 'the patch is empty');
  if (kinds.includes(undefined)) {
    return wrong('WT0102', 'the patch has no kind', `it says what it is merged into: kind: ${PATCHED[0]}`);
  }
  const strange = kinds.find((kind) => !PATCHED.some((known) => known === kind));
  if (strange === undefined) return undefined;
  return wrong('WT0104', `kubeadm has no ${show(strange)}`, suggest(show(strange), PATCHED, 'kinds'));
}

function brokenPatch({ line, message }: Diagnostic): string {
  return `line ${line} of the patch: ${message}`;
}

function wrong(code: Explanation['code'], message: string, hint?: string): Explanation {
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

/** All but those of src/scenario/explain.ts. */
const EXPLANATIONS: Explanations = {
  mapping: (value) => wrong('WT0103', `${show(value)} is no mapping`),
  list: (value) => wrong('WT0103', `${show(value)} is no list`, 'write [ ] around it, or - before it'),
  factor: (value) => wrong('WT0103', `${show(value)} is no number`, 'a number above 0 and up to 1000, as in 3'),
  path: (value) => wrong('WT0103', `${show(value)} is no path`),
  ipv4: (value) => wrong('WT0113', `${show(value)} is no IPv4 address`, 'write one of the Docker host: 127.0.0.1'),
  ports: (value) => wrong('WT0103', `${show(value)} is no range of ports`, 'write 36443-36452, or one port'),
  timeLimit: (value) => wrong('WT0115', `no limit of ${show(value)} is taken`, 'more than 0s, and at most 24 days'),
  patch: (value) => patchProblem(value) ?? wrong('WT0103', `${show(value)} is no patch`),
};

const mapping = <T extends z.core.$ZodLooseShape>(shape: T) => z.strictObject(shape, { error: '@mapping' });
const path = z.string({ error: '@path' }).regex(/\S/, { error: '@path' });
const factor = z.number({ error: '@factor' }).positive().max(1000);
const flag = z.boolean({ error: '@flag' });
const timeLimit = z
  .string({ error: '@duration' })
  .refine((text) => parseDuration(text) !== undefined, { error: '@duration', abort: true })
  .refine((text) => parseTimeLimit(text) !== undefined, { error: '@timeLimit' });
const patch = z.string({ error: '@patch' }).refine((text) => patchProblem(text) === undefined, { error: '@patch' });
/** Those that a scenario's `requires.backends` names. */
const backend = scenarioFile.shape.requires.unwrap().shape.backends.unwrap().element;

/** `kind` already says what file it is, so the backend of that name has its settings under `backends`. */
const settingsFile = mapping({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('Config'),
  /** Defaults for the flags of `run`; a flag wins. */
  run: mapping({
    backend: backend.optional(),
    deadlineFactor: factor.optional(),
    timeScale: factor.optional(),
    /** As the flag: relative to the working folder. */
    output: path.optional(),
  }).optional(),
  backends: mapping({
    kind: mapping({
      /** Relative to the file. */
      imageMap: path.optional(),
      apiServerAddress: z
        .string({ error: '@ipv4' })
        .refine((text) => parseIpv4(text) !== undefined, { error: '@ipv4' })
        .optional(),
      apiServerPorts: z
        .union([z.int(), z.string()], { error: '@ports' })
        .refine((value) => parsePorts(value) !== undefined, { error: '@ports' })
        .optional(),
      kubeadmConfigPatches: z.array(patch, { error: '@list' }).optional(),
      bringUp: mapping({
        timeout: timeLimit.optional(),
        attempts: z.int({ error: '@integer' }).min(1).max(10).optional(),
      }).optional(),
      keep: z.enum(KEEP).optional(),
      emulateIPVS: flag.optional(),
    }).optional(),
  }).optional(),
});

export type SettingsFile = z.infer<typeof settingsFile>;

/** A language of its own, said in the words of scenarios and cluster files where it has no others. */
export function languageOf<T extends z.ZodType>(schema: T, explanations: Explanations, more: object = {}): Language<T> {
  const own: Explanations = { ...EXPLANATIONS, ...explanations };
  const json = () => jsonSchemaOf(schema);
  return { schema, json, explain: (message, value) => own[message.slice(1)]?.(value), ...more };
}

/** `kind: {…}` is somebody who thinks that the backend's settings stand there. */
function kindHint(value: unknown): string {
  const isSection = typeof value === 'object' && value !== null;
  return isSection ? 'the backend kind has its settings under backends.kind' : 'write kind: Config';
}

export const SETTINGS = languageOf(settingsFile, {}, { kindHint });
