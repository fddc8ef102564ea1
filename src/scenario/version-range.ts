/** Kubernetes versions and ranges of them, as npm's semver reads them; pre-releases count where their numbers lie in the range. */
import semver from 'semver';

/** Ranges by their text: a matrix asks the same few again and again. Null: no range. */
const ranges = new Map<string, semver.Range | null>();

function rangeOf(text: string): semver.Range | null {
  let range = ranges.get(text);
  if (range === undefined) {
    range =
      /^[<>=~^]|\s|\.x\b|^[\d.*x]+$/.test(text) && semver.validRange(text) !== null
        ? new semver.Range(text, { includePrerelease: true })
        : null;
    ranges.set(text, range);
  }
  return range;
}

/** A text that is a range and no plain version: `<1.31`, `>=1.28 <1.36`, `1.28.x`, `~1.30`. */
export function isRange(text: string): boolean {
  return semver.valid(text) === null && /^[<>=~^]|\s|\.x\b/.test(text) && rangeOf(text) !== null;
}

/** Whether `version` is a full version within `range`. */
export function inRange(version: string, range: string): boolean {
  return semver.valid(version) !== null && (rangeOf(range)?.test(version) ?? false);
}
