/** docs/language.md: every word with its type, default and meaning, written from the JSON Schema, after the prose of language-meaning.ts. */
import { type JsonSchema, jsonSchema } from './json-schema.js';
import { EXAMPLE, MEANING } from './language-meaning.js';
import { REFERENCE } from './v1-scalars.js';

const SHARED_EXPECTATION_WORDS = ['within', 'for', 'side'];

export function languagePage(): string {
  const scenario = new Part(jsonSchema('Scenario'));
  const cluster = new Part(jsonSchema('Cluster'));
  return [
    '# The scenario language',
    '',
    'Version `windtunnel/v1alpha1`. A scenario file says what happens on a cluster and what must come of it; a cluster file says what the',
    'cluster is, the same for every backend. This page is written from the schema: `windtunnel schema --check` tells where it is stale.',
    '',
    '```yaml',
    ...EXAMPLE.trimEnd().split('\n'),
    '```',
    '',
    ...MEANING,
    '## Words of a scenario file',
    '',
    ...scenario.sections(),
    '## Words of a cluster file',
    '',
    ...cluster.sections(),
  ].join('\n');
}

interface Section {
  readonly title: string;
  readonly schema: JsonSchema;
}

/** The mappings of one kind of file, each once, in the order in which a reader meets them. */
class Part {
  readonly #root: JsonSchema;
  readonly #found: Section[] = [];

  constructor(root: JsonSchema) {
    this.#root = root;
    this.#collect(root);
  }

  sections(): readonly string[] {
    const expectations = this.#found.filter(({ title }) => title.endsWith(' expectation'));
    const others = this.#found.filter((section) => !expectations.includes(section));
    const lines = others.flatMap((section) => this.#section(section, []));
    const [first] = expectations;
    if (first === undefined) return lines;
    const shared = Object.entries(this.#resolve(first.schema).properties ?? {}).filter(([key]) =>
      SHARED_EXPECTATION_WORDS.includes(key),
    );
    return [
      ...lines,
      '### expectation',
      '',
      'An expectation is known by its first word. Each also takes:',
      '',
      ...TABLE_HEAD,
      ...shared.map(([key, schema]) => this.#row(key, schema, false)),
      '',
      ...expectations.flatMap((section) => this.#section(section, SHARED_EXPECTATION_WORDS)),
    ];
  }

  #section({ title, schema }: Section, without: readonly string[]): readonly string[] {
    return [`### ${title}`, '', ...TABLE_HEAD, ...this.#rows(this.#resolve(schema), '', without), ''];
  }

  #rows(schema: JsonSchema, prefix: string, without: readonly string[]): readonly string[] {
    const rest = schema.additionalProperties;
    const others = typeof rest === 'object' && Object.keys(rest).length > 0 ? [['NAME', rest] as const] : [];
    return [...others, ...Object.entries(schema.properties ?? {})].flatMap(([key, value]) => {
      if (without.includes(key)) return [];
      const resolved = this.#resolve(value);
      const row = this.#row(`${prefix}${key}`, value, schema.required?.includes(key) === true);
      const nested = resolved.properties !== undefined && resolved.title === undefined;
      return nested ? [row, ...this.#rows(resolved, `${prefix}${key}.`, [])] : [row];
    });
  }

  #row(key: string, schema: JsonSchema, required: boolean): string {
    const resolved = this.#resolve(schema);
    const description = schema.description ?? resolved.description ?? '';
    const fallback = schema.default ?? resolved.default;
    const examples = (schema.examples ?? []).slice(0, 2).map((example) => code(example));
    const meaning = [description, ...(examples.length > 0 ? [`For example ${examples.join(' or ')}.`] : [])]
      .join(' ')
      .trim();
    const given = required ? 'needed' : fallback === undefined || fallback === '' ? '' : code(fallback);
    return `| \`${key}\` | ${pipes(this.#type(schema))} | ${pipes(given)} | ${pipes(meaning)} |`;
  }

  /** What a word takes, in a few words. A lone reference is taken nearly everywhere and not listed. */
  #type(schema: JsonSchema): string {
    const resolved = this.#resolve(schema);
    if (resolved.const !== undefined) return code(resolved.const);
    if (resolved.enum) return resolved.enum.map(code).join(', ');
    if (resolved.title !== undefined && resolved.anyOf === undefined) return resolved.title;
    if (resolved.anyOf) return this.#anyOf(resolved);
    if (resolved.type === 'array') return `list of: ${resolved.items ? this.#type(resolved.items) : 'anything'}`;
    if (resolved.properties) return resolved.title ?? 'mapping';
    if (typeof resolved.additionalProperties === 'object') {
      const inner = this.#type(resolved.additionalProperties);
      return inner === '' ? 'mapping' : `mapping of names to: ${inner}`;
    }
    if (resolved.pattern === REFERENCE) return '';
    const words: Readonly<Record<string, string>> = {
      string: 'text',
      integer: 'whole number',
      boolean: '`true`, `false`',
      object: 'mapping',
    };
    const types = [resolved.type ?? ''].flat();
    return types.map((type) => words[type] ?? type).join(', or ') || 'anything';
  }

  #anyOf(schema: JsonSchema): string {
    const alternatives = (schema.anyOf ?? []).map((item) => this.#resolve(item));
    if (alternatives.every((item) => item.title?.endsWith(' expectation'))) return 'expectation';
    const named = schema.title !== undefined && alternatives.every((item) => item.properties === undefined);
    if (named) return schema.title ?? '';
    const texts = [...new Set(alternatives.map((item) => this.#alternative(item)).filter((text) => text !== ''))];
    const [single = '', list] = texts;
    return texts.length === 2 && list === `list of: ${single}` ? `${single}, or a list of these` : texts.join(', or ');
  }

  /** A small mapping without a name of its own is written out. */
  #alternative(item: JsonSchema): string {
    if (item.properties === undefined || item.title !== undefined) return this.#type(item);
    const words = Object.entries(item.properties).map(([key, value]) => `${key}: ${this.#type(value)}`);
    return `{${words.join(', ')}}`;
  }

  /** References followed; what stands beside one wins. */
  #resolve(schema: JsonSchema): JsonSchema {
    const ref = schema.$ref ?? schema.allOf?.[0]?.$ref;
    if (ref === undefined) return schema;
    const target = this.#root.definitions?.[ref.replace('#/definitions/', '')] ?? {};
    return { ...this.#resolve(target), ...schema };
  }

  #collect(schema: JsonSchema): void {
    const resolved = this.#resolve(schema);
    const { title } = resolved;
    if (resolved.properties && title !== undefined) {
      if (this.#found.some((section) => section.title === title)) return;
      this.#found.push({ title, schema });
    }
    for (const inner of Object.values(resolved.properties ?? {})) this.#collect(inner);
    for (const inner of resolved.anyOf ?? []) this.#collect(inner);
    if (resolved.items) this.#collect(resolved.items);
    if (typeof resolved.additionalProperties === 'object') this.#collect(resolved.additionalProperties);
  }
}

const TABLE_HEAD = ['| word | takes | default | meaning |', '| --- | --- | --- | --- |'];

/** As YAML would have it, on one line. */
function code(value: unknown): string {
  return `\`${flow(value)}\``;
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}: ${flow(item)}`)
    .join(', ')}}`;
}

function pipes(text: string): string {
  return text.replaceAll('|', '\\|');
}
