/**
 * kubelet's pods: those of its node, through a watch; pulls images, asks the CNI plugin for an address, starts and stops them,
 * probes those that can be probed, and says what it sees through the status manager.
 * Source: pkg/kubelet/kubelet.go syncPod, prober/worker.go. Departs: containers never crash; a pod is one program at most.
 */
import type { RandomStream } from '../../base/random.js';
import type { HostKernel, Timer } from '../../net/sockets.js';
import type { Pod } from '../api/objects.js';
import { formatTime } from '../api/timestamp.js';
import type { Informer } from '../client/informer.js';
import type { Timings } from '../timings.js';
import { CONTAINER_START, CONTAINER_STOP, IMAGE_PULL } from '../timings.js';
import type { KubeletLog } from './messages.js';
import { podStatusOf } from './pod-status.js';
import type { StatusManager } from './status-manager.js';

/** The CNI plugin: gives a pod its network, and takes it away. */
export interface PodNetwork {
  /** Undefined where it fails now; kubelet asks again. */
  add(pod: Pod, node: string): { readonly ip: string } | undefined;
  remove(pod: Pod): void;
}

/** What runs in a pod, where the model has a program for it. */
export interface PodProgram {
  start(): void;
  kill(): void;
  /** Readiness probe: what is wrong, undefined where all is well. Without it the pod is ready once it runs. */
  probe?(): string | undefined;
}

export interface PodsOptions {
  readonly host: HostKernel;
  readonly nodeName: string;
  readonly hostIP: string;
  readonly informer: Informer<Pod>;
  readonly status: StatusManager;
  readonly network: PodNetwork;
  readonly programFor: (pod: Pod) => PodProgram | undefined;
  /** Whether this pod brings the node's CNI configuration. */
  readonly isNetworkPlugin: (pod: Pod) => boolean;
  readonly networkReady: () => void;
  /** Images that every node has. */
  readonly isPulled: (image: string) => boolean;
  readonly timings: Timings;
  readonly log: KubeletLog;
  readonly random: RandomStream;
}

interface Worker {
  pod: Pod;
  readonly startTime: string;
  readonly program: PodProgram | undefined;
  timer: Timer | undefined;
  podIP: string | undefined;
  running: boolean;
  ready: boolean;
  stopping: boolean;
  failures: number;
}

const NETWORK_RETRY = 1_000_000;
const FAILURE_THRESHOLD = 3;

export class Pods {
  readonly #options: PodsOptions;
  readonly #workers = new Map<string, Worker>();
  readonly #images = new Set<string>();
  #networkReady = false;

  constructor(options: PodsOptions) {
    this.#options = options;
    options.informer.on({
      added: (pod) => this.#see(pod),
      updated: (pod, before) => {
        // Deleted and made anew under its name while the watch was cut.
        if (pod.metadata.uid !== before.metadata.uid) this.#gone(before);
        this.#see(pod);
      },
      deleted: (pod) => this.#gone(pod),
    });
  }

  #see(pod: Pod): void {
    const worker = this.#workers.get(pod.metadata.uid);
    const leaving = pod.metadata.deletionTimestamp !== undefined;
    if (!worker) {
      if (leaving) this.#options.status.remove(pod);
      else this.#start(pod);
      return;
    }
    worker.pod = pod;
    if (leaving) this.#stop(worker);
    else this.#options.status.reconcile(pod);
  }

  #gone(pod: Pod): void {
    const worker = this.#workers.get(pod.metadata.uid);
    this.#options.status.forget(pod);
    if (worker) this.#cleanUp(worker);
  }

  #start(pod: Pod): void {
    const { host, random, isPulled, timings, programFor } = this.#options;
    const worker: Worker = {
      pod,
      startTime: formatTime(host.now()),
      program: programFor(pod),
      timer: undefined,
      podIP: undefined,
      running: false,
      ready: false,
      stopping: false,
      failures: 0,
    };
    this.#workers.set(pod.metadata.uid, worker);
    this.#say(worker);
    const missing = pod.spec.containers
      .map(({ image = '' }) => image)
      .filter((image) => {
        return !isPulled(image) && !this.#images.has(image);
      });
    let wait = random.integer(CONTAINER_START.min, CONTAINER_START.max);
    for (const image of missing) {
      this.#images.add(image);
      wait += random.integer(IMAGE_PULL.min, IMAGE_PULL.max);
    }
    worker.timer = host.after(Math.max(1, Math.round(wait * timings.scale)), () => this.#run(worker));
  }

  #run(worker: Worker): void {
    const { host, network, nodeName, hostIP, isNetworkPlugin, timings } = this.#options;
    if (worker.pod.spec.hostNetwork) worker.podIP = hostIP;
    else {
      const given = this.#networkReady ? network.add(worker.pod, nodeName) : undefined;
      if (!given) {
        worker.timer = host.after(NETWORK_RETRY, () => this.#run(worker));
        return;
      }
      worker.podIP = given.ip;
    }
    worker.running = true;
    worker.program?.start();
    worker.ready = worker.program?.probe === undefined;
    this.#say(worker);
    if (!worker.ready) worker.timer = host.after(Math.round(timings.probePeriod / 10), () => this.#probe(worker));
    if (isNetworkPlugin(worker.pod)) {
      this.#networkReady = true;
      this.#options.networkReady();
    }
  }

  #probe(worker: Worker): void {
    const { host, timings, log } = this.#options;
    const problem = worker.program?.probe?.();
    worker.failures = problem === undefined ? 0 : worker.failures + 1;
    if (problem !== undefined) {
      log.probeFailed(worker.pod, worker.pod.spec.containers[0]?.name ?? '', problem);
    }
    const ready = problem === undefined || (worker.ready && worker.failures < FAILURE_THRESHOLD);
    if (ready !== worker.ready) {
      worker.ready = ready;
      this.#say(worker);
    }
    worker.timer = host.after(timings.probePeriod, () => this.#probe(worker));
  }

  #stop(worker: Worker): void {
    if (worker.stopping) return;
    worker.stopping = true;
    worker.timer?.cancel();
    const { host, random } = this.#options;
    worker.timer = host.after(random.integer(CONTAINER_STOP.min, CONTAINER_STOP.max), () => {
      this.#cleanUp(worker);
      this.#options.status.remove(worker.pod);
    });
  }

  #cleanUp(worker: Worker): void {
    worker.timer?.cancel();
    if (!this.#workers.delete(worker.pod.metadata.uid)) return;
    if (worker.running) worker.program?.kill();
    if (worker.running && !worker.pod.spec.hostNetwork) this.#options.network.remove(worker.pod);
  }

  #say(worker: Worker): void {
    const { status, hostIP, host } = this.#options;
    const { pod, startTime, running, ready, podIP } = worker;
    const facts = { hostIP, startTime, running, ready, now: formatTime(host.now()), ...(podIP && { podIP }) };
    status.set(pod, podStatusOf(pod, facts, status.statusOf(pod) ?? pod.status));
  }
}
