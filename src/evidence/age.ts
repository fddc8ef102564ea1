/** Ages as kubectl prints them: k8s.io/apimachinery/pkg/util/duration.HumanDuration. */
import type { Micros } from '../base/instant.js';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

function both(seconds: number, unit: number, name: string, rest: number, restName: string): string {
  const whole = Math.floor(seconds / unit);
  const remainder = Math.floor((seconds % unit) / rest);
  return remainder === 0 ? `${whole}${name}` : `${whole}${name}${remainder}${restName}`;
}

export function formatAge(age: Micros | undefined): string {
  if (age === undefined) return '<unknown>';
  const seconds = Math.floor(age / 1_000_000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 2 * MINUTE) return `${seconds}s`;
  if (seconds < 10 * MINUTE) return both(seconds, MINUTE, 'm', 1, 's');
  if (seconds < 3 * HOUR) return `${Math.floor(seconds / MINUTE)}m`;
  if (seconds < 8 * HOUR) return both(seconds, HOUR, 'h', MINUTE, 'm');
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)}h`;
  if (seconds < 8 * DAY) return both(seconds, DAY, 'd', HOUR, 'h');
  if (seconds < 2 * YEAR) return `${Math.floor(seconds / DAY)}d`;
  if (seconds < 8 * YEAR) return both(seconds, YEAR, 'y', DAY, 'd');
  return `${Math.floor(seconds / YEAR)}y`;
}
