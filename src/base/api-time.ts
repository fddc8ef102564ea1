/**
 * Times as the Kubernetes API writes them (RFC 3339, UTC), to Unix microseconds and back. Offsets other than Z are left out: the API
 * server writes UTC. Calendar arithmetic by H. Hinnant's civil-days algorithm, good for all years of the Gregorian calendar.
 */
import type { Micros } from './instant.js';

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?Z$/;
const DAY: Micros = 86_400_000_000;

/** Days from 1970-01-01 to a date. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function civilFromDays(days: number): { year: number; month: number; day: number } {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted + (shifted < 10 ? 3 : -9);
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1 };
}

/** Unix microseconds; nanoseconds are cut off. Undefined for anything else than a UTC time. */
export function parseApiTime(value: unknown): Micros | undefined {
  const match = typeof value === 'string' ? RFC3339.exec(value) : null;
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction = ''] = match;
  const days = daysFromCivil(Number(year), Number(month), Number(day));
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  return days * DAY + seconds * 1_000_000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

/** With six digits after the point as a MicroTime (`renewTime`) has them, or none as a Time (`creationTimestamp`). */
export function formatApiTime(unix: Micros, digits: 0 | 6): string {
  const days = Math.floor(unix / DAY);
  const rest = unix - days * DAY;
  const { year, month, day } = civilFromDays(days);
  const pad = (value: number, width = 2) => String(value).padStart(width, '0');
  const seconds = Math.floor(rest / 1_000_000);
  const clock = `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  const fraction = digits === 0 ? '' : `.${pad(rest % 1_000_000, 6)}`;
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}T${clock}${fraction}Z`;
}
