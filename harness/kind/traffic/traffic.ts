/**
 * The Traffic port on kind: flows by iperf3, confirmed by the counters of a node's eth0 before they count as started. One is started after the other, since
 * what an interface counts does not say of which flow it is. Owns where the ends of a flow run and what is left of them; the closed
 * loop is flow-trial.ts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Micros } from '../../../src/base/instant.js';
import { gatewayOf } from '../../../src/evidence/snapshot.js';
import type { FlowAnswer, Traffic } from '../../../src/ports/testbed.js';
import type { FlowSpec, Vantage } from '../../../src/scenario/model.js';
import { Ends } from '../../ends/ends.js';
import type { Requester } from '../api-request.js';
import type { KindCluster } from '../cluster.js';
import type { Docker } from '../docker.js';
import type { CountersOf, Direction } from './flow-counters.js';
import { type TrafficImage, trafficImage } from './flow-image.js';
import { type Launched, launch, type Time } from './flow-launch.js';
import { type FlowPlace, hostPlace, type Running } from './flow-place.js';
import { podPlace } from './flow-pod.js';
import { FlowPorts } from './flow-ports.js';
import { FlowTrial } from './flow-trial.js';

export interface KindTrafficOptions {
  readonly docker: Docker;
  readonly cluster: Pick<KindCluster, 'label' | 'nodes' | 'network' | 'subnet'>;
  /** Container ids. */
  readonly bystanders: ReadonlyMap<'outside' | 'gateway', string>;
  /** Of role `traffic`. */
  readonly image: string;
  /** By the names of nodes, and `outside`. */
  readonly counters: CountersOf;
  readonly say: (text: string) => void;
  /** For ends that are pods. */
  readonly request?: Requester;
  /** Tests have a time of their own. */
  readonly time?: Time;
  /** Ends what is being started. */
  readonly signal?: AbortSignal | undefined;
}

const wallTime: Time = { now: Date.now, sleep: (ms, signal) => sleep(ms, undefined, { ...(signal && { signal }) }) };

export class KindTraffic implements Traffic {
  readonly #ends = new Ends();
  readonly #ports: FlowPorts;
  /** Is cut short by {@link #signal}. */
  readonly #time: Time;
  /** Is not. */
  readonly #endTime: Time;
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal;
  #image: Promise<TrafficImage> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(readonly options: KindTrafficOptions) {
    this.#ports = new FlowPorts(options.docker);
    const signals = [this.#closing.signal, ...(options.signal ? [options.signal] : [])];
    const signal = AbortSignal.any(signals);
    const time = options.time ?? wallTime;
    const sleepUnlessAborted = async (ms: number) => {
      // Its own reason is told, not that of the timer.
      await time.sleep(ms, signal).catch(() => {});
      signal.throwIfAborted();
    };
    this.#signal = signal;
    this.#time = { now: () => time.now(), sleep: sleepUnlessAborted };
    this.#endTime = time;
  }

  /** Sees to the image. Throws a {@link Failure} with a hint; without it the first flow does so. */
  async prepare(): Promise<void> {
    await this.#prepared();
  }

  /** Never throws for what Docker, the cluster or iperf3 says. Answers at once when it is aborted; what was started by then is ended by {@link close}. */
  start(flow: FlowSpec, within: Micros): Promise<FlowAnswer> {
    const deadline = this.#time.now() + within / 1000;
    const started = this.#turn.then(() => this.#start(flow, deadline));
    this.#turn = started;
    const signal = this.#signal;
    return new Promise((resolve) => {
      const abort = () => resolve(failure(flow, signal.reason));
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
      void started.then((answer) => {
        signal.removeEventListener('abort', abort);
        resolve(answer);
      });
    });
  }

  /** Ends all flows. Rejects with the first that cannot be ended. */
  async close(): Promise<void> {
    this.#closing.abort(new Error(CLOSED));
    await this.#turn;
    await this.#ends.run();
  }

