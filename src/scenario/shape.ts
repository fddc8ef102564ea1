/**
 * Checks a document against the schema and says what is wrong in the words of the language, each at its place: an unknown
 * key at the key, a missing one at the mapping that lacks it, all else at the value.
 */
import type { z } from 'zod';
import { booleanHint, type Explanation, explain, show } from './explain.js';
import type { Findings } from './findings.js';
import { type JsonSchema, jsonSchema, type SchemaKind } from './json-schema.js';
import { schemaAt } from './schema-lookup.js';
import type { Path, SourceDocument } from './source-tree.js';
import { listed, nearest, suggest } from './suggest.js';
import { clusterFile, EXPECTATION_KINDS, scenarioFile } from './v1.js';

/** One problem as zod tells it; `message` is a key into explain.ts where it begins with `@`. */
export interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly errors?: readonly (readonly Issue[])[];
  readonly issues?: readonly Issue[];
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  readonly expected?: string;
  readonly origin?: string;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly inclusive?: boolean;
}

/** What files of one kind may say, and what is said of those that say something else. */
export interface Language<T extends z.ZodType = z.ZodType> {
  readonly schema: T;
  /** For the names and keys in messages; only asked for when one is due. */
  readonly json: () => JsonSchema;
  /** Before that of explain.ts. */
  readonly explain?: (message: string, value: unknown) => Explanation | undefined;
  /** For a file of another kind. */
  readonly kindHint?: (value: unknown) => string | undefined;
}

const LANGUAGES: Readonly<Record<SchemaKind, Language>> = {
  Scenario: { schema: scenarioFile, json: () => jsonSchema('Scenario'), kindHint },
  Cluster: { schema: clusterFile, json: () => jsonSchema('Cluster'), kindHint },
};

/** Adds every breach of the schema to `findings`; true where there is none. */
export function checkShape(kind: SchemaKind, document: SourceDocument, findings: Findings): boolean {
  return checkedShape(LANGUAGES[kind], document, findings) !== undefined;
}

/** The document as its schema has it; undefined where it breaks it, and every breach stands in `findings` then. */
export function checkedShape<T extends z.ZodType>(
  language: Language<T>,
  document: SourceDocument,
  findings: Findings,
): z.infer<T> | undefined {
  const result = language.schema.safeParse(document.value);
  if (result.success) return result.data;
  const reporter = new ShapeReporter(language, document, findings);
  for (const issue of result.error.issues) reporter.report(issue as Issue, []);
  return undefined;
}

class ShapeReporter {
  readonly #language: Language;
  readonly #document: SourceDocument;
  readonly #findings: Findings;

  constructor(language: Language, document: SourceDocument, findings: Findings) {
    this.#language = language;
    this.#document = document;
    this.#findings = findings;
  }

  report(issue: Issue, base: Path): void {
    const path = [...base, ...(issue.path as Path)];
    const node = this.#document.at(path);
    if (node === undefined && path.length > 0) return this.#missing(path);
    const value = node?.value;
    if (issue.code === 'unrecognized_keys') return this.#unknownKeys(issue, path, value);
    if (issue.code === 'invalid_key') return this.#badKey(issue, path);
    if (issue.code === 'invalid_union' && this.#union(issue, path, value)) return;
    const words = issue.message === '@choice' || issue.code === 'invalid_value' ? wordsOf(issue) : [];
    if (words.length > 0) return this.#choice(path, value, words);
    const place = this.#document.placeOf(path);
    const tooFar = issue.code === 'too_small' || issue.code === 'too_big';
    const explanation = tooFar && typeof value === 'number' ? undefined : this.#explain(issue.message, value);
    if (explanation) this.#findings.add(explanation.code, place, explanation.message, explanation.hint);
    else if (tooFar) this.#outOfRange(issue, path, value);
    else {
      const hint = expectedTypes(issue).includes(BOOLEAN) ? booleanHint(value) : undefined;
      this.#findings.add('WT0103', place, this.#typeMessage(issue, path, value), hint);
    }
  }

  #explain(message: string, value: unknown): Explanation | undefined {
    return this.#language.explain?.(message, value) ?? explain(message, value);
  }

  #missing(path: Path): void {
    const parent = path.slice(0, -1);
    const key = String(path.at(-1));
    const title = schemaAt(this.#language.json(), parent, this.#document.at(parent)?.value).title ?? lastWord(parent);
    const what = title === undefined || parent.length === 0 ? 'the file' : `the ${title}`;
    this.#findings.add('WT0102', this.#document.placeOf(parent), `${what} has no ${key}`);
  }

