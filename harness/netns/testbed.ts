/**
 * A cluster on a real Linux network: control plane, kubelets and kube-proxies are the model's programs on the wall clock; what they
 * send travels through namespaces of a real kernel, which kube-proxy's decisions program. Owns bring-up and the end.
 */
import { EventQueue } from '../../src/base/event-queue.js';
import type { Micros } from '../../src/base/instant.js';
import { MILLISECOND, MINUTE, SECOND } from '../../src/base/instant.js';
import type { Ipv4 } from '../../src/base/ip.js';
import { RandomSource } from '../../src/base/random.js';
import { EPOCH } from '../../src/kube/api/timestamp.js';
import type { KubernetesModel } from '../../src/kube/cluster.js';
import { startKubernetes } from '../../src/kube/cluster.js';
import type { ArmSpec } from '../../src/plan/plan.js';
import type { Clock, ControlPlane, Testbed, TestbedNode } from '../../src/ports/testbed.js';
import type { ClusterSpec, ProbeSpec, Vantage } from '../../src/scenario/model.js';
import type { Done, OwnerOf } from '../../src/sim/measure.js';
import { ARP_WAIT, judgeArp, measureFrom, targetAddress } from '../../src/sim/measure.js';
import { ModelProbes } from '../../src/sim/probes.js';
import { administrator } from '../../src/sim/testbed.js';
import type { HistoryRecord } from '../../src/verdict/history.js';
import type { Kernel } from './kernel.js';
import { LinuxHost } from './linux-host.js';
import { Mail } from './linux-socket.js';
import { LinuxNetwork } from './network.js';
import { LinuxPodNetwork } from './pod-network.js';
import { serveShells } from './shells.js';
import { placesOf, plugHosts } from './topology.js';
import { onLoop, WallLoop } from './wall-loop.js';

export interface NetnsOptions {
  readonly seed: string;
  readonly caseId: string;
  /** A kernel of this testbed's own, closed with it. */
  readonly kernel: Kernel;
  /** Called now and then; a rejection ends the arm. */
  readonly breathe?: (() => Promise<void>) | undefined;
}

/** Longer than any component needs; scaled by the cluster's timing, and never less than the least. */
const BRING_UP_MAX: Micros = 3 * MINUTE;
const BRING_UP_LEAST: Micros = 30 * SECOND;
const POLL: Micros = 50 * MILLISECOND;

/** Rejects where a host cannot be made, or with what is not well where the cluster does not come up. */
export async function bringUpNetns(arm: ArmSpec, options: NetnsOptions): Promise<Testbed> {
  const { seed, caseId, kernel, breathe } = options;
  const bed = new Bed(arm.cluster, `${seed}/${caseId}`, kernel);
  if (breathe) bed.loop.watch(breathe);
  try {
    return await bringUp(bed, arm.cluster);
  } catch (error) {
    // What stopped it is the reason, not what failed because of that.
    const reason = bed.loop.stopped ?? error;
    bed.stop();
    throw reason;
  }
}

async function bringUp(bed: Bed, cluster: ClusterSpec): Promise<Testbed> {
  await plugHosts(bed.kernel.line, cluster, bed.hosts);
  const kubernetes = cluster.kubernetes === undefined ? undefined : bed.startCluster();
  const deadline = Math.max(BRING_UP_LEAST, BRING_UP_MAX * cluster.timing.scale);
  while (kubernetes?.notReady() !== undefined && bed.loop.now() < deadline)
    await bed.loop.sleepUntil(bed.loop.now() + POLL);
  await bed.settled();
  const problem = kubernetes?.notReady();
  if (problem !== undefined) throw new Error(`the cluster did not come up: ${problem}`);
  return bed.testbed(kubernetes && bed.administer(kubernetes));
}

class Bed {
  readonly hosts = new Map<string, LinuxHost>();
  readonly loop: WallLoop;
  readonly #queue = new EventQueue(0);
  readonly #random: RandomSource;
  readonly #mail = new Mail();
  readonly #records: HistoryRecord[] = [];
  #pods: LinuxPodNetwork | undefined;
  #ordinal = 0;

