/** Replaces what is left of references once the nodes are known: `${nodes.NAME.ip}` and `${nodes.NAME.name}`. */
import type { ArmSpec } from './plan.js';

/** What a testbed says of a node; `name` is the one in the scenario. */
export interface BoundNode {
  readonly name: string;
  readonly kubernetesName: string;
  readonly ip: string;
}

const RESIDUAL = /\$\{nodes\.([^{}.]+)\.(ip|name)\}/g;

/** The arm with every such reference replaced; parts without any are the same objects. Nodes that are not given keep theirs. */
export function bindNodes(arm: ArmSpec, nodes: readonly BoundNode[]): ArmSpec {
  return nodeBinder(nodes)(arm);
}

/** The same for any plain data, and many of them. */
export function nodeBinder(nodes: readonly BoundNode[]): <T>(value: T) => T {
  const known = new Map(nodes.map((node) => [node.name, node]));
  return <T>(value: T) => bind(value, known) as T;
}

function bind(value: unknown, nodes: ReadonlyMap<string, BoundNode>): unknown {
  if (typeof value === 'string') {
    return value.includes('${nodes.')
      ? value.replace(RESIDUAL, (text, name, part) => partOf(nodes.get(name), part) ?? text)
      : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const bound = value.map((item) => bind(item, nodes));
    return bound.some((item, index) => item !== value[index]) ? bound : value;
  }
  let changed: Record<string, unknown> | undefined;
  for (const [key, item] of Object.entries(value)) {
    const bound = bind(item, nodes);
    if (bound === item) continue;
    changed ??= { ...value };
    changed[key] = bound;
  }
  return changed ?? value;
}

function partOf(node: BoundNode | undefined, part: string): string | undefined {
  return part === 'ip' ? node?.ip : node?.kubernetesName;
}