  #unknownKeys(issue: Issue, path: Path, value: unknown): void {
    const { title, keys } = schemaAt(this.#language.json(), path, value);
    const where = path.length === 0 ? '' : ` in ${title ?? lastWord(path)}`;
    const left = keys.filter((key) => typeof value !== 'object' || value === null || !Object.hasOwn(value, key));
    for (const key of issue.keys ?? []) {
      const place = this.#document.placeOfKey([...path, key]);
      this.#findings.add(
        'WT0101',
        place,
        `unknown key ${key}${where}`,
        suggest(key, left.length > 0 ? left : keys, 'known keys'),
      );
    }
  }

  #badKey(issue: Issue, path: Path): void {
    const key = String(path.at(-1));
    const explanation = this.#explain(issue.issues?.[0]?.message ?? '', key) ?? explain('@name', key);
    if (explanation) {
      this.#findings.add(explanation.code, this.#document.placeOfKey(path), explanation.message, explanation.hint);
    }
  }

  /** Of several alternatives the one that was meant is reported; false where no alternative is nearer than the others. */
  #union(issue: Issue, path: Path, value: unknown): boolean {
    if (isExpectation(path)) {
      if (!isMapping(value)) return false;
      if (!EXPECTATION_KINDS.some((kind) => Object.hasOwn(value, kind))) return this.#unknownExpectation(path, value);
    }
    const branches = (issue.errors ?? []).filter((errors) => !errors.some((error) => isMismatch(error, value)));
    const branch = [...branches].sort((a, b) => weightOf(a, value) - weightOf(b, value))[0];
    if (branch === undefined) return false;
    for (const error of branch) this.report(error, path);
    return true;
  }

  #unknownExpectation(path: Path, value: Readonly<Record<string, unknown>>): true {
    const key = Object.keys(value)[0];
    const place = key === undefined ? this.#document.placeOf(path) : this.#document.placeOfKey([...path, key]);
    const message = key === undefined ? 'the expectation is empty' : `no expectation is known by ${key}`;
    this.#findings.add('WT0117', place, message, suggest(key ?? '', EXPECTATION_KINDS, 'expectations'));
    return true;
  }

  #choice(path: Path, value: unknown, words: readonly string[]): void {
    const place = this.#document.placeOf(path);
    const key = lastWord(path) ?? 'value';
    if (path.length === 1 && key === 'apiVersion') {
      return this.#findings.add('WT0020', place, `unknown apiVersion ${show(value)}`, `write ${words.join(' or ')}`);
    }
    if (path.length === 1 && key === 'kind') {
      return this.#findings.add(
        'WT0021',
        place,
        `kind is ${show(value)}, not ${words.join(' or ')}`,
        this.#language.kindHint?.(value),
      );
    }
    this.#findings.add('WT0104', place, `${key} does not take ${show(value)}`, choiceHint(value, words, key));
  }

  #outOfRange(issue: Issue, path: Path, value: unknown): void {
    const low = issue.inclusive === false ? `more than ${issue.minimum}` : `at least ${issue.minimum}`;
    const limit = issue.code === 'too_small' ? low : `at most ${issue.maximum}`;
    const place = this.#document.placeOf(path);
    const key = String(path.at(-1) ?? 'value');
    if (typeof value === 'number') this.#findings.add('WT0115', place, `${key} is ${value}; ${limit} is taken`);
    else
      this.#findings.add(
        'WT0116',
        place,
        `${key} has too ${issue.code === 'too_small' ? 'few' : 'many'} entries: ${limit}`,
      );
  }

  #typeMessage(issue: Issue, path: Path, value: unknown): string {
    const entry = typeof path.at(-1) === 'number' ? 'an entry of ' : '';
    const key = path.length === 0 ? 'the file' : `${entry}${lastWord(path)}`;
    const expected = expectedTypes(issue);
    return `${key} takes ${listed(expected, 'types').replace('types: ', '')}, not ${show(value)}`;
  }
}

/** Words that YAML reads as something else, `True`, are shown in the quotes that they need. */
function choiceHint(value: unknown, words: readonly string[], key: string): string {
  const near = nearest(show(value), words);
  const quoted = words.find((word) => word.toLowerCase() === String(value).toLowerCase());
  if (typeof value !== 'string' && quoted !== undefined) return `write "${quoted}" in quotes`;
  if (near !== undefined && /^(true|false|null)$/i.test(near)) return `did you mean "${near}", in quotes?`;
  return suggest(show(value), words, `${key} takes`);
}

function lastWord(path: Path): string | undefined {
  return path.findLast((step) => typeof step === 'string');
}

function kindHint(value: unknown): string | undefined {
  if (value === 'Cluster') return 'a scenario names its cluster file under cluster.from';
  return value === 'Scenario' ? 'a cluster file has kind: Cluster' : undefined;
}

function isExpectation(path: Path): boolean {
  return path.length === 4 && path[2] === 'expect' && typeof path[3] === 'number';
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The alternative wants a mapping, a list or a text where something else stands. */
function isMismatch(issue: Issue, value: unknown): boolean {
  if (issue.path.length > 0) return false;
  return issue.code === 'invalid_type' || (issue.code === 'invalid_value' && typeof value === 'object');
}

/** How far a value is from an alternative: what it lacks counts most, then what it has too much. */
function weightOf(issues: readonly Issue[], value: unknown): number {
  let weight = 0;
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') weight += 4 * (issue.keys?.length ?? 0);
    else if (issue.path.length === 1 && isMapping(value) && !Object.hasOwn(value, String(issue.path[0]))) weight += 3;
    else weight += 1;
  }
  return weight;
}

function wordsOf(issue: Issue): readonly string[] {
  const own = (issue.values ?? []).map(String);
  return [...own, ...(issue.errors ?? []).flatMap((errors) => errors.flatMap(wordsOf))];
}

const BOOLEAN = 'true or false';
const TYPES: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: BOOLEAN,
};

function expectedTypes(issue: Issue): readonly string[] {
  const own = issue.expected === undefined ? [] : [TYPES[issue.expected] ?? issue.expected];
  const nested = (issue.errors ?? []).flatMap((errors) => errors.flatMap(expectedTypes));
  const words = (issue.values ?? []).map(String);
  const all = [...new Set([...own, ...nested, ...words])];
  return all.length > 0 ? all : ['another value'];
}
