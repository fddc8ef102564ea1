/**
 * References in texts: `${matrix.AXIS}`, `${nodes.NAME}`, `${nodes.NAME.ip}`, `${VARIABLE}`, `${VARIABLE.name}`, `${index}`.
 * Finds and names them; what they stand for is known in plan/.
 */

export type Reference = { readonly text: string; readonly offset: number } & (
  | { readonly root: 'matrix'; readonly axis: string }
  | { readonly root: 'nodes'; readonly node: string; readonly part: string | undefined }
  | { readonly root: 'variable'; readonly variable: string; readonly part: string | undefined }
  | { readonly root: 'index' }
  | { readonly root: 'malformed' }
);

/** The second form is that of GitHub Actions, which is not ours. */
const REFERENCE = /\$\{([^{}]*)\}|\$\{\{[^{}]*\}\}|\$\{/g;
/** Texts that were read: an object that is applied ten thousand times brings the same few. */
const read = new Map<string, readonly Reference[]>();
const READ_MAX = 1000;
const WORD = /^[A-Za-z_][\w-]*$/;

/** All references of a text in their order. `${` that begins none is `malformed`. */
export function referencesIn(text: string): readonly Reference[] {
  if (!text.includes('${')) return [];
  let found = read.get(text);
  if (found === undefined) {
    found = findReferences(text);
    if (read.size < READ_MAX) read.set(text, found);
  }
  return found;
}

function findReferences(text: string): readonly Reference[] {
  const found: Reference[] = [];
  for (const match of text.matchAll(REFERENCE)) {
    const at = { text: match[0], offset: match.index };
    found.push(match[1] === undefined ? { ...at, root: 'malformed' } : { ...at, ...referenceOf(match[1]) });
  }
  return found;
}

type Read<T> = T extends unknown ? Omit<T, 'text' | 'offset'> : never;

function referenceOf(body: string): Read<Reference> {
  const dot = body.indexOf('.');
  const head = dot < 0 ? body : body.slice(0, dot);
  const rest = dot < 0 ? undefined : body.slice(dot + 1);
  if (!WORD.test(head)) return { root: 'malformed' };
  if (head === 'index' && rest === undefined) return { root: 'index' };
  if (head === 'matrix') return rest ? { root: 'matrix', axis: rest } : { root: 'malformed' };
  if (head !== 'nodes') return { root: 'variable', variable: head, part: rest };
  if (!rest) return { root: 'malformed' };
  const [node = '', ...parts] = rest.split('.');
  return { root: 'nodes', node, part: parts.length > 0 ? parts.join('.') : undefined };
}

/** The reference that a text is as a whole, so that its type is kept. */
export function wholeReference(text: string): Reference | undefined {
  const [only, ...others] = referencesIn(text);
  return only !== undefined && others.length === 0 && only.text.length === text.length ? only : undefined;
}

/** `${nodes.NAME}` as a whole gives NAME. */
export function wholeNode(text: string): string | undefined {
  const reference = wholeReference(text);
  return reference?.root === 'nodes' && reference.part === undefined ? reference.node : undefined;
}
