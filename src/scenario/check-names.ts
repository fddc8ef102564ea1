/**
 * Names and conditions outside the steps' contents: axes in `exclude`, `when`, `sameWhen`; arms and what they change; reserved
 * and repeated names; version ranges; nodes of the cluster file. Works on loosely typed values.
 */
import semver from 'semver';
import { child, type Declared, textOf } from './declared.js';
import { RESERVED_ARMS, RESERVED_NODE_NAMES, RESERVED_VARIABLES } from './defaults.js';
import type { Findings } from './findings.js';
import type { LoadedScenario } from './load.js';
import type { SourceDocument, SourceNode } from './source-tree.js';
import { listed, suggest } from './suggest.js';
import { isRange } from './version-range.js';

export function checkNames(scenario: LoadedScenario, declared: Declared, findings: Findings): void {
  const { document } = scenario;
  const root = document.root;
  checkVariables(document, findings);
  for (const item of child(root, 'matrix', 'exclude')?.items ?? []) axes(document, item, declared, 'exclude', findings);
  checkIncludes(document, findings);
  for (const list of ['steps', 'catch', 'finally']) {
    for (const step of child(root, list)?.items ?? [])
      condition(document, child(step, 'when'), declared, 'when', findings);
  }
  condition(document, child(root, 'control', 'sameWhen'), declared, 'sameWhen', findings);
  checkArms(document, declared, findings);
  checkCompare(document, declared, findings);
  checkMatrixValues(document, findings);
  checkRange(document, child(root, 'requires', 'kubernetes'), findings);
  checkNodeNames(document, child(root, 'cluster', 'with', 'nodes'), findings);
  if (scenario.cluster) checkNodeNames(scenario.cluster, child(scenario.cluster.root, 'spec', 'nodes'), findings);
}

function checkVariables(document: SourceDocument, findings: Findings): void {
  for (const [name, { key }] of child(document.root, 'variables')?.entries ?? []) {
    if (!RESERVED_VARIABLES.includes(name)) continue;
    findings.add('WT0313', document.placeAt(key), `no variable can be called ${name}: it is a reference of its own`);
  }
}

/** Keys are axes; each problem is told at its key. */
function axes(
  document: SourceDocument,
  node: SourceNode | undefined,
  declared: Declared,
  word: string,
  findings: Findings,
): void {
  const known = [...declared.axes.keys()];
  for (const [axis, { key }] of node?.entries ?? []) {
    if (declared.axes.has(axis)) continue;
    findings.add(
      'WT0306',
      document.placeAt(key),
      `${word} names ${axis}, which is no axis`,
      suggest(axis, known, 'axes'),
    );
  }
}

/** A condition that can never hold would leave a step out in silence. */
function condition(
  document: SourceDocument,
  node: SourceNode | undefined,
  declared: Declared,
  word: string,
  findings: Findings,
): void {
  axes(document, node, declared, word, findings);
  for (const [axis, { node: value }] of node?.entries ?? []) {
    const values = declared.axes.get(axis);
    if (values === undefined) continue;
    for (const item of value.items ?? [value]) {
      const text = String(item.value);
      if (typeof item.value === 'object' || values.has(text) || isRange(text) || text.includes('${')) continue;
      const message = `no point of the matrix has ${axis} ${text}`;
      findings.add('WT0307', document.placeAt(item.range), message, suggest(text, [...values], `values of ${axis}`));
    }
  }
}

function checkArms(document: SourceDocument, declared: Declared, findings: Findings): void {
  const seen = new Set<string>();
  for (const arm of child(document.root, 'control', 'arms')?.items ?? []) {
    const node = child(arm, 'name');
    const name = textOf(node);
    if (node && name !== undefined) {
      const place = document.placeAt(node.range);
      if (RESERVED_ARMS.includes(name)) findings.add('WT0313', place, `an arm called ${name} is there already`);
      else if (seen.has(name)) findings.add('WT0309', place, `two arms are called ${name}`);
      seen.add(name);
    }
    for (const [variable, { key }] of child(arm, 'variables')?.entries ?? []) {
      if (declared.variables.includes(variable)) continue;
      const hint = suggest(variable, declared.variables, 'variables');
      findings.add('WT0315', document.placeAt(key), `no variable ${variable} for the arm to change`, hint);
    }
  }
}

function checkCompare(document: SourceDocument, declared: Declared, findings: Findings): void {
  const compare = document.root.entries?.get('compare');
  if (compare === undefined) return;
  const place = document.placeAt(compare.key);
  if (declared.sides.length === 1) findings.add('WT0116', place, 'compare has one side; it takes at least two');
  if (document.root.entries?.has('control')) {
    findings.add('WT0317', place, 'compare and control do not go together', 'the sides are what is compared');
  }
}

function checkMatrixValues(document: SourceDocument, findings: Findings): void {
  for (const [axis, { node }] of child(document.root, 'matrix')?.entries ?? []) {
    if (axis === 'include' || axis === 'exclude') continue;
    const seen = new Set<string>();
    for (const item of node.items ?? []) {
      const text = String(item.value);
      if (seen.has(text)) findings.add('WT0309', document.placeAt(item.range), `the axis ${axis} has ${text} twice`);
      seen.add(text);
    }
  }
}

function checkIncludes(document: SourceDocument, findings: Findings): void {
  const matrix = child(document.root, 'matrix');
  for (const item of child(matrix, 'include')?.items ?? []) {
    for (const [key, { node }] of item.entries ?? []) {
      if (node.items === undefined || matrix?.entries?.has(key)) continue;
      findings.add('WT0608', document.placeAt(node.range), `${key} is no axis; an include adds one value to it`);
    }
  }
}

function checkRange(document: SourceDocument, node: SourceNode | undefined, findings: Findings): void {
  const text = textOf(node);
  if (node === undefined || text === undefined || semver.validRange(text) !== null) return;
  const message = `${text} is no range of versions`;
  findings.add('WT0112', document.placeAt(node.range), message, 'write ">=1.28 <1.36" or "<1.31"');
}

function checkNodeNames(document: SourceDocument, list: SourceNode | undefined, findings: Findings): void {
  const seen = new Set<string>();
  for (const item of list?.items ?? []) {
    const node = child(item, 'name');
    const name = textOf(node);
    if (node === undefined || name === undefined) continue;
    const place = document.placeAt(node.range);
    if (RESERVED_NODE_NAMES.includes(name)) {
      findings.add(
        'WT0313',
        place,
        `no node can be called ${name}`,
        listed(RESERVED_NODE_NAMES, 'names of other hosts'),
      );
    } else if (seen.has(name)) findings.add('WT0309', place, `two nodes are called ${name}`);
    seen.add(name);
    checkDeviceNames(document, child(item, 'devices'), findings);
    if (child(item, 'count') && child(item, 'ip')) {
      findings.add('WT0312', document.placeOf([]), `nodes in bulk cannot share the ip of ${name}`);
    }
  }
}

function checkDeviceNames(document: SourceDocument, list: SourceNode | undefined, findings: Findings): void {
  const seen = new Set<string>();
  for (const item of list?.items ?? []) {
    const name = textOf(child(item, 'name'));
    if (name !== undefined && seen.has(name)) {
      findings.add('WT0309', document.placeAt(item.range), `two devices are called ${name}`);
    }
    if (name !== undefined) seen.add(name);
  }
}
