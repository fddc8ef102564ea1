/**
 * The Traffic port on kind: flows by iperf3, confirmed by the counters of a node's eth0 before they count as started. One is started after the other, since
 * what an interface counts does not say of which flow it is. Owns where the ends of a flow run and what is left of them; the closed
 * loop is flow-trial.ts.
 */
import { gatewayOf } from '../../src/evidence/snapshot.js';
import type { FlowAnswer, Traffic } from '../../src/ports/testbed.js';
import type { FlowEnd, FlowSpec } from '../../src/scenario/model.js';
import { Ends } from '../ends/ends.js';
import type { Requester } from './api-request.js';
import type { KindCluster } from './cluster.js';
import type { Docker } from './docker.js';
import type { CountersOf, Direction } from './flow-counters.js';
import { type TrafficImage, trafficImage } from './flow-image.js';
import { type Launched, launch, type Time } from './flow-launch.js';
import { type FlowPlace, hostPlace } from './flow-place.js';
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
}

const START_MAX_MS = 40_000;

const wallTime: Time = { now: Date.now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };

export class KindTraffic implements Traffic {
  readonly #ends = new Ends();
  readonly #ports: FlowPorts;
  readonly #time: Time;
  #image: Promise<TrafficImage> | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(readonly options: KindTrafficOptions) {
    this.#ports = new FlowPorts(options.docker);
    const { now, sleep } = options.time ?? wallTime;
    const sleepUnlessClosed = async (ms: number) => {
      await sleep(ms);
      if (this.#closed) throw new Error(CLOSED);
    };
    this.#time = { now, sleep: sleepUnlessClosed };
  }

  /** Sees to the image. Throws a {@link Failure} with a hint; without it the first flow does so. */
  async prepare(): Promise<void> {
    await this.#prepared();
  }

  /** Never throws for what Docker, the cluster or iperf3 says. */
  start(flow: FlowSpec): Promise<FlowAnswer> {
    const started = this.#turn.then(() => this.#start(flow));
    this.#turn = started;
    return started;
  }

  /** Ends all flows. Rejects with the first that cannot be ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#turn;
    await this.#ends.run();
  }

  async #start(flow: FlowSpec): Promise<FlowAnswer> {
    try {
      if (this.#closed) throw new Error(CLOSED);
      const { version, name } = await this.#prepared();
      const deadline = this.#time.now() + START_MAX_MS;
      const from = await this.#place(flow.from, name);
      const to = await this.#place(flow.to, name);
      const { counted, direction } = meterOf(from, to);
      const { docker, counters, say } = this.options;
      const common = { flow, time: this.#time, say, deadline };
      const trial = new FlowTrial({
        ...common,
        way: `from ${from.name} to ${to.name}`,
        counted,
        direction,
        read: () => counters(counted),
        launch: (bitrateBps) => launch({ ...common, from, to, docker, ports: this.#ports, version, bitrateBps }),
      });
      const { answer, launched } = await trial.run();
      if (launched) this.#keep(launched, flow);
      return answer;
    } catch (error) {
      return { ok: false, error: `${flow.name}: ${error instanceof Error ? error.message : String(error)}` };
    }
  }

  /** iperf3 takes a size or a duration: where there are both, the time is kept here. */
  #keep(launched: Launched, { sizeBytes, duration }: FlowSpec): void {
    this.#ends.add(() => launched.end());
    if (sizeBytes === undefined || duration === undefined) return;
    // What cannot be ended now is ended at close, which tells.
    const timer = setTimeout(() => launched.end().catch(() => {}), duration / 1000);
    timer.unref();
    this.#ends.add(() => clearTimeout(timer));
  }

  #prepared(): Promise<TrafficImage> {
    if (!this.#image) {
      const { docker, image, cluster, say } = this.options;
      const nodes = cluster.nodes.map(({ container }) => container);
      this.#image = trafficImage({ docker, image, nodes, label: cluster.label, say });
      // It may come to the daemon meanwhile: the next flow asks again.
      this.#image.catch(() => {
        this.#image = undefined;
      });
    }
    return this.#image;
  }

  async #place(end: FlowEnd, image: string): Promise<FlowPlace> {
    const { docker, cluster, request, image: nodeImage, bystanders } = this.options;
    const { label, nodes, subnet, network } = cluster;
    const common = { docker, label, image };
    if (end.kind === 'pod') {
      if (!request)
        throw new Error(`no flow ends in pod ${end.namespace}/${end.pod}: the API server is not asked here`);
      return podPlace(end, { docker, nodes, request, image: nodeImage, time: this.#time });
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
