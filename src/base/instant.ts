/**
 * Virtual or wall time as integer microseconds, and the durations people write (`500ms 5s 2m 1h`).
 * Refuses to know what time it is: an instant is always an argument.
 */

/** Microseconds, integer. An instant counts from the start of the testbed's clock; safe up to 285 years. */
export type Micros = number;

export const MILLISECOND = 1_000;
export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

const UNITS: Readonly<Record<string, Micros>> = { us: 1, ms: MILLISECOND, s: SECOND, m: MINUTE, h: HOUR };
const DURATION = /^(-?)(\d+(?:\.\d+)?)(us|ms|s|m|h)$/;

/** Parses `500ms`, `5s`, `1.5m`, `2h`; a leading minus is parsed too, so that the caller can refuse it by name. */
export function parseDuration(text: string): Micros | undefined {
  const match = DURATION.exec(text);
  if (!match) return undefined;
  const [, sign, digits, unit] = match;
  const value = Math.round(Number(digits) * (UNITS[unit ?? ''] ?? Number.NaN));
  if (!Number.isSafeInteger(value)) return undefined;
  return sign === '-' ? -value : value;
}

/** The shortest exact spelling that {@link parseDuration} reads back: `5s`, `1500ms`, `2m`. */
export function formatDuration(micros: Micros): string {
  if (micros === 0) return '0s';
  for (const unit of ['h', 'm', 's', 'ms'] as const) {
    const size = UNITS[unit] ?? 1;
    if (micros % size === 0) return `${micros / size}${unit}`;
  }
  return `${micros}us`;
}

/** Seconds with three decimals and a sign where negative, for timelines: `42.000`. */
export function formatSeconds(micros: Micros): string {
  return (micros / SECOND).toFixed(3);
}
