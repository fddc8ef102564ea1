/**
 * Instants as the API and klog write them. Instant zero is a fixed date, so that a run's objects look the same whenever it runs.
 * Proleptic Gregorian calendar after Howard Hinnant's days_from_civil.
 */
import type { Micros } from '../../base/instant.js';
import { SECOND } from '../../base/instant.js';

/** Unix time of instant zero, in microseconds: 2025-01-01T00:00:00Z. */
export const EPOCH: Micros = 1_735_689_600 * SECOND;

const DAY = 86_400;

interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly time: string;
  readonly micros: string;
}

const pad = (value: number, digits: number) => String(value).padStart(digits, '0');

function civil(at: Micros): Civil {
  const unix = EPOCH + at;
  const seconds = Math.floor(unix / SECOND);
  const days = Math.floor(seconds / DAY);
  const inDay = seconds - days * DAY;
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
    time: `${pad(Math.floor(inDay / 3600), 2)}:${pad(Math.floor(inDay / 60) % 60, 2)}:${pad(inDay % 60, 2)}`,
    micros: pad(unix - seconds * SECOND, 6),
  };
}

/** metav1.Time: `2025-01-01T00:00:42Z`, the second begun. */
export function formatTime(at: Micros): string {
  const { year, month, day, time } = civil(at);
  return `${year}-${pad(month, 2)}-${pad(day, 2)}T${time}Z`;
}

/** metav1.MicroTime: `2025-01-01T00:00:42.123456Z`. */
export function formatMicroTime(at: Micros): string {
  return `${formatTime(at).slice(0, -1)}.${civil(at).micros}Z`;
}

/** klog's date and time: `0101 00:00:42.123456`. */
export function formatKlogTime(at: Micros): string {
  const { month, day, time, micros } = civil(at);
  return `${pad(month, 2)}${pad(day, 2)} ${time}.${micros}`;
}

/** Reads what {@link formatTime} and {@link formatMicroTime} write; undefined for anything else. */
export function parseTime(text: string): Micros | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{6}))?Z$/.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0, micros = 0] = match.slice(1).map(Number);
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  const days = era * 146_097 + dayOfEra - 719_468;
  return ((days * 24 + hours) * 60 + minutes) * 60 * SECOND + seconds * SECOND + (micros || 0) - EPOCH;
}