  async #start(flow: FlowSpec, deadline: number): Promise<FlowAnswer> {
    try {
      this.#signal.throwIfAborted();
      const { version, name } = await this.#prepared();
      const from = await this.#place(flow.from, name);
      const to = await this.#place(flow.to, name);
      const { counted, direction } = meterOf(from, to);
      const { docker, counters, say } = this.options;
      // What cannot be ended before is ended at close, which tells.
      const begun = (running: Pick<Running, 'end'>) => this.#ends.add(() => running.end());
      const common = { flow, time: this.#time, say, deadline };
      const trial = new FlowTrial({
        ...common,
        way: `from ${from.name} to ${to.name}`,
        counted,
        direction,
        read: () => counters(counted),
        launch: (bitrateBps) => launch({ ...common, from, to, docker, ports: this.#ports, version, bitrateBps, begun }),
      });
      const { answer, launched } = await trial.run();
      if (launched) this.#keep(launched, flow);
      return answer;
    } catch (error) {
      return failure(flow, error);
    }
  }

  /** iperf3 takes a size or a duration: where there are both, the time is kept here. */
  #keep(launched: Launched, { sizeBytes, duration }: FlowSpec): void {
    if (sizeBytes === undefined || duration === undefined) return;
    // It has run since before it was confirmed.
    const goneMs = this.#time.now() - launched.startedAtMs;
    const timer = setTimeout(() => launched.end().catch(() => {}), Math.max(0, duration / 1000 - goneMs));
    timer.unref();
    this.#ends.add(() => clearTimeout(timer));
  }

  #prepared(): Promise<TrafficImage> {
    if (!this.#image) {
      const { docker, image, cluster, say } = this.options;
      const nodes = cluster.nodes.map(({ container }) => container);
      this.#image = trafficImage({ docker, image, nodes, label: cluster.label, say, signal: this.#signal });
      // It may come to the daemon meanwhile: the next flow asks again.
      this.#image.catch(() => {
        this.#image = undefined;
      });
    }
    return this.#image;
  }

  async #place(end: Vantage, image: string): Promise<FlowPlace> {
    const { docker, cluster, request, image: nodeImage, bystanders } = this.options;
    const { label, nodes, subnet, network } = cluster;
    const common = { docker, label, image, signal: this.#signal };
    if (end.kind === 'pod') {
      if (!request)
        throw new Error(`no flow ends in pod ${end.namespace}/${end.pod}: the API server is not asked here`);
      return podPlace(end, { docker, nodes, request, image: nodeImage, time: this.#time, endTime: this.#endTime });
    }
    if (end.kind === 'node') {
      const node = nodes.find(({ name }) => name === end.node);
      if (!node) throw new Error(`no node ${end.node} on this cluster`);
      return hostPlace({ ...common, name: node.name, container: node.container, ip: node.ip, countedBy: node.name });
    }
    const container = bystanders.get(end.kind);
    if (container === undefined) throw new Error(`no host ${end.kind} beside this cluster`);
    // The gateway's eth0 is that of the machine, not of the cluster's network.
    if (end.kind === 'gateway') return hostPlace({ ...common, name: end.kind, container, ip: gatewayOf(subnet) });
    const format = `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`;
    const ip = await docker.text(['inspect', '--format', format, container]);
    return hostPlace({ ...common, name: end.kind, container, ip, countedBy: end.kind });
  }
}

const CLOSED = 'the testbed was closed';

const failure = ({ name }: FlowSpec, error: unknown): FlowAnswer => ({
  ok: false,
  error: `${name}: ${error instanceof Error ? error.message : String(error)}`,
});

/** Nodes before `outside`, the sender before the receiver. */
function meterOf(from: FlowPlace, to: FlowPlace): { readonly counted: string; readonly direction: Direction } {
  if (from.countedBy !== undefined && from.countedBy === to.countedBy)
    throw new Error(`both ends are on ${from.countedBy}: no eth0 counts what flows between them`);
  const ends = [
    { counted: from.countedBy, direction: 'transmitted' as const },
    { counted: to.countedBy, direction: 'received' as const },
  ];
  for (const isWanted of [(name: string) => name !== 'outside', () => true])
    for (const { counted, direction } of ends)
      if (counted !== undefined && isWanted(counted)) return { counted, direction };
  throw new Error(`no end from ${from.name} to ${to.name} has counters`);
}
