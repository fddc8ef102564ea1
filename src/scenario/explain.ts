/** What is said of a scalar that has not its form: the code, the message, and what was probably meant. */
import type { Code } from './codes.js';
import { conditionMeant } from './node-conditions.js';
import { nearest } from './suggest.js';

export interface Explanation {
  readonly code: Code;
  readonly message: string;
  readonly hint?: string;
}

const SPOKEN_UNITS: Readonly<Record<string, string>> = {
  millis: 'ms', msec: 'ms', msecs: 'ms', millisecond: 'ms', milliseconds: 'ms', µs: 'us', usec: 'us', microseconds: 'us',
  sec: 's', secs: 's', second: 's', seconds: 's', S: 's', min: 'm', mins: 'm', minute: 'm', minutes: 'm', M: 'm',
  hr: 'h', hrs: 'h', hour: 'h', hours: 'h', H: 'h',
}; // biome-ignore format: a table

export const OUTCOMES = [
  'ok', 'timeout', 'refused', 'reset', 'host-unreachable', 'net-unreachable', 'wrong-host', 'tls-error', 'http-404',
]; // biome-ignore format: a list

const EXPLAIN = {
  duration: explainDuration,
  durationComparison: form('WT0110', 'no comparison of durations', 'write ">30s", "<=2m" or 10s..20s'),
  comparison: form('WT0110', 'no comparison', 'write a number, ">=10", 855e6..945e6 or "<a"'),
  rate: form('WT0108', 'no rate', 'write a number with bps, Kbps, Mbps or Gbps: 900Mbps'),
  arrivalRate: form('WT0108', 'no rate of arrivals', 'write 10/s, 5/m'),
  size: form('WT0109', 'no size', 'write a number with KB, MB, GB or TB: 40TB'),
  version: explainVersion,
  kernelVersion: form('WT0111', 'no Linux version', 'write it in quotes: "6.1"'),
  name: explainName,
  tag: form('WT0105', 'no tag', 'lower-case letters, digits, dots, dashes and underscores'),
  variable: form(
    'WT0105',
    'no name for a variable',
    'letters, digits, dashes and underscores, not beginning with a digit',
  ),
  device: form('WT0105', 'no name for a network interface', 'at most 15 letters, digits, dots, dashes and underscores'),
  address: form('WT0113', 'no address', 'write an IPv4 address, or a reference such as ${nodes.worker-1.ip}'),
  subnet: form('WT0114', 'no subnet', 'write an address and a prefix length: 172.30.0.0/24'),
  virtualServer: form('WT0113', 'no virtual server', 'write IP:PORT'),
  node: form('WT0103', 'no node', "write a node's name, or a reference to one"),
  vantage: form('WT0103', 'no place to measure from', 'write a node, {pod: NAME}, outside or gateway'),
  flowEnd: form('WT0103', 'no end of a flow', 'write outside, gateway, {node: NAME} or {pod: NAME}'),
  tcp: form('WT0103', 'no TCP target', 'write apiserver, or {to: NODE-or-IP, port: 10250}'),
  manifest: form(
    'WT0401',
    'neither a manifest file nor a Kubernetes object',
    'an object has apiVersion, kind and metadata.name',
  ),
  integer: form('WT0103', 'no whole number', undefined),
  flag: (value: unknown): Explanation => ({
    code: 'WT0103',
    message: `${show(value)} is neither true nor false`,
    ...optionalHint(booleanHint(value)),
  }),
  condition: (value: unknown): Explanation => ({
    code: 'WT0104',
    message: `no node has a condition ${show(value)}`,
    ...optionalHint(hintOf(conditionMeant(String(value)))),
  }),
  choice: form('WT0104', 'none of the words known here', undefined),
  outcome: explainOutcome,
} as const satisfies Readonly<Record<string, (value: unknown) => Explanation>>;

export type ScalarKind = keyof typeof EXPLAIN;

