/** How a case is called, and the folder that it gets. */
import { fnv1a } from '../base/random.js';
import type { Point } from './match.js';
import { pointText } from './scope.js';

const SLUG_MAX = 100;

/** `externalip-is-worker[kubernetes=1.34.2,proxyMode=ipvs]`, with `@kind` where a plan has several backends. */
export function caseId(scenario: string, point: Point, backend: string | undefined): string {
  const where = point.size === 0 ? '' : `[${pointText(point)}]`;
  return `${scenario}${where}${backend === undefined ? '' : `@${backend}`}`;
}

/**
 * Folder names for ids: letters, digits, dots, dashes and underscores, no dot in front, at most 100 characters, and apart also
 * where a file system does not tell capitals.
 */
export function slugs(ids: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return ids.map((id) => {
    let slug = slugOf(id);
    for (let copy = 2; taken.has(slug.toLowerCase()); copy++) slug = withSuffix(slugOf(id), `${hash(id)}-${copy}`);
    taken.add(slug.toLowerCase());
    return slug;
  });
}

function slugOf(id: string): string {
  const plain = id.replace(/[^A-Za-z0-9._-]+/g, '_').replace(/^[._-]+|[._-]+$/g, '');
  return plain.length > SLUG_MAX || plain === '' ? withSuffix(plain, hash(id)) : plain;
}

function withSuffix(text: string, suffix: string): string {
  return `${text.slice(0, SLUG_MAX - suffix.length - 1)}-${suffix}`.replace(/^-/, '');
}

function hash(text: string): string {
  return (fnv1a(text) >>> 0).toString(16).padStart(8, '0');
}
