/**
 * What a scenario declares, read from loosely typed values so that it is known also where the shape is broken: axes,
 * variables, nodes, probes, captures, sides. Everything that is not as expected is left out.
 */
import type { LoadedScenario } from './load.js';
import type { SourceNode } from './source-tree.js';

export interface Declared {
  /** Axes with the values that points can have, as text. */
  readonly axes: ReadonlyMap<string, ReadonlySet<string>>;
  readonly variables: readonly string[];
  /** Undefined where the cluster file is not known; then no node is called unknown. */
  readonly nodes: DeclaredNodes | undefined;
  readonly clusterName: string;
  readonly probes: readonly string[];
  readonly sides: readonly string[];
  /** The cluster has no API, on any point. */
  readonly bareHosts: boolean;
}

export class DeclaredNodes {
  readonly #names: ReadonlySet<string>;
  /** Stems of nodes in bulk whose count depends on the matrix. */
  readonly #stems: readonly string[];

  constructor(names: ReadonlySet<string>, stems: readonly string[]) {
    this.#names = names;
    this.#stems = stems;
  }

  has(name: string): boolean {
    return (
      this.#names.has(name) ||
      this.#stems.some((stem) => name.startsWith(`${stem}-`) && /^\d+$/.test(name.slice(stem.length + 1)))
    );
  }

  get names(): readonly string[] {
    return [...this.#names];
  }
}

export function declaredIn(scenario: LoadedScenario): Declared {
  const root = scenario.document.root;
  return {
    axes: axesOf(child(root, 'matrix')),
    variables: keysOf(child(root, 'variables')),
    nodes: scenario.cluster && nodesOf(root, scenario.cluster.root),
    clusterName: textOf(child(scenario.cluster?.root, 'metadata', 'name')) ?? '',
    probes: keysOf(child(root, 'probes')),
    sides: keysOf(child(root, 'compare')),
    bareHosts: isBare(root, scenario.cluster?.root),
  };
}

export function child(node: SourceNode | undefined, ...keys: readonly string[]): SourceNode | undefined {
  let current = node;
  for (const key of keys) current = current?.entries?.get(key)?.node;
  return current;
}

export function keysOf(node: SourceNode | undefined): readonly string[] {
  return [...(node?.entries?.keys() ?? [])];
}

export function textOf(node: SourceNode | undefined): string | undefined {
  return typeof node?.value === 'string' ? node.value : undefined;
}

function axesOf(matrix: SourceNode | undefined): ReadonlyMap<string, ReadonlySet<string>> {
  const axes = new Map<string, Set<string>>();
  const note = (axis: string, values: readonly unknown[]) => {
    const known = axes.get(axis) ?? new Set<string>();
    for (const value of values) known.add(String(value));
    axes.set(axis, known);
  };
  for (const [axis, { node }] of matrix?.entries ?? []) {
    if (axis !== 'include' && axis !== 'exclude') note(axis, Array.isArray(node.value) ? node.value : []);
  }
  for (const item of child(matrix, 'include')?.items ?? []) {
    for (const [axis, { node }] of item.entries ?? [])
      note(axis, Array.isArray(node.value) ? node.value : [node.value]);
  }
  return axes;
}

/** Every list of nodes that takes part in some arm or side. */
function nodeLists(root: SourceNode): readonly (SourceNode | undefined)[] {
  const sides = [...(child(root, 'compare')?.entries?.values() ?? [])].map(({ node }) => child(node, 'nodes'));
  const arms = (child(root, 'control', 'arms')?.items ?? []).map((arm) => child(arm, 'cluster', 'nodes'));
  return [child(root, 'cluster', 'with', 'nodes'), ...sides, ...arms];
}

const COUNTED_MAX = 20_000;

function nodesOf(root: SourceNode, cluster: SourceNode): DeclaredNodes {
  const names = new Set<string>();
  const stems: string[] = [];
  for (const list of [child(cluster, 'spec', 'nodes'), ...nodeLists(root)]) {
    for (const item of list?.items ?? []) {
      const name = textOf(child(item, 'name'));
      const count = child(item, 'count')?.value;
      if (name === undefined) continue;
      if (count === undefined) names.add(name);
      else if (typeof count !== 'number') stems.push(name);
      else for (let index = 1; index <= Math.min(count, COUNTED_MAX); index++) names.add(`${name}-${index}`);
    }
  }
  return new DeclaredNodes(names, stems);
}

function isBare(root: SourceNode, cluster: SourceNode | undefined): boolean {
  if (cluster === undefined) return false;
  return !child(cluster, 'spec', 'kubernetes') && !child(root, 'cluster', 'with', 'kubernetes');
}
