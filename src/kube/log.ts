/**
 * Lines as klog writes them: `E0101 00:00:17.123456     861 controller.go:187] failed to update lease, error: …`.
 * Source: k8s.io/klog/v2, formatHeader, InfoS, ErrorS.
 */
import type { Micros } from '../base/instant.js';
import type { HostKernel } from '../net/sockets.js';
import { formatKlogTime } from './api/timestamp.js';

/** Where lines go; `component` is the program's name: `kubelet`. */
export type LogSink = (host: string, component: string, line: string, at: Micros) => void;

export type Values = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export class Klog {
  readonly #host: HostKernel;
  readonly #component: string;
  readonly #pid: number;
  readonly #sink: LogSink;

  constructor(host: HostKernel, component: string, pid: number, sink: LogSink) {
    this.#host = host;
    this.#component = component;
    this.#pid = pid;
    this.#sink = sink;
  }

  /** `source` is `file.go:line`. */
  write(level: 'I' | 'W' | 'E', source: string, text: string): void {
    const at = this.#host.now();
    const line = `${level}${formatKlogTime(at)} ${String(this.#pid).padStart(7)} ${source}] ${text}`;
    this.#sink(this.#host.name, this.#component, line, at);
  }
}

/** `"Failed to update lease" err="Put …" node="worker-1"`. */
export function structured(message: string, values: Values): string {
  const parts = Object.entries(values).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return [JSON.stringify(message), ...parts].join(' ');
}
