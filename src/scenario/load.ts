/**
 * A scenario with every file that it names: read once, parsed once, checked for shape. Says what is wrong with files; what is
 * wrong between them is told by the check-*.ts files, which also read documents whose shape is broken.
 */
import type { Place } from '../base/diagnostic.js';
import type { Code } from './codes.js';
import type { Findings } from './findings.js';
import { checkShape } from './shape.js';
import { type FileRead, folderOf, type SourceFiles } from './source.js';
import type { SourceDocument, SourceNode } from './source-tree.js';
import { parseYaml } from './yaml.js';

/** A manifest file as a scenario names it. */
export interface LoadedManifest {
  readonly file: string;
  readonly documents: readonly SourceDocument[];
}

export interface LoadedScenario {
  readonly file: string;
  readonly document: SourceDocument;
  /** Absent where it cannot be read at all. */
  readonly cluster: SourceDocument | undefined;
  /** By the path as the scenario writes it. */
  readonly manifests: ReadonlyMap<string, LoadedManifest>;
}

/** Reads scenarios; a cluster or manifest file that several of them name is read once. */
export class Loader {
  readonly #files: SourceFiles;
  readonly #findings: Findings;
  readonly #clusters = new Map<string, SourceDocument | undefined>();
  readonly #manifests = new Map<string, LoadedManifest | undefined>();
  readonly #texts = new Map<string, string>();

  constructor(files: SourceFiles, findings: Findings) {
    this.#files = files;
    this.#findings = findings;
  }

  /** The text of every file that was read, for the lines under messages. */
  get texts(): ReadonlyMap<string, string> {
    return this.#texts;
  }

  scenario(file: string): LoadedScenario | undefined {
    const read = this.#files.read(file);
    if (!read.ok) {
      // Who named it is the command line, which is no file.
      const place = { file: read.why === 'not-found' ? '' : file, line: 1, column: 1 };
      this.#unreadable(read, place, `no file ${file}`);
      return undefined;
    }
    const document = this.#single(file, read.text);
    if (document === undefined) return undefined;
    checkShape('Scenario', document, this.#findings);
    return { file, document, cluster: this.#cluster(document), manifests: this.#manifestsOf(document) };
  }

  /** The one document of a scenario or cluster file. */
  #single(file: string, text: string): SourceDocument | undefined {
    this.#texts.set(file, text);
    const documents = parseYaml(file, text, this.#findings);
    if (documents === undefined) return undefined;
    const [first, second] = documents;
    if (first === undefined) {
      const hint = 'a file begins with apiVersion: windtunnel/v1alpha1';
      this.#findings.add('WT0005', { file, line: 1, column: 1 }, 'the file is empty', hint);
    }
    if (second !== undefined) {
      this.#findings.add('WT0017', second.placeOf([]), 'the file holds several documents', 'give each its own file');
    }
    return first;
  }

  #cluster(scenario: SourceDocument): SourceDocument | undefined {
    const path = ['cluster', 'from'];
    const relative = scenario.at(path)?.value;
    if (typeof relative !== 'string' || relative === '') return undefined;
    const file = this.#files.resolve(scenario.file, relative);
    if (this.#clusters.has(file)) return this.#clusters.get(file);
    const text = this.#text(file, relative, scenario.placeOf(path));
    if (text === undefined) return undefined;
    const document = this.#single(file, text);
    if (document) checkShape('Cluster', document, this.#findings);
    this.#clusters.set(file, document);
    return document;
  }

  #manifestsOf(scenario: SourceDocument): ReadonlyMap<string, LoadedManifest> {
    const found = new Map<string, LoadedManifest>();
    for (const node of manifestPaths(scenario.root)) {
      const relative = node.value as string;
      const file = this.#files.resolve(scenario.file, relative);
      const manifest = this.#manifest(file, relative, scenario.placeAt(node.range));
      if (manifest) found.set(relative, manifest);
    }
    return found;
  }

  #manifest(file: string, relative: string, place: Place): LoadedManifest | undefined {
    const known = this.#manifests.get(file);
    if (known) return known;
    const text = this.#text(file, relative, place);
    if (text === undefined) return undefined;
    this.#texts.set(file, text);
    const documents = parseYaml(file, text, this.#findings);
    if (documents === undefined) return undefined;
    if (documents.length === 0) this.#findings.add('WT0005', { file, line: 1, column: 1 }, 'the file holds no object');
    const manifest = { file, documents };
    this.#manifests.set(file, manifest);
    return manifest;
  }

  #text(file: string, relative: string, place: Place): string | undefined {
    const read = this.#files.read(file);
    if (read.ok) return read.text;
    this.#unreadable(read, place, `no file ${relative} in folder ${folderOf(place.file)}`, file);
    return undefined;
  }

  #unreadable(read: Exclude<FileRead, { ok: true }>, place: Place, missing: string, looked?: string): void {
    const add = (code: Code, message: string, hint?: string) => this.#findings.add(code, place, message, hint);
    if (read.why === 'not-found') {
      add(
        'WT0001',
        missing,
        looked === undefined ? undefined : `looked for ${looked}; a path is relative to the file that names it`,
      );
    } else if (read.why === 'too-large') {
      add('WT0003', `the file has ${read.bytes} bytes; at most 5 MiB are read`);
    } else if (read.why === 'directory') add('WT0002', `${looked ?? place.file} is a folder, not a file`);
    else add('WT0002', `${looked ?? place.file} cannot be read${read.detail ? `: ${read.detail}` : ''}`);
  }
}

/** The nodes under `apply` and `delete` that name manifest files. */
export function manifestPaths(scenario: SourceNode): readonly SourceNode[] {
  const found: SourceNode[] = [];
  for (const list of ['steps', 'catch', 'finally']) {
    for (const step of scenario.entries?.get(list)?.node.items ?? []) {
      for (const action of ['apply', 'delete']) {
        for (const item of step.entries?.get(action)?.node.items ?? []) {
          const node = typeof item.value === 'string' ? item : item.entries?.get('file')?.node;
          if (typeof node?.value === 'string' && node.value !== '' && !node.value.includes('${')) found.push(node);
        }
      }
    }
  }
  return found;
}
