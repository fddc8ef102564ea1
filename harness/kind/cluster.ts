/**
 * A kind cluster from nothing to nodes that are Ready with kube-proxies in the mode that was asked for, and its end. What is made is in
 * the journal before it is made. Refuses to know scenarios.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../../src/base/assert.js';
import type { ClusterSpec } from '../../src/scenario/model.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { makeFolder } from '../files/make-folder.js';
import { type Entry, enter, forget } from '../journal/journal.js';
import type { PortRange } from '../settings/settings.js';
import { allOrNone } from './await-that.js';
import { type Docker, runProgram } from './docker.js';
import { makeNetwork } from './docker-network.js';
import { type KindConfigOptions, kindConfig, kindConfigText } from './kind-config.js';
import { clusterName, containerNames, networkName } from './names.js';
import { freePortOf } from './ports.js';
import { awaitNodes, checkProxyModes, kubectl } from './readiness.js';
import { removeCluster } from './remove.js';

export interface KindNode {
  readonly name: string;
  /** What Docker and Kubernetes call it. */
  readonly container: string;
  readonly role: 'control-plane' | 'worker';
  readonly ip: string;
}

/** The first one: kubelets dial its address. */
export function controlPlaneOf(nodes: readonly KindNode[]): KindNode {
  const found = nodes.find(({ role }) => role === 'control-plane');
  assert(found, 'a cluster has a control plane');
  return found;
}

/** Beside the cluster file. */
export interface MadeOf {
  readonly nodeImage: string;
  readonly kubeadmConfigPatches: readonly string[];
}

export interface KindCluster {
  readonly name: string;
  readonly label: string;
  readonly docker: Docker;
  readonly nodes: readonly KindNode[];
  /** The one that it got. */
  readonly subnet: string;
  readonly network: string;
  readonly kubeconfig: string;
  readonly madeOf: MadeOf;
  /** What bring-up took, and each attempt that failed. */
  readonly notes: readonly string[];
}

/** For people: the API server from here, and, where a fault cuts this machine off, from within; and a node. */
export function waysIn({ nodes, kubeconfig, docker }: KindCluster): readonly (readonly string[])[] {
  const inside = ['docker', ...(docker.host === '' ? [] : ['--host', docker.host]), 'exec', '--interactive', '--tty'];
  const nodesOf = ['get', 'nodes', '--output', 'wide'];
  const { container } = controlPlaneOf(nodes);
  return [
    ['kubectl', '--kubeconfig', kubeconfig, ...nodesOf],
    [...inside, container, ...kubectl(...nodesOf)],
    ...nodes.map((node) => [...inside, node.container, 'bash']),
  ];
}

