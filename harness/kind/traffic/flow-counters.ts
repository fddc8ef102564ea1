/**
 * How many bytes an interface has counted, and when: by node-exporter where it answers, else by the kernel's own table in the container.
 * Both read the same counters. The time is told by the machine that counts, so that a slow `docker exec` does not bend the rate.
 */
import { curl } from '../curl.js';
import type { Docker } from '../docker.js';
import { samplesOf } from '../exposition.js';

export interface Counters {
  readonly receivedBytes: number;
  readonly transmittedBytes: number;
  /** Of the machine that counts; only differences mean something. */
  readonly atMicros: number;
  readonly source: 'node-exporter' | '/proc/net/dev';
}

export interface CountedHost {
  readonly container: string;
  /** Where node-exporter listens; absent for hosts that have none. */
  readonly ip?: string;
}

/** `undefined` where nobody tells. */
export type CountersOf = (host: string) => Promise<Counters | undefined>;

const DEVICE = 'eth0';
/** Asked of node-exporter, which refuses the whole request where one of them is not switched on. */
export const COLLECTORS = ['netdev', 'time'] as const;
const READ_MAX_S = 5;
const READ_MAX_MS = (READ_MAX_S + 5) * 1000;

/** Of the exposition format's lines, those of one device. */
export function fromNodeExporter(text: string, device = DEVICE): Counters | undefined {
  const ofDevice = (metric: string) => samplesOf(text, metric).find(({ labels }) => labels.device === device)?.value;
  const receivedBytes = ofDevice('node_network_receive_bytes_total');
  const transmittedBytes = ofDevice('node_network_transmit_bytes_total');
  const seconds = samplesOf(text, 'node_time_seconds')[0]?.value;
  if (receivedBytes === undefined || transmittedBytes === undefined || seconds === undefined) return undefined;
  return { receivedBytes, transmittedBytes, atMicros: Math.round(seconds * 1e6), source: 'node-exporter' };
}

/** /proc/uptime, then /proc/net/dev. */
export function fromProc(text: string, device = DEVICE): Counters | undefined {
  const [uptime = '', ...lines] = text.split('\n');
  const row = lines.find((line) => line.trim().startsWith(`${device}:`));
  const numbers = row
    ?.slice(row.indexOf(':') + 1)
    .trim()
    .split(/\s+/)
    .map(Number);
  const [receivedBytes, transmittedBytes] = [numbers?.[0], numbers?.[8]];
  const seconds = Number.parseFloat(uptime);
  if (receivedBytes === undefined || transmittedBytes === undefined || Number.isNaN(seconds)) return undefined;
  return { receivedBytes, transmittedBytes, atMicros: Math.round(seconds * 1e6), source: '/proc/net/dev' };
}

/** The kernel's table, by `docker exec`. */
export function procCounters(docker: Docker, hosts: ReadonlyMap<string, CountedHost>): CountersOf {
  return async (name) => {
    const host = hosts.get(name);
    if (!host) return undefined;
    const argv = ['cat', '/proc/uptime', '/proc/net/dev'];
    const { code, stdout } = await docker.exec(host.container, argv, { timeoutMs: READ_MAX_MS });
    return code === 0 ? fromProc(stdout) : undefined;
  };
}

/** node-exporter, asked from the node itself; a host where it does not answer at first is read by the kernel's table for good: two clocks do not mix. */
export function nodeExporterCounters(docker: Docker, hosts: ReadonlyMap<string, CountedHost>): CountersOf {
  const byProc = procCounters(docker, hosts);
  const answers = new Map<string, boolean>();
  return async (name) => {
    const host = hosts.get(name);
    if (host?.ip === undefined || answers.get(name) === false) return byProc(name);
    const url = `http://${host.ip}:9100/metrics?${COLLECTORS.map((name) => `collect[]=${name}`).join('&')}`;
    const { code, stdout } = await docker.exec(host.container, curl(READ_MAX_S, '--fail', url), {
      timeoutMs: READ_MAX_MS,
    });
    const read = code === 0 ? fromNodeExporter(stdout) : undefined;
    if (!answers.has(name)) answers.set(name, read !== undefined);
    return read ?? (answers.get(name) ? undefined : byProc(name));
  };
}

export type Direction = 'received' | 'transmitted';

const bytesOf = (counters: Counters, direction: Direction) =>
  direction === 'received' ? counters.receivedBytes : counters.transmittedBytes;

/** What was counted between two readings. */
export function between(first: Counters, second: Counters, direction: Direction) {
  const bytes = bytesOf(second, direction) - bytesOf(first, direction);
  const seconds = (second.atMicros - first.atMicros) / 1e6;
  return { bytes, seconds, bps: seconds > 0 ? (bytes * 8) / seconds : 0 };
}
