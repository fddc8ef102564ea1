/**
 * Log lines as klog writes them: `I0101 00:00:42.000000       1 proxier.go:370] message`. A model's line already begins with severity
 * and source (`E lease/controller.go:144] message`) or has no header at all; time and process number are added here.
 */
import type { Micros } from '../base/instant.js';
import { formatTimeOfDay } from './tcpdump.js';

const HEADLESS = /^([IWEF]) (\S+\.go:\d+\] .*)$/s;
const WHOLE = /^[IWEF]\d{4} /;

/** The day is told as 0101, because instants count from the first step and not from a date. */
export function formatKlog(at: Micros, line: string): string {
  if (WHOLE.test(line)) return line;
  const [, severity, rest] = HEADLESS.exec(line) ?? [undefined, 'I', line];
  return `${severity}0101 ${formatTimeOfDay(at)} ${'1'.padStart(7)} ${rest}`;
}
