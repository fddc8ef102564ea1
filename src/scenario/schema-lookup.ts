/** What the schema says of the place a path leads to: its name, and the keys it knows. For messages; only read when one is due. */
import type { JsonSchema } from './json-schema.js';
import type { Path } from './source-tree.js';

export interface SchemaPlace {
  /** `probe`, `step`, `address expectation`; undefined where the schema gives no name. */
  readonly title: string | undefined;
  readonly keys: readonly string[];
}

/** `value` is what stands there: it decides between alternatives that the schema allows. */
export function schemaAt(root: JsonSchema, path: Path, value: unknown): SchemaPlace {
  let current = flatten(root, [root]);
  for (const step of path)
    current = flatten(
      root,
      current.flatMap((schema) => childrenOf(schema, step)),
    );
  const mappings = current.filter((schema) => schema.properties !== undefined);
  const begun = mappings.filter((schema) => isMeant(schema, value));
  const chosen = begun.length > 0 ? begun : nearestTo(value, mappings);
  const schemas = chosen.length > 0 ? chosen : mappings;
  const keys = new Set(schemas.flatMap((schema) => Object.keys(schema.properties ?? {})));
  return { title: (schemas[0] ?? current[0])?.title, keys: [...keys] };
}

/** Alternatives and references followed. A title on what holds the alternatives goes to those without one. */
function flatten(root: JsonSchema, schemas: readonly JsonSchema[]): readonly JsonSchema[] {
  return schemas.flatMap((schema): readonly JsonSchema[] => {
    const parts: JsonSchema[] = [...(schema.anyOf ?? []), ...(schema.allOf ?? [])];
    const target = schema.$ref === undefined ? undefined : definitionOf(root, schema.$ref);
    if (target) parts.push(target);
    if (parts.length === 0) return [schema];
    return flatten(root, parts).map((part) => (schema.title && !part.title ? { ...part, title: schema.title } : part));
  });
}

function definitionOf(root: JsonSchema, ref: string): JsonSchema | undefined {
  return root.definitions?.[ref.replace('#/definitions/', '')];
}

function childrenOf(schema: JsonSchema, step: string | number): readonly JsonSchema[] {
  if (typeof step === 'number') return schema.items ? [schema.items] : [];
  const property = schema.properties?.[step];
  if (property) return [property];
  return typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : [];
}

/** The alternatives that know most of the keys that stand there; none where no alternative knows any. */
function nearestTo(value: unknown, schemas: readonly JsonSchema[]): readonly JsonSchema[] {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const known = schemas.map(({ properties = {} }) => keys.filter((key) => Object.hasOwn(properties, key)).length);
  const most = Math.max(0, ...known);
  return most === 0 ? [] : schemas.filter((_, at) => known[at] === most);
}

/** An alternative is meant where its first word is there. */
function isMeant(schema: JsonSchema, value: unknown): boolean {
  const first = schema.required?.[0];
  return first !== undefined && typeof value === 'object' && value !== null && Object.hasOwn(value, first);
}
