/**
 * One arm on a real cluster: the ports over its containers and its API server, from the arm's first step to the undoing of what it made.
 * The cluster is there before and stays.
 */
import { EventQueue } from '../../src/base/event-queue.js';
import type { Micros } from '../../src/base/instant.js';
import type { Ipv4 } from '../../src/base/ip.js';
import { ipv4, prefix } from '../../src/base/ip.js';
import { RandomSource } from '../../src/base/random.js';
import type { ArmSpec } from '../../src/plan/plan.js';
import type { Clock, Testbed } from '../../src/ports/testbed.js';
import type { ClusterSpec, ObjectRef, ProbeSpec, Vantage } from '../../src/scenario/model.js';
import type { Measured } from '../../src/sim/measure.js';
import { ModelProbes } from '../../src/sim/probes.js';
import { allSettled } from '../ends/all-settled.js';
import { Ends } from '../ends/ends.js';
import type { AgentLine, Request } from '../netns/line.js';
import { LinuxHost } from '../netns/linux-host.js';
import { Mail } from '../netns/linux-socket.js';
import { serveShells } from '../netns/shells.js';
import { onLoop, WallLoop } from '../netns/wall-loop.js';
import { eitherWay, fromHere, fromInside, prepareInside, type Requester } from './api-request.js';
import { type ArmParts, inOrder, openParts } from './arm-parts.js';
import { type Bystander, startBystanders } from './bystander.js';
import { controlPlaneOf, type KindCluster, waysIn } from './cluster.js';
import { KindControlPlane } from './control-plane.js';
import { EmulatedIpvs } from './emulated-ipvs.js';
import type { Images } from './images.js';
import { measureReal, type Owners } from './measure.js';
import { type NoteChange, notingBy } from './node-change.js';
import { type NodeLine, openNodeLine } from './node-line.js';
import { NodeNetwork } from './node-network.js';
import { ownersOf } from './owners.js';
import { PodPlaces } from './pod-places.js';
import { followBy } from './scheduling/scheduler-deploy.js';
import { Tools } from './tools.js';
import { Watching } from './watching.js';

export interface ArmOnKind {
  readonly cluster: KindCluster;
  /** As the arm has it; addresses and subnet are the cluster's own. */
  readonly spec: ClusterSpec;
  readonly nodeImage: string;
  /** The agent, built for the containers' processors. */
  readonly agent: string;
  readonly seed: string;
  /** kube-proxy runs in another mode, and what IPVS would bind is bound by hand. */
  readonly emulateIPVS: boolean;
  readonly steps: ArmSpec['steps'];
  /** Hosts of captures. */
  readonly capturedOn: readonly string[];
  readonly images: Images;
  /** Progress, a line each. */
  readonly say: (text: string) => void;
  /** Hosts beside the nodes that the arm needs. */
  readonly bystanders: readonly Bystander['name'][];
  readonly breathe?: (() => Promise<void>) | undefined;
  /** The run is over: the arm is not opened any further. Once it is open, `breathe` tells. */
  readonly signal?: AbortSignal | undefined;
  /** An arm that could not be opened could not all be taken back either; what is thrown is why it could not be opened. */
  readonly leftBehind: (error: Error) => void;
  /** An object of the scenario's is about to be made; the answer is called where it is refused. */
  readonly making?: ((ref: ObjectRef) => () => void) | undefined;
  /** The kernel of a node is about to be changed. */
  readonly changing?: NoteChange | undefined;
}

const IPV4_BITS = 32;
/** A node that does not reach the API server within it hears nothing. */
const HEARD_MAX_MS = 1000;

export async function openArm(options: ArmOnKind): Promise<Testbed> {
  const ends = new Ends();
  try {
    return await new KindBed(options, ends).open();
  } catch (error) {
    await ends.run().catch(options.leftBehind);
    throw error;
  }
}

interface BedParts {
  readonly clock: Clock;
  readonly controlPlane: KindControlPlane;
  readonly watching: Watching;
  readonly network: NodeNetwork;
  readonly parts: ArmParts;
}

class KindBed {
  readonly #queue = new EventQueue(0);
  readonly #loop = new WallLoop(this.#queue);
  readonly #mail = new Mail();
  readonly #random: RandomSource;
  readonly #hosts = new Map<string, LinuxHost>();
  readonly #spec: ClusterSpec;
  readonly #pods: PodPlaces;
  /** The run is over, while the arm is opened or at any time after. */
  readonly #signal: AbortSignal;
  #controlPlane: KindControlPlane | undefined;
  #clock: Clock | undefined;

