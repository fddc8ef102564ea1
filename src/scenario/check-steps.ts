/**
 * What steps and probes say of things declared elsewhere: nodes, probes, captures, sides; and that a step has one action, a
 * probe one target. Works on loosely typed values, so that it finds these also in a file whose shape is broken.
 */

import { isAddressText } from './address-text.js';
import { child, type Declared, keysOf, textOf } from './declared.js';
import type { Findings } from './findings.js';
import { ACTION_NODES, EXPECTATION_NODES, type NodeField, OTHER_HOSTS, PROBE_NODES } from './node-fields.js';
import type { SourceDocument, SourceNode } from './source-tree.js';
import { listed, suggest } from './suggest.js';
import { ACTION_KINDS, EXPECTATION_KINDS } from './v1.js';

const TARGETS = ['tcp', 'ping', 'http', 'arp'];
const API_ACTIONS: readonly string[] = ['apply', 'delete', 'patch', 'schedule', 'upgrade'];
const API_EXPECTATIONS: readonly string[] = ['node', 'lease', 'pods', 'placement', 'moved'];

export function checkSteps(document: SourceDocument, declared: Declared, findings: Findings): void {
  const checker = new StepChecker(document, declared, findings);
  for (const [, entry] of child(document.root, 'probes')?.entries ?? []) checker.probe(entry.node);
  for (const list of ['steps', 'catch', 'finally']) {
    for (const step of child(document.root, list)?.items ?? []) checker.step(step);
  }
}

class StepChecker {
  readonly #document: SourceDocument;
  readonly #declared: Declared;
  readonly #findings: Findings;
  readonly #captures = new Set<string>();

  constructor(document: SourceDocument, declared: Declared, findings: Findings) {
    this.#document = document;
    this.#declared = declared;
    this.#findings = findings;
  }

  probe(probe: SourceNode): void {
    if (probe.entries === undefined) return;
    const targets = TARGETS.filter((target) => probe.entries?.has(target));
    if (targets.length === 0) {
      this.#findings.add('WT0305', this.#place(probe), 'the probe has no target', `write one of ${TARGETS.join(', ')}`);
    }
    for (const extra of targets.slice(1)) {
      const message = `one target a probe: ${targets[0]} and ${extra}`;
      this.#findings.add('WT0305', this.#keyPlace(probe, extra), message);
    }
    if (textOf(child(probe, 'tcp')) === 'apiserver' && this.#declared.bareHosts) {
      this.#needsKubernetes(child(probe, 'tcp'), 'tcp: apiserver');
    }
    for (const field of PROBE_NODES) this.#nodeField(probe, field);
  }

  step(step: SourceNode): void {
    if (step.entries === undefined) return;
    const present = keysOf(step);
    const actions = present.filter((key) => (ACTION_KINDS as readonly string[]).includes(key));
    for (const extra of actions.slice(1)) {
      const message = `one action a step: ${actions[0]} and ${extra}`;
      this.#findings.add('WT0303', this.#keyPlace(step, extra), message, 'make it two steps');
    }
    if (actions.length === 0 && !step.entries.has('expect')) {
      const hint = listed(ACTION_KINDS, 'actions');
      this.#findings.add('WT0304', this.#place(step), 'the step has neither an action nor expect', hint);
    }
    if (step.entries.has('refused') && !step.entries.has('apply')) {
      this.#findings.add('WT0311', this.#keyPlace(step, 'refused'), 'refused stands with apply only');
    }
    for (const action of actions) this.#action(step, action);
    for (const field of ACTION_NODES) this.#nodeField(step, field);
    for (const item of child(step, 'expect')?.items ?? []) this.#expectation(item);
    const capture = child(step, 'capture', 'as');
    if (textOf(capture) !== undefined) this.#capture(capture, textOf(capture) ?? '');
  }

  #action(step: SourceNode, action: string): void {
    const node = child(step, action);
    if (this.#declared.bareHosts && API_ACTIONS.includes(action)) this.#needsKubernetes(node, action);
    if (action === 'patch') this.#exactlyOne(node, ['merge', 'json']);
    if (action === 'schedule') this.#exactlyOne(node, ['over', 'rate']);
    if (action === 'traffic' && !node?.entries?.has('rate') && !node?.entries?.has('size')) {
      this.#exactlyOne(node, ['rate', 'size']);
    }
  }

