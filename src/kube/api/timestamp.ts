/** Instants as the API and klog write them. Instant zero is a fixed date, so that a run's objects look the same whenever it runs. */
import { formatApiTime } from '../../base/api-time.js';
import type { Micros } from '../../base/instant.js';
import { SECOND } from '../../base/instant.js';

/** Unix time of instant zero, in microseconds: 2025-01-01T00:00:00Z. */
export const EPOCH: Micros = 1_735_689_600 * SECOND;

/** metav1.Time: `2025-01-01T00:00:42Z`, the second begun. */
export function formatTime(at: Micros): string {
  return formatApiTime(EPOCH + at, 0);
}

/** metav1.MicroTime: `2025-01-01T00:00:42.123456Z`. */
export function formatMicroTime(at: Micros): string {
  return formatApiTime(EPOCH + at, 6);
}

/** klog's date and time: `0101 00:00:42.123456`. */
export function formatKlogTime(at: Micros): string {
  const [date = '', time = ''] = formatMicroTime(at).slice(0, -1).split('T');
  return `${date.slice(5, 7)}${date.slice(8, 10)} ${time}`;
}