  constructor(
    readonly options: ArmOnKind,
    readonly ends: Ends,
  ) {
    const { cluster, spec, seed } = options;
    this.#random = new RandomSource(seed);
    const ipOf = new Map(cluster.nodes.map(({ name, ip }) => [name, ip]));
    const nodes = spec.nodes.map((node) => ({ ...node, ip: ipOf.get(node.name) ?? node.ip }));
    this.#spec = { ...spec, subnet: cluster.subnet, nodes };
    this.#pods = this.#podPlaces();
    this.#signal = AbortSignal.any([this.#loop.over, ...(options.signal ? [options.signal] : [])]);
  }

  async open(): Promise<Testbed> {
    const { cluster, nodeImage, emulateIPVS, signal, images, making, changing } = this.options;
    const { docker, nodes, kubeconfig } = cluster;
    const beside = { docker, image: nodeImage, cluster };
    const bystanders = await startBystanders(this.options.bystanders, beside, this.ends, signal);
    signal?.throwIfAborted();
    const places = [...nodes, ...bystanders];
    // All of them: the arm's end is not to come before one that is still being opened.
    const lines = await allSettled(places.map(({ container }) => this.#openLine(container)));
    places.forEach((place, index) => {
      this.#addHost(place.name, ipv4(place.ip), lines[index]);
    });
    const server = controlPlaneOf(nodes);
    await prepareInside(docker, server.container, kubeconfig);
    const request = eitherWay(fromHere(kubeconfig), fromInside(docker, server.container));
    const controlPlane = new KindControlPlane(request, images.swap, making);
    const parts = await this.#openParts(server.name, request, bystanders);
    signal?.throwIfAborted();
    this.ends.add(() => controlPlane.undo({ say: this.options.say }));
    const clock = await this.#startClock(this.#host(server.name));
    const { line } = this.#host(server.name).options;
    const watching = new Watching({ request, line, clock, say: this.options.say, signal });
    this.ends.add(() => watching.end());
    const roles = new Map(nodes.map((node) => [node.name, node.role]));
    const watched = [...this.#hosts.values()].filter((host) => roles.has(host.name));
    await watching.start(watched.map((host) => ({ host, isControlPlane: roles.get(host.name) === 'control-plane' })));
    const find = {
      host: (name: string) => this.#host(name),
      at: (v: Vantage) => this.#at(v),
      all: () => [...this.#hosts.values()],
    };
    const containers = new Map(lines.map(({ line }, index) => [line, places[index]?.container ?? '']));
    const tools = this.#tools(images.of('tools'), containers);
    const network = new NodeNetwork(find, clock, tools, notingBy(nodes, changing));
    this.ends.add(() => network.end());
    // Where a step would have to wait for an image, the arm has not begun yet.
    for (const name of this.options.capturedOn) await tools.tcpdumpFor(this.#host(name));
    this.#controlPlane = controlPlane;
    const bed = this.#testbed({ clock, controlPlane, watching, network, parts });
    if (!emulateIPVS) return bed;
    const broken = (error: Error) => this.#loop.stop(error);
    const emulated = new EmulatedIpvs({ controlPlane, network, cluster: this.#spec, ask: this.#askApi, broken });
    emulated.start();
    this.ends.add(() => emulated.end());
    return { ...bed, proxyMode: 'ipvs, emulated' };
  }

  /** Before the clock starts: what schedulers decide by then is no decision about the scenario's pods. */
  #openParts(server: string, request: Requester, bystanders: readonly Bystander[]): Promise<ArmParts> {
    const { steps, cluster, images, say, changing } = this.options;
    const signal = this.#signal;
    const follow = followBy(this.#host(server).options.line);
    const common = { cluster, request, images, bystanders, follow, say, signal, changing };
    return openParts({ ...common, steps, spec: this.#spec, now: () => this.#clock?.now() ?? 0 }, this.ends);
  }

  /** Ended with the arm also where another one does not open. */
  async #openLine(container: string): Promise<NodeLine> {
    const { cluster, agent } = this.options;
    const line = await openNodeLine(cluster.docker, container, agent);
    this.ends.add(() => line.close());
    return line;
  }

  #tools(image: string, containers: ReadonlyMap<AgentLine, string>): Tools {
    const { cluster, say } = this.options;
    const { docker, label } = cluster;
    const signal = this.#signal;
    const nodes = cluster.nodes.map(({ container }) => container);
    const openLine = (container: string) => this.#openLine(container);
    return new Tools({ docker, label, image, nodes, containers, openLine, ends: this.ends, say, signal });
  }

  #addHost(name: string, ip: Ipv4, node: NodeLine | undefined): void {
    if (!node) return;
    const host = this.#makeHost(name, '', node.line);
    host.adopt('eth0', [{ address: ip, length: prefix(this.#spec.subnet).length }]);
    this.#hosts.set(name, host);
  }

  #makeHost(name: string, ns: string, line: AgentLine): LinuxHost {
    const broken = (error: Error) => this.#loop.stop(error);
    const surroundings = { queue: this.#queue, loop: this.#loop, random: this.#random, mail: this.#mail, broken };
    return new LinuxHost({ name, ns, ordinal: this.#hosts.size, line, ...surroundings });
  }

  #podPlaces(): PodPlaces {
    const names = new Map(this.options.cluster.nodes.map(({ name, container }) => [container, name]));
    return new PodPlaces({
      now: Date.now,
      get: async (ref) => this.#controlPlane?.get(ref),
      nodeHost: (kubernetesName) => this.#host(names.get(kubernetesName) ?? kubernetesName),
      addHost: (name, { options: { line } }, ns, ip) => {
        const host = this.#makeHost(name, ns, line);
        host.adopt('eth0', [{ address: ipv4(ip), length: IPV4_BITS }]);
        return host;
      },
    });
  }

  /** Instants count from now. Times of the API are told by the machine that runs the containers, whose clock may be another. */
  async #startClock(controlPlane: LinuxHost): Promise<Clock> {
    const { breathe } = this.options;
    if (breathe) this.#loop.watch(breathe);
    this.ends.add(() => this.#loop.stop());
    const asked = this.#loop.now();
    const there = await controlPlane.options.line.ask<Micros>({ do: 'time' });
    const zero = this.#loop.now();
    const clock = {
      epoch: there + Math.round((zero - asked) / 2),
      now: () => this.#loop.now() - zero,
      sleepUntil: (at: Micros) => this.#loop.sleepUntil(at + zero),
    };
    this.#clock = clock;
    return clock;
  }

  #testbed({ clock, controlPlane, watching, network, parts }: BedParts): Testbed {
    const { cluster } = this.options;
    const containers = new Map(cluster.nodes.map(({ name, container }) => [name, container]));
    const outside = this.#host('outside');
    const ticker = { now: () => clock.now(), after: (delay: Micros, run: () => void) => outside.after(delay, run) };
    const owners = ownersOf(cluster, () => network.macOwners());
    const measure = (spec: ProbeSpec) => (done: (result: Measured) => void) => this.#measure(spec, owners, done);
    const hostOf = ({ from }: ProbeSpec) => (from.kind === 'pod' && !this.#pods.known(from) ? undefined : ticker);
    const probes = new ModelProbes(hostOf, measure, ticker);
    return {
      backend: 'kind',
      cluster: this.#spec,
      nodes: this.#spec.nodes.map((node) => ({ ...node, kubernetesName: containers.get(node.name) ?? node.name })),
      clock,
      controlPlane,
      network,
      probes: onLoop(this.#loop, probes),
      ...(parts.metrics && { metrics: parts.metrics }),
      ...(parts.traffic && { traffic: parts.traffic }),
      notes: parts.notes,
      events: async (since) => inOrder(watching.since(since), parts.decisions(), since),
      shells: async () => ({ ...(await serveShells(this.#hosts)), commands: waysIn(cluster) }),
      close: () => this.ends.run(),
    };
  }

  #measure(spec: ProbeSpec, owners: Owners, done: (result: Measured) => void): void {
    const { from } = spec;
    const finish = (result: Measured) => this.#loop.enter(() => done(result));
    const measured = async () => {
      const { name, options } = await this.#at(from);
      const ask = (request: Request) => options.line.ask({ ...request, ns: options.ns });
      return measureReal({ name, ask }, this.#spec, spec, owners);
    };
    measured()
      .then(finish)
      .catch((error: Error) => {
        if (from.kind !== 'pod') return this.#loop.stop(error);
        // With the pod its sample goes, whatever it says.
        this.#pods.forget(from);
        finish({ outcome: 'net-unreachable', detail: error.message });
      });
  }

  /** Whether a node reaches the API server now. */
  readonly #askApi = async (node: string): Promise<boolean> => {
    const { line } = this.#host(node).options;
    const { ip } = controlPlaneOf(this.options.cluster.nodes);
    const request = { do: 'probe', ns: '', text: 'tcp', ip, port: 6443, timeoutMs: HEARD_MAX_MS };
    const { errno } = await line.ask<{ readonly errno?: string }>(request);
    return errno === undefined;
  };

  #host(name: string): LinuxHost {
    const host = this.#hosts.get(name);
    if (!host) throw new Error(`no host ${name} on this cluster`);
    return host;
  }

  /** Rejects where it is in a pod that does not run. */
  #at(vantage: Vantage): LinuxHost | Promise<LinuxHost> {
    if (vantage.kind === 'pod') return this.#pods.find(vantage);
    return this.#host(vantage.kind === 'node' ? vantage.node : vantage.kind);
  }
}