export interface BringUpPlan extends MadeOf {
  readonly spec: ClusterSpec;
  readonly docker: Docker;
  readonly apiServerAddress?: string;
  readonly apiServerPorts?: PortRange;
  /** Of one attempt. */
  readonly timeoutMs: number;
  readonly attempts: number;
  /** Told the subnet before anything lies on it; where it throws, there is no cluster, and no further attempt. */
  readonly checkSubnet?: (subnet: string) => void;
  /** For kubeconfig, config and, where it fails, kind's logs. */
  readonly folder: string;
  /** Progress, a line each. */
  readonly say: (text: string) => void;
  /** The next part of bring-up begins, and the one before has ended. */
  readonly phase?: (title: string) => void;
  /** The run is over: what is under way is given up. Rejections of {@link makeCluster} carry its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Marks, journals and makes; what failed is removed again, its logs kept. Throws a {@link Failure}. */
export async function makeCluster(
  plan: BringUpPlan,
): Promise<{ readonly cluster: KindCluster; readonly entry: Entry }> {
  const notes: string[] = [];
  let isRefused = false;
  const checkSubnet = (subnet: string) => {
    isRefused = true;
    plan.checkSubnet?.(subnet);
    isRefused = false;
  };
  for (let attempt = 1; ; attempt++) {
    const entry = enter({ kind: 'cluster', dockerHost: plan.docker.host });
    try {
      return { cluster: await attemptOnce({ ...plan, checkSubnet }, entry, notes), entry };
    } catch (error) {
      const told = error instanceof Error ? error.message : String(error);
      // What failed first is what is told; what cannot be removed stays in the journal.
      await giveUp(plan, entry).catch((left: Error) => plan.say(`not removed, windtunnel gc will: ${left.message}`));
      plan.signal?.throwIfAborted();
      if (isRefused || attempt >= plan.attempts) throw withLogs(error, plan, entry);
      notes.push(`attempt ${attempt} failed: ${told.split('\n')[0]}`);
      plan.say(`attempt ${attempt} of ${plan.attempts} failed, once more: ${told.split('\n')[0]}`);
    }
  }
}

/** Where kind's logs are, as far as they could be had. */
function withLogs(error: unknown, plan: BringUpPlan, entry: Entry): unknown {
  const logs = logsOf(plan, clusterName(entry.label));
  if (!(error instanceof Failure) || error.hint !== undefined || !existsSync(logs)) return error;
  return new Failure(error.exitCode, error.message, `its logs are in ${logs}`);
}

async function attemptOnce(plan: BringUpPlan, entry: Entry, notes: string[]): Promise<KindCluster> {
  const { spec, docker, say, nodeImage, kubeadmConfigPatches } = plan;
  const startedAt = Date.now();
  const name = clusterName(entry.label);
  const network = networkName(name);
  plan.phase?.('a network of its own');
  const subnet = await makeNetwork(docker, network, entry.label, spec.subnet);
  plan.checkSubnet?.(subnet);
  const kubeconfig = kubeconfigOf(plan, name);
  plan.phase?.(`kind create cluster ${name}`);
  await create(plan, name, network, kubeconfig);
  const created = seconds(startedAt);
  say(`kind made ${name} in ${created} s; nodes become Ready`);
  const names = containerNames(name, spec.nodes);
  const controlPlane = names.get(spec.nodes.find(({ role }) => role === 'control-plane')?.name ?? '') ?? '';
  const patience = { deadline: startedAt + plan.timeoutMs, say, signal: plan.signal };
  plan.phase?.('nodes become Ready');
  await awaitNodes(docker, controlPlane, [...names.values()], patience);
  plan.phase?.('kube-proxies say their mode');
  const containers = [...names.values()];
  const [addresses] = await allOrNone(
    [
      (signal) => addressesOf(docker, containers, network, signal),
      (signal) => checkProxyModes(docker, containers, spec.kubeProxy.mode, { ...patience, signal }),
    ],
    plan.signal,
  );
  const nodes = spec.nodes.map(({ name, role }): KindNode => {
    const container = names.get(name) ?? '';
    return { name, role, container, ip: addresses.get(container) ?? '' };
  });
  say(`all nodes Ready after ${seconds(startedAt)} s`);
  const note = `kind made the cluster in ${created} s, all was ready after ${seconds(startedAt)} s`;
  const madeOf = { nodeImage, kubeadmConfigPatches };
  return { name, label: entry.label, docker, nodes, subnet, network, kubeconfig, madeOf, notes: [...notes, note] };
}

const logsOf = ({ folder }: BringUpPlan, name: string) => join(folder, `${name}.logs`);
const kubeconfigOf = ({ folder }: BringUpPlan, name: string) => join(folder, `${name}.kubeconfig`);

const seconds = (since: number) => Math.round((Date.now() - since) / 1000);

async function create(plan: BringUpPlan, name: string, network: string, kubeconfig: string): Promise<void> {
  const { spec, docker, nodeImage, apiServerAddress, apiServerPorts, kubeadmConfigPatches, folder, timeoutMs, say } =
    plan;
  const port = apiServerPorts && (await freePortOf(docker, apiServerPorts));
  const options: KindConfigOptions = {
    name,
    nodeImage,
    kubeadmConfigPatches,
    ...(apiServerAddress !== undefined && { apiServerAddress }),
    ...(port !== undefined && { apiServerPort: port }),
  };
  makeFolder(folder);
  const file = join(folder, `${name}.kind.yaml`);
  writeFileSync(file, kindConfigText(kindConfig(spec, options)));
  const args = ['create', 'cluster', '--name', name, '--config', file, '--kubeconfig', kubeconfig, '--retain'];
  // Nothing of the user's own kubeconfig is read, and kind makes no network of its own.
  const env = { ...docker.env, KUBECONFIG: kubeconfig, KIND_EXPERIMENTAL_DOCKER_NETWORK: network };
  say(`kind create cluster ${name}: ${spec.nodes.length} nodes of ${nodeImage}`);
  const ran = await runProgram('kind', args, { env, timeoutMs, signal: plan.signal });
  if (ran.code === 0) return;
  const why = ran.timedOut ? `not made within ${timeoutMs / 1000} s` : reasonOf(ran.stderr);
  throw new Failure(ExitCode.infraError, `kind create cluster: ${why}`);
}

/** kind's last word, and the last error that the command said which failed it. */
function reasonOf(stderr: string): string {
  const error = stderr.split('\n').find((line) => line.startsWith('ERROR: '));
  if (error === undefined) return stderr.trim().slice(-500) || 'no reason given';
  const [, output = ''] = stderr.split('\nCommand Output: ');
  const cause = output.split('\n').findLast((line) => /error/i.test(line));
  return [error.slice('ERROR: '.length), ...(cause === undefined ? [] : [cause.trim()])].join(': ');
}

/** By container. */
async function addressesOf(
  docker: Docker,
  containers: readonly string[],
  network: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const format = `{{.Name}} {{(index .NetworkSettings.Networks "${network}").IPAddress}}`;
  const lines = await docker.lines(['inspect', '--format', format, ...containers], { signal });
  const addresses = new Map<string, string>();
  for (const line of lines) {
    const [name = '', address = ''] = line.replace(/^\//, '').split(' ');
    if (address !== '') addresses.set(name, address);
  }
  const without = containers.filter((container) => !addresses.has(container));
  if (without.length === 0) return addresses;
  throw new Failure(ExitCode.infraError, `no address on the network ${network}: ${without.join(', ')}`);
}

const LOGS_MAX_MS = 60_000;

async function giveUp(plan: BringUpPlan, entry: Entry): Promise<void> {
  const name = clusterName(entry.label);
  const logs = logsOf(plan, name);
  const wanted = plan.signal?.aborted !== true;
  const env = { ...plan.docker.env, KUBECONFIG: kubeconfigOf(plan, name) };
  const options = { env, timeoutMs: LOGS_MAX_MS };
  if (wanted) await runProgram('kind', ['export', 'logs', logs, '--name', name], options);
  await endCluster({ name, label: entry.label, docker: plan.docker, kubeconfig: kubeconfigOf(plan, name) }, entry);
}

/** Removes it, and strikes it out of the journal. What cannot be removed stays there, for gc. */
export async function endCluster(
  { name, label, docker, kubeconfig }: Pick<KindCluster, 'name' | 'label' | 'docker' | 'kubeconfig'>,
  entry: Entry | undefined,
): Promise<void> {
  await removeCluster(docker, { name, label });
  // The key to a cluster that is no more.
  rmSync(kubeconfig, { force: true });
  if (entry) forget(entry);
}
