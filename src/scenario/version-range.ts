/** Kubernetes versions and ranges of them, as npm's semver reads them; pre-releases count where their numbers lie in the range. */
import semver from 'semver';

/** A text that is a range and no plain version: `<1.31`, `>=1.28 <1.36`, `1.28.x`, `~1.30`. */
export function isRange(text: string): boolean {
  return semver.valid(text) === null && /^[<>=~^]|\s|\.x\b/.test(text) && semver.validRange(text) !== null;
}

/** Whether `version` is a full version within `range`. */
export function inRange(version: string, range: string): boolean {
  return semver.valid(version) !== null && semver.satisfies(version, range, { includePrerelease: true });
}