  #expectation(item: SourceNode): void {
    const kind = EXPECTATION_KINDS.find((word) => item.entries?.has(word));
    if (kind === undefined) return;
    if (this.#declared.bareHosts && API_EXPECTATIONS.includes(kind)) this.#needsKubernetes(item, kind);
    for (const field of EXPECTATION_NODES[kind]) this.#nodeField(item, field);
    this.#known(child(item, 'probe'), this.#declared.probes, 'WT0301', 'probe', 'probes');
    this.#known(child(item, 'captured'), [...this.#captures], 'WT0308', 'capture', 'captures before this step');
    this.#known(child(item, 'side'), this.#declared.sides, 'WT0310', 'side', 'sides');
    for (const word of ['value', 'count', 'margin', 'realServers']) this.#sideInComparison(child(item, word));
    if (kind === 'log') this.#pattern(child(item, 'matches'));
  }

  #sideInComparison(node: SourceNode | undefined): void {
    const side = /^(?:>=|<=|>|<)\s*([a-z][a-z0-9-]*)$/.exec(textOf(node) ?? '')?.[1];
    if (node && side !== undefined) this.#name(node, side, this.#declared.sides, 'WT0310', 'side', 'sides');
  }

  #pattern(node: SourceNode | undefined): void {
    const source = textOf(node);
    if (node === undefined || source === undefined) return;
    try {
      new RegExp(source);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#findings.add('WT0118', this.#place(node), `not a regular expression: ${why}`);
    }
  }

  #capture(node: SourceNode | undefined, name: string): void {
    if (node && this.#captures.has(name)) {
      this.#findings.add('WT0309', this.#place(node), `a capture is called ${name} already`);
    }
    this.#captures.add(name);
  }

  #known(
    node: SourceNode | undefined,
    names: readonly string[],
    code: 'WT0301' | 'WT0308' | 'WT0310',
    noun: string,
    plural: string,
  ): void {
    const name = textOf(node);
    if (node && name !== undefined) this.#name(node, name, names, code, noun, plural);
  }

  #name(
    node: SourceNode,
    name: string,
    names: readonly string[],
    code: 'WT0301' | 'WT0308' | 'WT0310',
    noun: string,
    plural: string,
  ): void {
    if (names.includes(name) || name.includes('${')) return;
    this.#findings.add(code, this.#place(node), `no ${noun} ${name}`, suggest(name, names, plural));
  }

  #exactlyOne(node: SourceNode | undefined, words: readonly [string, string]): void {
    if (node?.entries === undefined) return;
    const present = words.filter((word) => node.entries?.has(word));
    if (present.length === 1) return;
    const place = present.length === 0 ? this.#place(node) : this.#keyPlace(node, words[1]);
    this.#findings.add(
      'WT0312',
      place,
      `one of ${words.join(' and ')} is needed${present.length > 1 ? ', not both' : ''}`,
    );
  }

  #nodeField(owner: SourceNode, [accepts, ...path]: NodeField): void {
    const field = child(owner, ...path);
    if (field === undefined) return;
    for (const node of field.items ?? [field]) {
      const name = textOf(node);
      if (name === undefined || name === '' || name.includes('${')) continue;
      this.#nodeName(node, name, accepts);
    }
  }

  #nodeName(node: SourceNode, name: string, accepts: NodeField[0]): void {
    const { nodes, clusterName } = this.#declared;
    if (nodes === undefined || nodes.has(name)) return;
    if (accepts !== 'node' && OTHER_HOSTS.includes(name)) return;
    if (accepts === 'target' && (isAddressText(name) || name.includes('.'))) return;
    const match = suggest(name, nodes.names, 'nodes');
    const hint =
      match.startsWith('did') && nodes.names.length <= 10 ? `${match} ${listed(nodes.names, 'nodes')}` : match;
    this.#findings.add('WT0302', this.#place(node), `no node ${name} in cluster ${clusterName}`, hint);
  }

  #needsKubernetes(node: SourceNode | undefined, what: string): void {
    if (node === undefined) return;
    const message = `${what} needs Kubernetes; the cluster ${this.#declared.clusterName} is bare hosts`;
    this.#findings.add('WT0314', this.#place(node), message);
  }

  #place(node: SourceNode) {
    return this.#document.placeAt(node.range);
  }

  #keyPlace(node: SourceNode, key: string) {
    const entry = node.entries?.get(key);
    return this.#document.placeAt(entry?.key ?? node.range);
  }
}
