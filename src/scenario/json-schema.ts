/**
 * The JSON Schema of the files, for editors and for the reference page: draft 7, which editors' YAML servers read best.
 * Made from v1.ts; schema/*.json holds what this returns, and a test compares.
 */
import { z } from 'zod';
import { clusterFile, scenarioFile } from './v1.js';

export type SchemaKind = 'Scenario' | 'Cluster';

/** The part of JSON Schema that zod writes for us. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly $schema?: string;
  readonly $id?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
}

const SCHEMAS = { Scenario: scenarioFile, Cluster: clusterFile } as const;
const made = new Map<SchemaKind, JsonSchema>();

/** The same object at each call; nobody changes it. */
export function jsonSchema(kind: SchemaKind): JsonSchema {
  const known = made.get(kind);
  if (known) return known;
  const schema = jsonSchemaOf(SCHEMAS[kind]);
  made.set(kind, schema);
  return schema;
}

export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { target: 'draft-07', io: 'input', reused: 'inline' }) as JsonSchema;
}

/** What stands in schema/KIND.schema.json. */
export function jsonSchemaText(kind: SchemaKind): string {
  return `${JSON.stringify(jsonSchema(kind), null, 2)}\n`;
}
