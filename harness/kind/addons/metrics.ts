/**
 * The Metrics port over the cluster's own Prometheus: instant queries through the API server's proxy, and where that does not answer,
 * through the node that Prometheus runs on. What Prometheus says is an answer, also its errors; being not reached is one in our words.
 */
import { z } from 'zod';
import type { MetricSample, Metrics, MetricsAnswer } from '../../../src/ports/testbed.js';
import type { Requester } from '../api-request.js';
import { curl } from '../curl.js';
import type { Docker } from '../docker.js';

/** Where Prometheus runs, for whoever has to go through the node. */
export interface PrometheusPlace {
  /** The node's. */
  readonly container: string;
  readonly podIp: string;
}

export interface KindMetricsPlan {
  readonly request: Requester;
  readonly docker: Docker;
  readonly place: PrometheusPlace;
}

const PROXY = '/api/v1/namespaces/monitoring/services/prometheus:9090/proxy';
const PORT = 9090;
const INSIDE_MAX_S = 10;
const SAID_MAX = 300;

const value = z.tuple([z.number(), z.string()]);
const result = z.discriminatedUnion('resultType', [
  z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: value.optional() })),
  }),
  z.object({ resultType: z.literal('scalar'), result: value }),
  z.object({ resultType: z.literal('matrix'), result: z.unknown() }),
  z.object({ resultType: z.literal('string'), result: z.unknown() }),
]);
const said = z.discriminatedUnion('status', [
  z.object({ status: z.literal('success'), data: z.unknown() }),
  z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() }),
]);

/** What Prometheus's API answers, whatever it was asked. Where it was not Prometheus that answered there is a text in its place. */
type Said = z.infer<typeof said>;

/** A scalar, as Prometheus writes a float. */
function numberOf(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return text.trim() === '' ? Number.NaN : Number(text);
}

const WRONG_TYPE = {
  matrix: 'the query selects a range of samples, a matrix: an instant query has a number for each series',
  string: 'the query is a string, not a number',
};

/** What an instant query answered. */
function answerOf(body: Said): MetricsAnswer {
  if (body.status === 'error') return { ok: false, error: `${body.errorType}: ${body.error}` };
  const read = result.safeParse(body.data);
  if (!read.success)
    return { ok: false, error: `an answer that is not understood: ${JSON.stringify(body.data).slice(0, SAID_MAX)}` };
  const { data } = read;
  if (data.resultType === 'matrix' || data.resultType === 'string')
    return { ok: false, error: WRONG_TYPE[data.resultType] };
  if (data.resultType === 'scalar') return { ok: true, samples: [{ labels: {}, value: numberOf(data.result[1]) }] };
  const native = data.result.find(({ value }) => value === undefined);
  if (native) return { ok: false, error: `${JSON.stringify(native.metric)} is a native histogram, not a number` };
  const samples = data.result.map(
    ({ metric, value }): MetricSample => ({ labels: metric, value: numberOf(value?.[1] ?? '') }),
  );
  return { ok: true, samples };
}

export class KindMetrics implements Metrics {
  constructor(readonly plan: KindMetricsPlan) {}

  async query(promql: string): Promise<MetricsAnswer> {
    const asked = await this.ask(`/api/v1/query?query=${encodeURIComponent(promql)}`);
    return typeof asked === 'string' ? { ok: false, error: asked } : answerOf(asked);
  }

  /** Any path of its API; text where it was not reached. */
  async ask(path: string): Promise<Said | string> {
    const proxied = await this.#byProxy(path);
    if (typeof proxied !== 'string') return proxied;
    const inside = await this.#byNode(path);
    if (typeof inside !== 'string') return inside;
    return `Prometheus was not reached, through the API server's proxy: ${proxied}; through ${this.plan.place.container}: ${inside}`;
  }

  async #byProxy(path: string): Promise<Said | string> {
    try {
      const { status, body } = await this.plan.request({ method: 'GET', path: `${PROXY}${path}` });
      const { success, data } = said.safeParse(body);
      if (success) return data;
      const { message } = body as { readonly message?: unknown };
      return `${status} ${typeof message === 'string' ? message : ''}`.trim();
    } catch (error) {
      return (error as Error).message;
    }
  }

  async #byNode(path: string): Promise<Said | string> {
    const { docker, place } = this.plan;
    const url = `http://${place.podIp}:${PORT}${path}`;
    const argv = curl(INSIDE_MAX_S, '--write-out', '\\n%{http_code}', url);
    const { code, stdout, stderr } = await docker.exec(place.container, argv);
    if (code !== 0) return stderr.trim() || `exit ${code}`;
    const end = stdout.lastIndexOf('\n');
    try {
      return said.parse(JSON.parse(stdout.slice(0, end)));
    } catch {
      return `${stdout.slice(end + 1)} ${stdout.slice(0, Math.min(end, SAID_MAX))}`.trim();
    }
  }
}
