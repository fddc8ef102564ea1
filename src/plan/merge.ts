/**
 * One part of a cluster laid over another: mappings merge, lists whose items all have a name merge by name, all else replaces.
 * Nodes in bulk merge with the bulk of the same name, are then written out, and only then single nodes are laid over them.
 */

type Raw = Readonly<Record<string, unknown>>;

export const NODES_MAX = 20_000;

export function isMapping(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function mergeOver(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (isMapping(base) && isMapping(over)) return mergeMappings(base, over);
  if (isNamedList(base) && isNamedList(over)) return mergeByName(base, over);
  return over;
}

function mergeMappings(base: Raw, over: Raw): Raw {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) merged[key] = mergeOver(base[key], value);
  return merged;
}

function isNamedList(value: unknown): value is readonly Raw[] {
  return Array.isArray(value) && value.every((item) => isMapping(item) && typeof item.name === 'string');
}

function mergeByName(base: readonly Raw[], over: readonly Raw[]): readonly Raw[] {
  const merged = new Map(base.map((item) => [item.name, item]));
  for (const item of over) {
    const known = merged.get(item.name);
    merged.set(item.name, known ? mergeMappings(known, item) : item);
  }
  return [...merged.values()];
}

/** Cluster specs, each over the ones before it, with `nodes` written out. `tooMany` is the number of nodes where it is above the limit. */
export function mergeClusters(specs: readonly Raw[]): { readonly spec: Raw; readonly tooMany?: number } {
  let spec: Raw = {};
  let nodes: readonly Raw[] = [];
  for (const { nodes: over, ...rest } of specs) {
    spec = mergeMappings(spec, rest);
    nodes = mergeNodes(nodes, isNamedList(over) ? over : []);
  }
  const count = nodes.reduce((sum, node) => sum + (typeof node.count === 'number' ? node.count : 1), 0);
  if (count > NODES_MAX) return { spec, tooMany: count };
  return { spec: { ...spec, nodes: writeOut(nodes) } };
}

/** Bulk meets bulk by its stem; what stays single is laid over at the end, when the bulk is written out. */
function mergeNodes(base: readonly Raw[], over: readonly Raw[]): readonly Raw[] {
  const merged = [...base];
  for (const item of over) {
    const at = merged.findIndex(
      (node) => node.name === item.name && (node.count === undefined) === (item.count === undefined),
    );
    const known = merged[at];
    if (known) merged[at] = mergeMappings(known, item);
    else merged.push(item);
  }
  return merged;
}

function writeOut(nodes: readonly Raw[]): readonly Raw[] {
  const written = new Map<unknown, Raw>();
  for (const { count, ...node } of nodes) {
    if (typeof count !== 'number') {
      const known = written.get(node.name);
      written.set(node.name, known ? mergeMappings(known, node) : node);
      continue;
    }
    for (let index = 1; index <= count; index++) {
      const name = `${node.name}-${index}`;
      const known = written.get(name);
      // A single node of that name may stand before the bulk; what it says is more particular.
      written.set(name, known ? mergeMappings({ ...node, name }, known) : { ...node, name });
    }
  }
  return [...written.values()];
}