  constructor(
    readonly cluster: ClusterSpec,
    seed: string,
    readonly kernel: Kernel,
  ) {
    this.loop = new WallLoop(this.#queue);
    this.#random = new RandomSource(seed);
    for (const { name } of placesOf(cluster)) this.hosts.set(name, this.#makeHost(name, name));
  }

  #makeHost(name: string, ns: string): LinuxHost {
    const { line } = this.kernel;
    const broken = (error: Error) => this.loop.stop(error);
    const surroundings = { line, queue: this.#queue, loop: this.loop, random: this.#random, mail: this.#mail, broken };
    return new LinuxHost({ name, ns, ordinal: this.#ordinal++, ...surroundings });
  }

  startCluster() {
    const nodes = new Map(this.cluster.nodes.map(({ name }) => [name, this.#host(name)]));
    const addPod = (name: string) => {
      const host = this.#makeHost(name, `pod-${this.#ordinal}`);
      host.create();
      return host;
    };
    const pods = new LinuxPodNetwork(this.cluster, nodes, addPod);
    pods.connectNodes();
    this.#pods = pods;
    const records = this.#records;
    return this.loop.enter(() =>
      startKubernetes({
        cluster: this.cluster,
        hosts: nodes,
        podNetwork: pods,
        log: (host, component, line, at) => void records.push({ kind: 'log', at, host, component, line }),
        change: (object, change, at) => void records.push({ kind: 'object', at, object, change }),
      }),
    );
  }

  /** What an administrator does happens at the present. */
  administer(kubernetes: KubernetesModel): ControlPlane {
    const model = administrator(kubernetes);
    const now = async <T>(work: () => Promise<T>): Promise<T> => {
      if (this.loop.stopped) throw this.loop.stopped;
      return this.loop.enter(work) as Promise<T>;
    };
    return {
      apply: (object) => now(() => model.apply(object)),
      delete: (ref) => now(() => model.delete(ref)),
      patch: (ref, patch) => now(() => model.patch(ref, patch)),
      get: (ref) => now(() => model.get(ref)),
      list: (kind, namespace) => now(() => model.list(kind, namespace)),
    };
  }

  /** From now on instants count from now: bring-up lies before zero. */
  testbed(controlPlane: Testbed['controlPlane']): Testbed {
    const zero = this.loop.now();
    const clock: Clock = {
      epoch: EPOCH + zero,
      now: () => this.loop.now() - zero,
      sleepUntil: (at) => this.loop.sleepUntil(at + zero),
    };
    const shifted = (host: LinuxHost) => ({
      now: () => host.now() - zero,
      after: (delay: Micros, run: () => void) => host.after(delay, run),
    });
    const find = {
      host: (name: string) => this.#host(name),
      at: (v: Vantage) => this.#at(v),
      all: () => [...this.hosts.values()],
    };
    const network = new LinuxNetwork(find, clock);
    const outside = shifted(this.#host('outside'));
    const owners = new Map<Ipv4, string>(placesOf(this.cluster).map(({ name, address }) => [address.address, name]));
    const probes = new ModelProbes(
      (spec) => (this.#standing(spec.from) ? outside : undefined),
      (spec) => (done) => this.loop.enter(() => this.#measure(spec, network, (ip) => owners.get(ip), done)),
      outside,
    );
    return {
      backend: 'netns',
      cluster: this.cluster,
      nodes: this.cluster.nodes.map((node): TestbedNode => ({ ...node, kubernetesName: node.name })),
      clock,
      controlPlane,
      network,
      probes: onLoop(this.loop, probes),
      events: async (since) =>
        this.#records.filter(({ at }) => at - zero >= since).map((r) => ({ ...r, at: r.at - zero })),
      shells: () => serveShells(this.hosts),
      close: async () => {
        this.stop();
        await this.kernel.close();
      },
    };
  }

  #measure(spec: ProbeSpec, network: LinuxNetwork, ownerOf: OwnerOf, done: Done): void {
    const { target, timeout } = spec;
    const host = this.#at(spec.from);
    if (target.kind !== 'arp') return measureFrom(host, this.cluster, spec, ownerOf, done);
    const ip = targetAddress(this.cluster, spec, target.ip);
    const [card] = host.addresses().filter(({ device }) => device !== 'lo');
    Promise.all([host.askWhoHas(ip, card?.device ?? 'eth0', Math.min(timeout, ARP_WAIT)), network.macOwners()])
      .then(([answers, macs]) => answers.map((mac) => macs.get(mac) ?? mac))
      .then((answered) => this.loop.enter(() => done(judgeArp(answered, ownerOf(ip)))))
      .catch((error: Error) => this.loop.stop(error));
  }

  /** Nothing happens any more; the kernel is left as it is. */
  stop(): void {
    this.loop.stop();
  }

  /** Nothing that was asked of the kernel is under way any more: what is measured from now on is not measured beside it. */
  async settled(): Promise<void> {
    await Promise.all([...this.hosts.values()].map((host) => host.settled()));
    if (this.loop.stopped) throw this.loop.stopped;
  }

  #host(name: string): LinuxHost {
    const host = this.hosts.get(name);
    if (!host) throw new Error(`no host ${name}`);
    return host;
  }

  #standing(vantage: Vantage): LinuxHost | undefined {
    if (vantage.kind === 'pod') return this.#pods?.host(`${vantage.namespace}/${vantage.pod}`);
    return this.#host(vantage.kind === 'node' ? vantage.node : vantage.kind);
  }

  #at(vantage: Vantage): LinuxHost {
    const host = this.#standing(vantage);
    if (!host) throw new Error('no running pod with a network of its own there');
    return host;
  }
}
