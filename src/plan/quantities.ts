/** Texts of the language to numbers with a unit. Undefined where the text has not the form. */
import { type Micros, parseDuration, SECOND } from '../base/instant.js';
import type { Comparison } from '../scenario/model.js';

const RATES: Readonly<Record<string, number>> = { bps: 1, Kbps: 1e3, Mbps: 1e6, Gbps: 1e9 };
const SIZES: Readonly<Record<string, number>> = { KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const OPERATOR = /^(==|!=|>=|<=|>|<)?\s*(.+)$/;

/** Bits per second. */
export function parseRate(text: string): number | undefined {
  return scaled(text, RATES);
}

/** In the largest unit that leaves a whole number, as {@link parseRate} reads it back: `1Gbps`. */
export function formatRate(bps: number): string {
  const [unit, size] = Object.entries(RATES).findLast(([, size]) => bps % size === 0) ?? ['bps', 1];
  return `${bps / size}${unit}`;
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** `10/s`, `5/m`: the mean time between two arrivals. */
export function parseArrivalRate(text: string): Micros | undefined {
  const match = /^(\d+(?:\.\d+)?)\/([smh])$/.exec(text);
  const count = Number(match?.[1] ?? 0);
  const unit = SECONDS[match?.[2] ?? ''];
  return unit === undefined || count <= 0 ? undefined : Math.round((unit * SECOND) / count);
}

/** Bytes. */
export function parseSize(text: string): number | undefined {
  return scaled(text, SIZES);
}

function scaled(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([A-Za-z]+)$/.exec(text);
  const unit = units[match?.[2] ?? ''];
  return match?.[1] === undefined || unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}

/** `5`, `">=10"`, `855e6..945e6`, `"<a"` with the name of a side. */
export function parseComparison(value: string | number): Comparison | undefined {
  if (typeof value === 'number') return { op: '==', value };
  const side = /^(>=|<=|>|<)\s*([a-z][a-z0-9-]*)$/.exec(value);
  if (side?.[2] !== undefined) return { op: side[1] as '>' | '>=' | '<' | '<=', side: side[2] };
  return compare(value, (text) => (NUMBER.test(text) ? Number(text) : undefined));
}

/** `">30s"`, `10s..20s`, with the numbers in microseconds. */
export function parseDurationComparison(text: string, scale: (micros: Micros) => Micros): Comparison | undefined {
  return compare(text, (part) => {
    const micros = parseDuration(part);
    return micros === undefined ? undefined : scale(micros);
  });
}

function compare(text: string, read: (text: string) => number | undefined): Comparison | undefined {
  const dots = text.indexOf('..');
  if (dots > 0) {
    const low = read(text.slice(0, dots));
    const high = read(text.slice(dots + 2));
    return low === undefined || high === undefined || low > high ? undefined : { op: 'range', low, high };
  }
  const match = OPERATOR.exec(text);
  const value = read(match?.[2] ?? '');
  return value === undefined ? undefined : { op: (match?.[1] ?? '==') as '==', value };
}
