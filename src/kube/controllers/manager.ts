/**
 * kube-controller-manager as one process on a control-plane host, over its own connection to that host's API server.
 * Left out: leader election (the first control plane's manager is the one), and every controller that no outcome needs.
 */
import type { Ipv4 } from '../../base/ip.js';
import type { HostKernel } from '../../net/sockets.js';
import type { Stored } from '../api/objects.js';
import { ApiClient } from '../client/client.js';
import { Informer } from '../client/informer.js';
import { Klog, type LogSink } from '../log.js';
import { reflectorLog } from '../reflector-log.js';
import type { Timings } from '../timings.js';
import type { Traits } from '../versions.js';
import type { ControllerContext, Informers } from './context.js';
import { DaemonSets } from './daemon-sets.js';
import { Deployments } from './deployments.js';
import { EndpointSlices } from './endpoint-slices.js';
import { GarbageCollector } from './garbage-collector.js';
import { NodeLifecycle } from './node-lifecycle.js';
import { PodIndex } from './pod-index.js';
import { TaintEviction } from './taint-eviction.js';

export interface ControllerManagerOptions {
  readonly host: HostKernel;
  readonly api: { readonly ip: Ipv4; readonly port: number; readonly authority: string };
  readonly timings: Timings;
  readonly traits: Traits;
  readonly log: LogSink;
}

const PROCESS = 'kube-controller-manager';

export class ControllerManager {
  readonly nodeLifecycle: NodeLifecycle;
  readonly #informers: Informers;

  constructor(options: ControllerManagerOptions) {
    const { host, api, timings, traits } = options;
    const client = new ApiClient({ host, process: PROCESS, ...api, timings });
    const klog = new Klog(host, PROCESS, 1, options.log);
    const informer = <T extends Stored>(kind: string) =>
      new Informer<T>({
        host,
        client,
        kind,
        timings,
        random: host.random(`${PROCESS}/${kind}`),
        log: reflectorLog(klog, traits, kind),
      });
    this.#informers = {
      nodes: informer('Node'),
      leases: informer('Lease'),
      pods: informer('Pod'),
      services: informer('Service'),
      slices: informer('EndpointSlice'),
      deployments: informer('Deployment'),
      replicaSets: informer('ReplicaSet'),
      daemonSets: informer('DaemonSet'),
    };
    const random = host.random(PROCESS);
    // First among the handlers of pods, so that the controllers find what they are told of.
    const podIndex = new PodIndex(this.#informers.pods);
    const context: ControllerContext = {
      host,
      client,
      informers: this.#informers,
      podIndex,
      timings,
      traits,
      klog,
      random,
    };
    this.nodeLifecycle = new NodeLifecycle(context);
    new TaintEviction(context);
    new EndpointSlices(context);
    new Deployments(context);
    new DaemonSets(context);
    new GarbageCollector(context);
  }

  start(): void {
    for (const informer of this.#all()) informer.start();
    this.nodeLifecycle.start();
  }

  get synced(): boolean {
    return this.#all().every(({ synced }) => synced);
  }

  #all(): Informer<Stored>[] {
    return Object.values(this.#informers) as Informer<Stored>[];
  }
}
