/**
 * Every reference in a scenario and in the manifests it names: known, well formed, allowed where it stands; and variables
 * that refer to each other in a circle. In manifests only the known roots are ours: other `${…}` are left to whom they belong.
 */
import type { Declared } from './declared.js';
import { child } from './declared.js';
import type { Findings } from './findings.js';
import type { LoadedScenario } from './load.js';
import { type Reference, referencesIn } from './references.js';
import type { SourceDocument, SourceNode } from './source-tree.js';
import { suggest } from './suggest.js';

type Setting = 'scenario' | 'manifest' | 'repeated manifest' | 'none';

export function checkReferences(scenario: LoadedScenario, declared: Declared, findings: Findings): void {
  const walker = new ReferenceWalker(declared, findings);
  const { document } = scenario;
  for (const [key, { node }] of document.root.entries ?? []) {
    const plain = ['apiVersion', 'kind', 'metadata', 'requires', 'matrix'].includes(key);
    if (key === 'steps' || key === 'catch' || key === 'finally') walkSteps(walker, scenario, node);
    else walker.walk(document, node, plain ? 'none' : 'scenario');
  }
  if (scenario.cluster) walker.walk(scenario.cluster, scenario.cluster.root, 'none');
  checkCycles(document, findings);
}

function walkSteps(walker: ReferenceWalker, scenario: LoadedScenario, list: SourceNode): void {
  for (const step of list.items ?? []) {
    for (const [key, { node }] of step.entries ?? []) {
      if (key === 'apply' || key === 'delete') {
        for (const item of node.items ?? []) walkManifest(walker, scenario, item);
      } else if (key === 'patch' || key === 'schedule') walker.walk(scenario.document, node, 'manifest');
      else walker.walk(scenario.document, node, 'scenario');
    }
  }
}

function walkManifest(walker: ReferenceWalker, scenario: LoadedScenario, item: SourceNode): void {
  const repeated = child(item, 'repeat') !== undefined;
  const setting = repeated ? 'repeated manifest' : 'manifest';
  const path = typeof item.value === 'string' ? item.value : child(item, 'file')?.value;
  if (typeof path !== 'string') return walker.walk(scenario.document, item, setting);
  if (path.includes('${')) return walker.walk(scenario.document, item, 'none');
  for (const document of scenario.manifests.get(path)?.documents ?? []) walker.walk(document, document.root, setting);
}

class ReferenceWalker {
  readonly #declared: Declared;
  readonly #findings: Findings;
  /** Aliased nodes are shared: each is walked once a setting. */
  readonly #seen = new Set<SourceNode>();

  constructor(declared: Declared, findings: Findings) {
    this.#declared = declared;
    this.#findings = findings;
  }

  walk(document: SourceDocument, node: SourceNode, setting: Setting): void {
    if (typeof node.value === 'string') {
      for (const reference of referencesIn(node.value)) this.#check(document, node, reference, setting);
      return;
    }
    if (this.#seen.has(node)) return;
    this.#seen.add(node);
    for (const item of node.items ?? []) this.walk(document, item, setting);
    for (const { node: value } of node.entries?.values() ?? []) this.walk(document, value, setting);
  }

  #check(document: SourceDocument, node: SourceNode, reference: Reference, setting: Setting): void {
    const place = document.placeAt(document.rangeOf(node, reference.text));
    const manifest = setting === 'manifest' || setting === 'repeated manifest';
    if (setting === 'none') {
      return this.#findings.add('WT0207', place, `no reference is taken here: ${reference.text}`);
    }
    if (reference.root === 'malformed') {
      if (manifest) return;
      const hint = 'write ${matrix.AXIS}, ${nodes.NAME.ip} or ${VARIABLE}';
      return this.#findings.add('WT0202', place, `not a reference: ${reference.text}`, hint);
    }
    if (reference.root === 'matrix') {
      const axes = [...this.#declared.axes.keys()];
      if (axes.includes(reference.axis)) return;
      const hint = suggest(reference.axis, axes, 'axes');
      return this.#findings.add('WT0201', place, `the matrix has no axis ${reference.axis}`, hint);
    }
    if (reference.root === 'index') {
      if (setting === 'manifest') return;
      if (setting === 'scenario') this.#findings.add('WT0201', place, '${index} stands in objects with repeat only');
      return;
    }
    this.#checkName(place, reference, manifest);
  }

  #checkName(
    place: ReturnType<SourceDocument['placeAt']>,
    reference: Extract<Reference, { root: 'nodes' | 'variable' }>,
    manifest: boolean,
  ): void {
    const { nodes, variables, clusterName } = this.#declared;
    if (reference.root === 'nodes' && nodes && !nodes.has(reference.node)) {
      const hint = suggest(reference.node, nodes.names, 'nodes');
      this.#findings.add('WT0302', place, `no node ${reference.node} in cluster ${clusterName}`, hint);
    } else if (reference.root === 'variable' && !variables.includes(reference.variable)) {
      if (manifest) return;
      const hint = suggest(reference.variable, variables, 'variables');
      return this.#findings.add('WT0201', place, `no variable ${reference.variable}`, hint);
    }
    if (reference.part !== undefined && reference.part !== 'ip' && reference.part !== 'name') {
      const hint = suggest(reference.part, ['ip', 'name'], 'parts');
      this.#findings.add('WT0203', place, `a node has no part ${reference.part}`, hint);
    }
  }
}

/** Follows each variable to the variables in it; a way back to where it began is a circle. */
function checkCycles(document: SourceDocument, findings: Findings): void {
  const variables = child(document.root, 'variables')?.entries ?? new Map();
  const uses = new Map<string, readonly string[]>();
  for (const [name, { node }] of variables) uses.set(name, [...new Set(variablesIn(node))]);
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): void => {
    const start = way.indexOf(name);
    if (start >= 0) {
      const circle = [...way.slice(start), name].join(' → ');
      findings.add(
        'WT0204',
        document.placeOfKey(['variables', name]),
        `variables refer to each other in a circle: ${circle}`,
      );
      return;
    }
    if (done.has(name)) return;
    for (const next of uses.get(name) ?? []) visit(next, [...way, name]);
    done.add(name);
  };
  for (const name of uses.keys()) visit(name, []);
}

function variablesIn(node: SourceNode): readonly string[] {
  if (typeof node.value === 'string') {
    return referencesIn(node.value).flatMap((reference) => (reference.root === 'variable' ? [reference.variable] : []));
  }
  const below = [...(node.items ?? []), ...[...(node.entries?.values() ?? [])].map((entry) => entry.node)];
  return below.flatMap(variablesIn);
}
