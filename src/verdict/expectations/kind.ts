/**
 * What every kind of expectation about a state gives: how it is observed through the ports, in which words, and whether it counts
 * when two arms are compared. Refuses to know about time: when it is asked and what follows is window.ts and the engine.
 */
import type { Micros } from '../../base/instant.js';
import type { AddressRow, NeighbourRow, RouteAnswer, VirtualServerRow } from '../../evidence/rows.js';
import type { MetricsAnswer } from '../../ports/testbed.js';
import type { Expectation, KubeObject } from '../../scenario/model.js';
import type { Decision } from '../history.js';
import type { Cause } from '../verdict.js';

export type ExpectationKind = Expectation['kind'];
export type ExpectationOf<K extends ExpectationKind> = Extract<Expectation, { kind: K }>;

/** `holds: null`: there was nothing to see. `seen` stays the same words as long as the same is seen. */
export interface Observation {
  readonly holds: boolean | null;
  readonly seen: string;
}

/** The testbed at one instant, as expectations look at it. What was asked once at an instant is not asked again. */
export interface View {
  readonly now: Micros;
  /** Bare hosts have no API. */
  readonly hasApi: boolean;
  /** What Kubernetes calls a node of the scenario. */
  kubernetesName(node: string): string;
  /** The other way round; a node that the scenario does not have is called what it is. */
  nodeNamed(kubernetesName: string): string;
  object(apiVersion: string, kind: string, name: string, namespace?: string): Promise<KubeObject | undefined>;
  objects(kind: string, namespace?: string): Promise<readonly KubeObject[]>;
  /** The instant of a time as the API writes it; undefined where it is none. */
  instant(time: unknown): Micros | undefined;
  addresses(host: string): Promise<readonly AddressRow[]>;
  routeGet(host: string, to: string): Promise<RouteAnswer>;
  neighbours(host: string): Promise<readonly NeighbourRow[]>;
  virtualServers(host: string): Promise<readonly VirtualServerRow[]>;
  arpOwners(ip: string): Promise<readonly string[]>;
  /** Sends a byte over the connection that was opened before the first step. */
  judgeConnection(
    from: string,
    to: string,
    port: number,
    wait: Micros,
  ): Promise<'established' | 'reset' | 'silent' | undefined>;
  /** Packets so far; undefined where no such capture was started. */
  captured(name: string): { readonly packets: number; readonly endsAt: Micros } | undefined;
  /** The component's lines on a host since instant zero. */
  logLines(host: string, component: string): Promise<readonly string[]>;
  /** What Prometheus answers to an instant query; undefined where there is none. */
  metrics(promql: string): Promise<MetricsAnswer | undefined>;
  /** The last decision about each pod, by `namespace/name`, as far as schedulers told. */
  decisions(): Promise<ReadonlyMap<string, Decision>>;
  /** Takes a snapshot and names the causes that all evidence so far shows. */
  causes(): Promise<readonly Cause[]>;
}

export interface StateKind<K extends ExpectationKind> {
  /** It counts when arms are compared: examples/README.md, `treatment`. */
  readonly compared: boolean;
  /** Asked at this period at most: asking is slow or leaves traces. Absent: at every poll. */
  readonly every?: Micros;
  observe(expectation: ExpectationOf<K>, view: View): Promise<Observation>;
  /** Judged no earlier than this where it has no window of its own. */
  notBefore?(expectation: ExpectationOf<K>, view: View): Micros | undefined;
}

/** Each of several must hold. What does not is told first and alone; where all hold, all are told. */
export function each(observations: readonly Observation[]): Observation {
  const wrong = observations.filter(({ holds }) => holds !== true);
  const telling = wrong.length > 0 ? wrong : observations;
  const holds = observations.some((one) => one.holds === false) ? false : wrong.length > 0 ? null : true;
  return { holds, seen: telling.map(({ seen }) => seen).join('; ') };
}

/** `45.2 s`. */
export function seconds(micros: Micros): string {
  return `${(micros / 1_000_000).toFixed(1)} s`;
}

export const NO_API: Observation = { holds: null, seen: 'bare hosts have no Kubernetes API' };
