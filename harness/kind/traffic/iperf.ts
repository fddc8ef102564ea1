/**
 * iperf3's words: the arguments of a server and of a client for a flow, and what it says when it ends. Refuses to know where it runs.
 * iperf3 paces the payload; what an interface counts has headers too, and how many depends on how far the kernel keeps segments
 * together (GSO), so that the bitrate given here is the caller's to correct. A TCP client sleeps between bursts to hold the mean since its
 * start: after a stall it would send faster until that mean is reached, so the socket is paced a little above the rate as well.
 */
import { coerce, gte } from 'semver';
import type { FlowSpec } from '../../../src/scenario/model.js';

/** Payload of a UDP datagram, as iperf3 has it by default on a link with an MTU of 1500. */
const DATAGRAM_BYTES = 1448;
/** Ethernet, IP and UDP, as interfaces count them. */
const UDP_HEADER_BYTES = 14 + 20 + 8;
const TCP_BLOCK_MAX_BYTES = 128 * 1024;
const TCP_BLOCK_MIN_BYTES = 1448;
/** Blocks a second, at least: the bursts of a slow flow would else be seconds apart. */
const BLOCKS_A_SECOND = 50;
/** iperf3's own greatest time. */
const DAY_S = 86_400;
const CONNECT_MAX_MS = 5000;
const PACED_ABOVE = 1.1;

export interface Server {
  /** Listens on this address alone; absent: on all. */
  readonly bind?: string;
  readonly port: number;
  /** Of `iperf3 --version`. */
  readonly version: string;
}

/** Serves one client. */
export function serverArgs({ bind, port, version }: Server): readonly string[] {
  const at = [...(bind === undefined ? [] : ['--bind', bind]), '--port', String(port)];
  // Since 3.10 a server gives up after two minutes of silence: a fault may last longer.
  const number = coerce(version);
  const patience = number && gte(number, '3.10.0') ? ['--rcv-timeout', String(DAY_S * 1000)] : [];
  return ['--server', '--one-off', ...at, '--json', '--interval', '0', ...patience];
}

type Flow = Pick<FlowSpec, 'protocol' | 'rateBps' | 'sizeBytes' | 'duration'>;

/** `bitrateBps` is of the payload. Times are whole seconds for iperf3: rounded up. */
export function clientArgs(flow: Flow, to: string, port: number, bitrateBps: number | undefined): readonly string[] {
  const { protocol, sizeBytes, duration } = flow;
  const isUdp = protocol === 'udp';
  const until =
    sizeBytes === undefined
      ? ['--time', String(duration === undefined ? 0 : Math.min(DAY_S, Math.max(1, Math.ceil(duration / 1e6))))]
      : ['--bytes', String(sizeBytes)];
  const length = ['--length', String(isUdp ? DATAGRAM_BYTES : blockBytes(bitrateBps, sizeBytes))];
  const rate = bitrateBps === undefined ? (isUdp ? ['--bitrate', '0'] : []) : ['--bitrate', whole(bitrateBps)];
  const paced = isUdp || bitrateBps === undefined ? [] : ['--fq-rate', whole(bitrateBps * PACED_ABOVE)];
  const client = ['--client', to, '--port', String(port), '--connect-timeout', String(CONNECT_MAX_MS)];
  return [...client, '--json', '--interval', '0', ...(isUdp ? ['--udp'] : []), ...rate, ...paced, ...length, ...until];
}

const whole = (value: number) => String(Math.round(value));

function blockBytes(bitrateBps = Number.POSITIVE_INFINITY, sizeBytes = Number.POSITIVE_INFINITY): number {
  const paced = Math.max(TCP_BLOCK_MIN_BYTES, Math.floor(bitrateBps / 8 / BLOCKS_A_SECOND));
  return Math.max(1, Math.min(TCP_BLOCK_MAX_BYTES, paced, sizeBytes));
}

/** The payload's share as far as it is known beforehand; TCP on a veth pair goes in segments of 64 KB. */
export function firstBitrateBps({ protocol, rateBps }: Flow): number | undefined {
  if (rateBps === undefined || protocol === 'tcp') return rateBps;
  return (rateBps * DATAGRAM_BYTES) / (DATAGRAM_BYTES + UDP_HEADER_BYTES);
}

export interface Said {
  /** iperf3's own wording. */
  readonly error?: string;
  /** What the client sent, payload, and for how long. */
  readonly sentBytes?: number;
  readonly seconds?: number;
}

interface Sum {
  readonly bytes?: number;
  readonly seconds?: number;
}

interface Report {
  readonly error?: string;
  readonly end?: { readonly sum_sent?: Sum; readonly sum?: Sum };
}

/** What stands on its standard output when it has ended. It exits with 0 where it failed, and then says `error`. */
export function saidBy(output: string): Said {
  const start = output.indexOf('{');
  const end = output.lastIndexOf('}');
  if (start < 0 || end < start) return output.trim() === '' ? {} : { error: lastLine(output) };
  try {
    return saidIn(JSON.parse(output.slice(start, end + 1)) as Report);
  } catch {
    return { error: lastLine(output) };
  }
}

export function saidIn({ error, end }: Report): Said {
  const { bytes, seconds } = end?.sum_sent ?? end?.sum ?? {};
  return {
    ...(error !== undefined && { error: error.replace(/^error - /, '') }),
    ...(bytes !== undefined && { sentBytes: bytes }),
    ...(seconds !== undefined && { seconds }),
  };
}

const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? '';

/** `iperf 3.12 (cJSON 1.7.15)` → `3.12`; undefined where something else answered. */
export const versionIn = (text: string): string | undefined => /^iperf (3\.\d+(?:\.\d+)?)/m.exec(text)?.[1];
