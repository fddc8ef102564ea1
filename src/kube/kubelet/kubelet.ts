/**
 * kubelet: the parts of this folder as one process on one host, over one connection to the API server, as the real one's clients
 * share a transport. Left out: events, container logs and exec, volumes, eviction by pressure, restarts of crashed containers.
 */
import type { Micros } from '../../base/instant.js';
import type { Ipv4 } from '../../base/ip.js';
import type { HostKernel } from '../../net/sockets.js';
import type { KubeObject } from '../../scenario/model.js';
import type { Pod } from '../api/objects.js';
import { ApiClient } from '../client/client.js';
import { Informer } from '../client/informer.js';
import { Klog, type LogSink } from '../log.js';
import { reflectorLog } from '../reflector-log.js';
import type { Timings } from '../timings.js';
import { LeaseController } from './lease.js';
import { KubeletLog } from './messages.js';
import type { NodeFacts } from './node-object.js';
import { NodeStatus } from './node-status.js';
import type { PodNetwork, PodProgram } from './pods.js';
import { Pods } from './pods.js';
import { KubeletServer } from './server.js';
import { StatusManager } from './status-manager.js';

export interface KubeletOptions {
  readonly host: HostKernel;
  readonly facts: NodeFacts;
  readonly api: { readonly ip: Ipv4; readonly port: number; readonly authority: string };
  readonly timings: Timings;
  readonly network: PodNetwork;
  readonly programFor: (pod: Pod) => PodProgram | undefined;
  readonly isNetworkPlugin: (pod: Pod) => boolean;
  readonly isPulled: (image: string) => boolean;
  /** Pods from /etc/kubernetes/manifests; kubelet creates a mirror of each in the API. */
  readonly staticPods: readonly KubeObject[];
  readonly log: LogSink;
}

const PID = 861;
const MIRROR_RETRY: Micros = 10_000_000;

export class Kubelet {
  readonly client: ApiClient;
  readonly nodeStatus: NodeStatus;
  readonly #options: KubeletOptions;
  readonly #lease: LeaseController;
  readonly #informer: Informer<Pod>;
  readonly #server: KubeletServer;

  constructor(options: KubeletOptions) {
    this.#options = options;
    const { host, facts, timings, api } = options;
    const { name, traits } = facts;
    const log = new KubeletLog(new Klog(host, 'kubelet', PID, options.log), traits);
    this.client = new ApiClient({ host, process: 'kubelet', ...api, timings });
    const { client } = this;
    const random = host.random('kubelet');
    this.#lease = new LeaseController({
      host,
      client,
      nodeName: name,
      timings,
      log,
      random: host.random('kubelet/lease'),
    });
    this.nodeStatus = new NodeStatus({
      host,
      client,
      facts,
      timings,
      log,
      random: host.random('kubelet/status'),
      registered: () => this.#registered(),
    });
    this.#informer = new Informer<Pod>({
      host,
      client,
      kind: 'Pod',
      nodeName: name,
      timings,
      random: host.random('kubelet/pods'),
      log: reflectorLog(log.klog, traits, 'Pod'),
    });
    new Pods({
      host,
      nodeName: name,
      hostIP: facts.spec.ip,
      informer: this.#informer,
      status: new StatusManager({ host, client, timings, log }),
      network: options.network,
      programFor: options.programFor,
      isNetworkPlugin: options.isNetworkPlugin,
      networkReady: () => this.nodeStatus.setNetworkReady(),
      isPulled: options.isPulled,
      timings,
      log,
      random,
    });
    const identity = { host: host.name, process: 'kubelet', authority: `${name}-ca@1`, names: [name, facts.spec.ip] };
    this.#server = new KubeletServer(host, identity);
  }

  start(): void {
    this.#server.start();
    this.nodeStatus.start();
  }

  /** As a killed process; its pods go on. */
  kill(): void {
    this.#server.stop();
    this.nodeStatus.stop();
    this.#lease.stop();
    this.#informer.stop();
    this.client.kill();
  }

  #registered(): void {
    this.#lease.start();
    this.#informer.start();
    for (const pod of this.#options.staticPods) this.#mirror(pod);
  }

  #mirror(pod: KubeObject): void {
    const { name, namespace } = pod.metadata;
    const ref = { kind: 'Pod', name, ...(namespace !== undefined && { namespace }) };
    this.client.request({ ...ref, verb: 'create', body: pod }, undefined, (result) => {
      if (!result.ok && result.code !== 409) this.#options.host.after(MIRROR_RETRY, () => this.#mirror(pod));
    });
  }
}
