/**
 * Strict decoding, as `kubectl apply` asks for it (--validate=strict): an unknown field is refused, and a list, a map or an object
 * where another of them stands. Wording: k8s.io/apimachinery pkg/runtime/serializer/json and encoding/json.
 * Departs from the real thing: scalars are not told apart, and servers before 1.25, where kubectl itself checked, say it alike.
 */
import type { KubeObject } from '../../scenario/model.js';
import { FIELD_LINES } from './field-lines.js';

type Shape = 'scalar' | 'object' | 'list' | 'map';

interface Field {
  readonly shape: Shape;
  /** Of the object, or of the entries of the list or map; undefined where these are scalars. */
  readonly type: string | undefined;
}

export interface DecodingError {
  readonly path: readonly (string | number)[];
  /** `unknown field "spec.externalIP"`. */
  readonly message: string;
  /** What could stand there instead; empty where the value is what is wrong. */
  readonly known: readonly string[];
}

const SHAPES: Readonly<Record<string, Shape>> = { '[': 'list', '{': 'map' };

const TYPES: ReadonlyMap<string, ReadonlyMap<string, Field>> = new Map(
  FIELD_LINES.trim()
    .split('\n')
    .map((line) => {
      const [type = '', ...fields] = line.split(' ');
      return [type, new Map(fields.map(fieldOf))] as const;
    }),
);

function fieldOf(text: string): readonly [string, Field] {
  const [name = '', rest] = text.split(':');
  if (rest === undefined) return [name, { shape: 'scalar', type: undefined }];
  const shape = SHAPES[rest.charAt(0)];
  const type = shape === undefined ? rest : rest.slice(1);
  return [name, { shape: shape ?? 'object', type: type === '' ? undefined : type }];
}

/** All problems in the order of the object; none for a kind that has no table. */
export function decodingErrors(object: KubeObject): readonly DecodingError[] {
  return partErrors(object.kind, object);
}

/** The same for a part of an object, such as a merge patch. */
export function partErrors(type: string, value: unknown): readonly DecodingError[] {
  const errors: DecodingError[] = [];
  if (TYPES.has(type) && isMapping(value)) decodeObject(value, type, [], errors);
  return errors;
}

/** `Service in version "v1" cannot be handled as a Service: strict decoding error: unknown field "spec.externalIP"`. */
export function renderUndecodable({ kind, apiVersion }: KubeObject, errors: readonly DecodingError[]): string {
  const wrongType = errors.find(({ known }) => known.length === 0);
  const why = wrongType?.message ?? `strict decoding error: ${errors.map(({ message }) => message).join(', ')}`;
  return `${kind} in version "${version(apiVersion)}" cannot be handled as a ${kind}: ${why}`;
}

const version = (apiVersion: string) => apiVersion.slice(apiVersion.indexOf('/') + 1);

function decodeObject(
  value: Readonly<Record<string, unknown>>,
  type: string,
  path: DecodingError['path'],
  errors: DecodingError[],
): void {
  const fields = TYPES.get(type);
  if (fields === undefined) return;
  for (const [key, item] of Object.entries(value)) {
    const field = fields.get(key);
    const here = [...path, key];
    if (field === undefined) {
      const known = [...fields.keys()].filter((name) => !Object.hasOwn(value, name));
      errors.push({ path: here, message: `unknown field "${textOf(here)}"`, known });
    } else if (item !== null) decodeField(item, field, type, here, errors);
  }
}

function decodeField(
  value: unknown,
  { shape, type }: Field,
  owner: string,
  path: DecodingError['path'],
  errors: DecodingError[],
): void {
  if (shape === 'scalar') return;
  if (shape === 'list' ? !Array.isArray(value) : !isMapping(value)) {
    const names = path.filter((step) => typeof step === 'string').join('.');
    const message = `json: cannot unmarshal ${wordOf(value)} into Go struct field ${owner}.${names} of type ${goType(shape, type)}`;
    errors.push({ path, message, known: [] });
    return;
  }
  if (type === undefined) return;
  if (shape === 'object') return decodeObject(value as Readonly<Record<string, unknown>>, type, path, errors);
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value as object);
  for (const [at, entry] of entries) {
    if (isMapping(entry)) decodeObject(entry, type, [...path, at], errors);
  }
}

function goType(shape: Shape, type: string | undefined): string {
  const name = type === undefined ? 'string' : `v1.${type}`;
  if (shape === 'list') return `[]${name}`;
  return shape === 'map' ? `map[string]${name}` : name;
}

function wordOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `spec.ports[0].prt`. */
function textOf(path: DecodingError['path']): string {
  return path.map((step, at) => (typeof step === 'number' ? `[${step}]` : at === 0 ? step : `.${step}`)).join('');
}
