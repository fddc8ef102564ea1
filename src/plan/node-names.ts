/**
 * Turns what stands in a node field into what the program uses: a node's name, or for a target the address of the node, still
 * as a reference. Refuses nodes that the arm does not have, and nodes where none is taken.
 */
import { isAddressText } from '../scenario/address-text.js';
import { type NodeField, OTHER_HOSTS } from '../scenario/node-fields.js';
import { wholeNode } from '../scenario/references.js';
import type { Path } from '../scenario/source-tree.js';
import { suggest } from '../scenario/suggest.js';
import { isMapping } from './merge.js';
import type { Site } from './site.js';

const NODE_IP = /^\$\{nodes\.[^{}.]+\.ip\}$/;
const HOST_NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+\.?$/;

/** `value` with its node fields turned. */
export function nameNodes(
  value: unknown,
  fields: readonly NodeField[],
  nodes: ReadonlySet<string>,
  site: Site,
): unknown {
  let named = value;
  for (const [accepts, ...path] of fields) {
    named = replaceAt(named, path, (item, where) => {
      if (typeof item !== 'string') return item;
      return nameOf(item, accepts, nodes, site, [...path, ...where]);
    });
  }
  return named;
}

/** Applies `change` to what stands at `path`, or to each item of a list there. */
function replaceAt(value: unknown, path: readonly string[], change: (item: unknown, where: Path) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined)
    return Array.isArray(value) ? value.map((item, index) => change(item, [index])) : change(value, []);
  if (!isMapping(value) || !Object.hasOwn(value, key)) return value;
  return { ...value, [key]: replaceAt(value[key], rest, change) };
}

function nameOf(text: string, accepts: NodeField[0], nodes: ReadonlySet<string>, site: Site, path: Path): string {
  const name = wholeNode(text) ?? text;
  if (nodes.has(name)) return accepts === 'target' ? `\${nodes.${name}.ip}` : name;
  if (accepts !== 'node' && OTHER_HOSTS.includes(name)) return name;
  if (accepts === 'target' && (NODE_IP.test(text) || isAddressText(text) || HOST_NAME.test(text))) return text;
  site.report(path, 'WT0302', `no node ${name} in the cluster`, suggest(name, [...nodes], 'nodes'));
  return name;
}

/** Reports every text that is a node as a whole, where none is taken. */
export function reportStrayNodes(value: unknown, path: Path, site: Pick<Site, 'report'>): void {
  if (typeof value === 'string') {
    if (value.startsWith('${') && wholeNode(value) !== undefined) {
      site.report(path, 'WT0205', 'a node stands where a text is needed', 'write its .name or .ip');
    }
    return;
  }
  const inside: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((item, index) => [index, item])
    : isMapping(value)
      ? Object.entries(value)
      : [];
  for (const [step, item] of inside) reportStrayNodes(item, [...path, step], site);
}

/** An address, or the address of a node; else reported. */
export function isAddressOrNode(text: string): boolean {
  return NODE_IP.test(text) || isAddressText(text);
}
