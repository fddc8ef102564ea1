/** Instants as the API and klog write them. */
import t from 'tap';
import { parseApiTime } from '../../base/api-time.js';
import { HOUR, SECOND } from '../../base/instant.js';
import { EPOCH, formatKlogTime, formatMicroTime, formatTime } from './timestamp.js';

const DAY = 24 * HOUR;

t.test('instant zero is a fixed date, and the time before it is the year before', async (t) => {
  t.equal(formatTime(0), '2025-01-01T00:00:00Z');
  t.equal(formatTime(-1), '2024-12-31T23:59:59Z');
  t.equal(formatMicroTime(42 * SECOND + 7), '2025-01-01T00:00:42.000007Z');
  t.equal(formatKlogTime(17 * SECOND + 123_456), '0101 00:00:17.123456');
});

t.test('leap days and the ends of months come out right', async (t) => {
  t.equal(formatTime(58 * DAY), '2025-02-28T00:00:00Z');
  t.equal(formatTime(59 * DAY), '2025-03-01T00:00:00Z');
  t.equal(formatTime(-307 * DAY), '2024-02-29T00:00:00Z');
  t.equal(formatTime(364 * DAY), '2025-12-31T00:00:00Z');
});

t.test('what is written is read back', async (t) => {
  for (const at of [0, -1, -60 * SECOND, 123_456_789_012, -307 * DAY + 5]) {
    t.equal(parseApiTime(formatMicroTime(at)), EPOCH + at);
    t.equal(parseApiTime(formatTime(at)), EPOCH + Math.floor(at / SECOND) * SECOND);
  }
  t.equal(parseApiTime('yesterday'), undefined);
});
