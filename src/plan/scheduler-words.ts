/**
 * What the items of a cluster file's `schedulers` may say: versions, score plugins and their arguments, as scheduler/ has them. A test holds
 * the names against the Go sources. Judges nothing.
 */
import { z } from 'zod';
import { parseRate } from './quantities.js';

/** Of plugins, metrics and pluginConfig. */
export const PLUGIN = 'network_traffic';

/** The plugin's own `interval`, where neither it nor the cluster's Prometheus says another. */
export const INTERVAL_DEFAULT = '15s';

/** `version` of our own scheduler without a defect; the same as none. */
export const FIXED = 'fixed';

/** Defects that are switches of specimen-scheduler, and lists of them. */
export const SPECIMENS: readonly string[] = [
  ...['as-published', 'minimally-fixed', 'decodes-right-divides-by-zero'],
  ...['silent-args', 'decode-by-value', 'snake-case-tags', 'any-address', 'fatal-address'],
  ...['argument-order', 'seconds-suffix', 'hour-window', 'sum-over-time', 'receive-only', 'query-per-node'],
  ...['unfiltered-operand', 'no-capacity', 'relative-to-max', 'divide-by-zero', 'integer-overflow', 'nan-is-best'],
  ...['negative-raw', 'herding', 'missing-aborts', 'outage-aborts', 'no-timeout', 'few-idle-connections'],
  ...['unchecked-vector', 'join-on-instance', 'uname-is-node-name', 'one-device', 'no-exporter-check', 'other-klog'],
  ...['dump-per-node', 'raw-scores', 'minus-a-fraction', 'agent-over-tcp', 'instance-is-node-name'],
  ...['hard-coded-addresses', 'istio-metric'],
];

/** Kubernetes that the plugin is built in, newest first, and whether with its defects too. */
export const GENERATIONS: readonly { readonly version: string; readonly specimens: boolean }[] = [
  { version: '1.36.3', specimens: true },
  { version: '1.34.2', specimens: true },
  { version: '1.31.0', specimens: false },
  { version: '1.28.0', specimens: false },
];

/** kube-scheduler's own score plugins, with the arguments of their kinds (kubescheduler.config.k8s.io/v1). */
export const OWN_PLUGINS: Readonly<Record<string, readonly string[]>> = {
  DynamicResources: ['filterTimeout', 'bindingTimeout'],
  ImageLocality: [],
  InterPodAffinity: ['hardPodAffinityWeight', 'ignorePreferredTermsOfExistingPods'],
  NodeAffinity: ['addedAffinity'],
  NodeResourcesBalancedAllocation: ['resources'],
  NodeResourcesFit: ['ignoredResources', 'ignoredResourceGroups', 'scoringStrategy'],
  PodTopologySpread: ['defaultConstraints', 'defaultingType'],
  TaintToleration: [],
  VolumeBinding: ['bindTimeoutSeconds', 'shape'],
};

const DURATION = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/;
const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g;
const UNIT_MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 6e4, h: 3.6e6 };

/**
 * `2m0s` as Go writes it and `2m` as people do; undefined where it is none. Durations of the language have one unit: `parseDuration` refuses
 * what a kube-scheduler answers.
 */
export function goDurationMs(text: unknown): number | undefined {
  if (typeof text !== 'string' || !DURATION.test(text)) return undefined;
  let total = 0;
  for (const [, digits, unit = ''] of text.matchAll(PART)) total += Number(digits) * (UNIT_MS[unit] ?? 0);
  return total;
}

const WEIGHT_MAX = 2 ** 31 - 1;
const RATE = 'want a number with bps, Kbps, Mbps or Gbps, such as 10Gbps';
const DIRECTIONS = ['receive', 'transmit', 'max', 'sum'] as const;

const isRate = (text: string) => (parseRate(text) ?? 0) > 0;
const isHttp = (text: string) => /^https?:\/\/[^/@?#]+(?:\/[^?#]*)?$/.test(text) && !text.includes('/api/v1');

const duration = z.unknown().refine((text) => (goDurationMs(text) ?? 0) >= 1, 'want a duration such as 90s or 2m');
const url = z.string().refine(isHttp, 'want http://HOST:PORT or https://HOST:PORT');
const capacity = z.string().refine((text) => text === 'auto' || isRate(text), `${RATE}, or auto`);
const inFlight = z
  .string()
  .refine((text) => ['annotations', 'none'].includes(text) || isRate(text), `${RATE}, or annotations, or none`);

/** What every plugin may have besides its arguments. */
export const placing = {
  enabled: z.boolean('want true or false').optional(),
  weight: z
    .int('want a whole number')
    .min(1, 'want 1 or more; enabled: false switches the plugin off')
    .max(WEIGHT_MAX, `want at most ${WEIGHT_MAX}`)
    .optional(),
};

/** As scheduler/args reads them, with the published names. */
export const pluginArgs = z.strictObject({
  ...placing,
  prometheusURL: url.optional(),
  auth: z.record(z.string(), z.unknown(), 'want a mapping').optional(),
  device: z.string('want a regular expression').optional(),
  window: duration.optional(),
  maxAge: duration.optional(),
  interval: duration.optional(),
  timeout: duration.optional(),
  direction: z.enum(DIRECTIONS, `want one of ${DIRECTIONS.join(', ')}`).optional(),
  linkCapacity: z
    .union([capacity, z.record(z.string(), capacity)], `${RATE}, or auto, or a mapping from nodes`)
    .optional(),
  inFlight: inFlight.optional(),
  unknownScore: z.int('want a whole number').min(0, 'want 0 to 100').max(100, 'want 0 to 100').optional(),
  ip: url.optional(),
  deviceName: z.string('want the name of a device').optional(),
  timeRange: z.int('want minutes').min(1, 'want 1 or more minutes').optional(),
});

export type PluginArgs = z.infer<typeof pluginArgs>;
