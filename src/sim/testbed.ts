/**
 * The simulator as a testbed: brings up the cluster of one arm in virtual time and answers the ports from the model. Bring-up takes the
 * minute before instant zero, so that leases, sessions and watches stand at random phases as in a cluster that has run a while.
 */
import type { Micros } from '../base/instant.js';
import { MINUTE } from '../base/instant.js';
import type { Ipv4 } from '../base/ip.js';
import { ipv4 } from '../base/ip.js';
import { EPOCH } from '../kube/api/timestamp.js';
import type { KubernetesModel } from '../kube/cluster.js';
import { startKubernetes } from '../kube/cluster.js';
import type { Host } from '../net/host.js';
import type { ArmSpec } from '../plan/plan.js';
import type { ControlPlane, Testbed, TestbedNode } from '../ports/testbed.js';
import type { ClusterSpec, ProbeSpec, Vantage } from '../scenario/model.js';
import type { HistoryRecord } from '../verdict/history.js';
import { VirtualClock } from './clock.js';
import type { Done } from './measure.js';
import { measureArp, measureFrom, targetAddress } from './measure.js';
import type { HostFinder } from './network.js';
import { ModelNetwork } from './network.js';
import { ModelPodNetwork } from './pod-network.js';
import { ModelProbes } from './probes.js';
import { buildTopology } from './topology.js';
import { World } from './world.js';

const BRING_UP: Micros = MINUTE;
/** A component that is not well by then never will be. */
const BRING_UP_MAX: Micros = 5 * MINUTE;

export interface SimOptions {
  readonly seed: string;
  /** Part of the root of all random streams, so that two cases of one run differ. Arms of one case share it. */
  readonly caseId: string;
  readonly stopAt?: Micros;
  readonly breathe?: () => Promise<void>;
}

/** Rejects with what is not well where the cluster does not come up. */
export async function bringUpSim(arm: ArmSpec, options: SimOptions): Promise<Testbed> {
  const { cluster } = arm;
  const records: HistoryRecord[] = [];
  const log = (host: string, component: string, line: string) =>
    records.push({ kind: 'log', at: world.queue.now(), host, component, line });
  const world = new World({ seed: `${options.seed}/${options.caseId}`, start: -BRING_UP, log });
  const topology = buildTopology(world, cluster);
  const pods = new ModelPodNetwork(world, cluster);
  const kubernetes = cluster.kubernetes === undefined ? undefined : startCluster(world, cluster, pods, records);
  world.queue.runUntil(0);
  for (let late = 1; kubernetes?.notReady() !== undefined && late * MINUTE <= BRING_UP_MAX; late++)
    world.queue.runUntil(late * MINUTE);
  const problem = kubernetes?.notReady();
  if (problem !== undefined) throw new Error(`the modelled cluster did not come up: ${problem}`);

  const clock = new VirtualClock(world.queue, { epoch: EPOCH, ...options });
  const find = finder(world, pods);
  const owners = new Map<Ipv4, string>(cluster.nodes.map((node) => [ipv4(node.ip), node.name]));
  owners.set(topology.gatewayIp, 'gateway').set(topology.outsideIp, 'outside');
  const probes = new ModelProbes(
    (spec) => find.standing(spec.from),
    (spec) => (done) => measure(find, cluster, spec, (ip) => owners.get(ip), done),
    topology.outside,
  );
  return {
    backend: 'sim',
    cluster,
    nodes: cluster.nodes.map((node): TestbedNode => ({ ...node, kubernetesName: node.name })),
    clock,
    controlPlane: kubernetes && administrator(kubernetes),
    network: new ModelNetwork(find, clock),
    probes,
    events: async (since) => from(records, since),
    close: async () => {},
  };
}

function startCluster(
  world: World,
  cluster: ClusterSpec,
  podNetwork: ModelPodNetwork,
  records: HistoryRecord[],
): KubernetesModel {
  podNetwork.connectNodes();
  const hosts = new Map<string, Host>();
  for (const { name } of cluster.nodes) {
    const host = world.host(name);
    if (host) hosts.set(name, host);
  }
  return startKubernetes({
    cluster,
    hosts,
    podNetwork,
    log: (host, component, line, at) => void records.push({ kind: 'log', at, host, component, line }),
    change: (object, change, at) => void records.push({ kind: 'object', at, object, change }),
  });
}

/** What `kubectl` on the control plane does over 127.0.0.1; the model asks the API server directly, so no fault can cut it. */
export function administrator(kubernetes: KubernetesModel): ControlPlane {
  return {
    apply: async (object) => kubernetes.apply(object),
    delete: async (ref) => kubernetes.delete(ref),
    patch: async (ref, patch) => kubernetes.patch(ref, patch),
    get: async (ref) => kubernetes.get(ref),
    list: async (kind, namespace) => kubernetes.list(kind, namespace),
  };
}

interface Finder extends HostFinder {
  /** Undefined for a pod that is not running, or has no network of its own. */
  standing(vantage: Vantage): Host | undefined;
}

function finder(world: World, pods: ModelPodNetwork): Finder {
  const host = (name: string): Host => {
    const found = world.host(name);
    if (!found) throw new Error(`no host ${name}`);
    return found;
  };
  const standing = (vantage: Vantage): Host | undefined => {
    if (vantage.kind !== 'pod') return host(vantage.kind === 'node' ? vantage.node : vantage.kind);
    return pods.host(`${vantage.namespace}/${vantage.pod}`);
  };
  const at = (vantage: Vantage): Host => {
    const found = standing(vantage);
    if (found) return found;
    const name = vantage.kind === 'pod' ? `${vantage.namespace}/${vantage.pod}` : vantage.kind;
    throw new Error(`no running pod ${name} with a network of its own`);
  };
  return { host, at, standing, all: () => world.hosts() };
}

function measure(
  find: HostFinder,
  cluster: ClusterSpec,
  spec: ProbeSpec,
  ownerOf: (ip: Ipv4) => string | undefined,
  done: Done,
): void {
  const host = find.at(spec.from);
  if (spec.target.kind !== 'arp') return measureFrom(host, cluster, spec, ownerOf, done);
  const macOwner = (mac: number) => find.all().find((h) => h.interfaces.all().some((d) => d.mac === mac))?.name;
  measureArp(host, targetAddress(cluster, spec, spec.target.ip), spec.timeout, macOwner, ownerOf, done);
}

/** Records are in order of time; what is asked for is at the end. */
function from(records: readonly HistoryRecord[], since: Micros): readonly HistoryRecord[] {
  let first = records.length;
  while (first > 0 && (records[first - 1]?.at ?? 0) >= since) first--;
  return records.slice(first);
}
