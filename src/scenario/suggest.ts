/** `did you mean`: the nearest of the words that would have been right, or the list of them where none is near. */
import { distance } from 'fastest-levenshtein';

const LISTED_MAX = 20;

/** The candidate that the writer most likely meant; undefined where none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const other = candidate.toLowerCase();
    const near = other.length > 2 && (lower.startsWith(other) || other.startsWith(lower)) ? 1 : distance(lower, other);
    if (near < bestDistance) [best, bestDistance] = [candidate, near];
  }
  return bestDistance <= Math.max(1, Math.ceil(word.length / 3)) ? best : undefined;
}

/** A hint with the nearest candidate, or with all of them: `did you mean from?`, `nodes: a, b`. */
export function suggest(word: string, candidates: readonly string[], plural: string): string {
  const match = nearest(word, candidates) ?? (candidates.length === 1 ? candidates[0] : undefined);
  if (match !== undefined) return `did you mean ${match}?`;
  return listed(candidates, plural);
}

/** `nodes: a, b, c`, cut after twenty. */
export function listed(candidates: readonly string[], plural: string): string {
  if (candidates.length === 0) return `there are no ${plural}`;
  const shown = candidates.slice(0, LISTED_MAX).join(', ');
  const more = candidates.length - LISTED_MAX;
  return `${plural}: ${shown}${more > 0 ? ` and ${more} more` : ''}`;
}