/** Explains a wrong value by the key that its schema carries as its message, `@duration`; undefined for other messages. */
export function explain(message: string, value: unknown): Explanation | undefined {
  const kind = message.startsWith('@') ? message.slice(1) : undefined;
  return kind !== undefined && Object.hasOwn(EXPLAIN, kind) ? EXPLAIN[kind as ScalarKind](value) : undefined;
}

/** A value as it is shown in a message: short, on one line. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    if (value === '') return 'an empty text';
    return value.length > 60 ? `${value.slice(0, 60)}…` : value;
  }
  if (Array.isArray(value)) return 'a list';
  if (value === null || value === undefined) return 'nothing';
  return typeof value === 'object' ? 'a mapping' : String(value);
}

function form(code: Code, what: string, hint: string | undefined) {
  return (value: unknown): Explanation => ({
    code,
    message: `${show(value)} is ${what}`,
    ...(hint === undefined ? {} : { hint }),
  });
}

const SPOKEN_FLAGS: Readonly<Record<string, boolean>> = {
  yes: true,
  y: true,
  on: true,
  no: false,
  n: false,
  off: false,
};

/** What a text that was to be true or false probably meant; YAML 1.2 knows no `yes`. */
export function booleanHint(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const lower = value.toLowerCase();
  if (lower === 'true' || lower === 'false') return `write ${lower} without quotes`;
  return hintOf(Object.hasOwn(SPOKEN_FLAGS, lower) ? String(SPOKEN_FLAGS[lower]) : nearest(lower, ['true', 'false']));
}

function hintOf(meant: string | undefined): string | undefined {
  return meant === undefined ? undefined : `did you mean ${meant}?`;
}

function optionalHint(hint: string | undefined): { readonly hint?: string } {
  return hint === undefined ? {} : { hint };
}

function explainDuration(value: unknown): Explanation {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  if (/^-\d+(\.\d+)?(us|ms|s|m|h)$/.test(text)) {
    return {
      code: 'WT0107',
      message: `a duration may not be negative: ${text}`,
      hint: `did you mean ${text.slice(1)}?`,
    };
  }
  const match = /^(\d+(?:\.\d+)?)\s*([a-zA-Zµ]*)$/.exec(text);
  const unit =
    match?.[2] === '' ? 's' : (SPOKEN_UNITS[match?.[2] ?? ''] ?? SPOKEN_UNITS[match?.[2]?.toLowerCase() ?? '']);
  const spaced = match?.[2] !== undefined && ['us', 'ms', 's', 'm', 'h'].includes(match[2]) ? match[2] : unit;
  const meant = match?.[1] !== undefined && spaced !== undefined ? `did you mean ${match[1]}${spaced}?` : undefined;
  return {
    code: 'WT0106',
    message: `${show(value)} is no duration`,
    hint: meant ?? 'write a number with ms, s, m or h: 5s',
  };
}

function explainVersion(value: unknown): Explanation {
  const text = String(value);
  const message = `${show(value)} is no full Kubernetes version`;
  if (/^v\d+\.\d+\.\d+/.test(text)) return { code: 'WT0111', message, hint: `did you mean "${text.slice(1)}"?` };
  if (/^\d+\.\d+$/.test(text))
    return { code: 'WT0111', message, hint: `write it with its patch and in quotes: "${text}.0"` };
  return { code: 'WT0111', message, hint: 'write it in quotes: "1.34.2"' };
}

function explainName(value: unknown): Explanation {
  const meant = String(value)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  return {
    code: 'WT0105',
    message: `${show(value)} is no name: lower-case letters, digits and dashes, at most 63`,
    ...(meant === '' ? {} : { hint: `did you mean ${meant}?` }),
  };
}

function explainOutcome(value: unknown): Explanation {
  const match = nearest(String(value), OUTCOMES);
  return {
    code: 'WT0104',
    message: `${show(value)} is nothing that a probe says`,
    hint: match ? `did you mean ${match}?` : `a probe says ${OUTCOMES.slice(0, -1).join(', ')} or http-NNN`,
  };
}
