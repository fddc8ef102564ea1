/**
 * What a cluster file says of its nodes' kernels, done to containers that are up: sysctls and further devices, and back to what was. kubelet and
 * kube-proxy set some of their own when they start: those of the file come after them, for the arm.
 */
import type { ClusterSpec } from '../../src/scenario/model.js';
import { ExitCode } from '../../src/verdict/merge.js';
import type { Ends } from '../ends/ends.js';
import { Failure } from '../failure.js';
import type { KindCluster } from './cluster.js';
import type { Docker } from './docker.js';

/** Prints the value before, and sets the new one. */
const SET = 'sysctl -n "$1" && sysctl -qw "$1=$2"';
/** A kernel without dummy has bridges; both hold addresses, and neither answers ARP for them while it is down. */
const ADD = 'ip link add "$1" type dummy 2>/dev/null || ip link add "$1" type bridge';

/** Throws a {@link Failure} with the node's words; what was done until then is undone by `ends`. */
export async function setUpNodes(
  { docker, nodes }: Pick<KindCluster, 'docker' | 'nodes'>,
  spec: Pick<ClusterSpec, 'nodes'>,
  ends: Ends,
): Promise<void> {
  const containers = new Map(nodes.map(({ name, container }) => [name, container]));
  for (const { name, sysctls, devices } of spec.nodes) {
    const node = new NodeSetup(docker, containers.get(name) ?? name, ends);
    for (const [key, value] of Object.entries(sysctls)) await node.sysctl(key, value);
    for (const device of devices) await node.device(device);
  }
}

class NodeSetup {
  constructor(
    readonly docker: Docker,
    readonly container: string,
    readonly ends: Ends,
  ) {}

  async sysctl(key: string, value: string): Promise<void> {
    const before = await this.#sh(SET, key, value);
    this.ends.add(() => this.#sh('sysctl -qw "$1=$2"', key, before).then(() => {}));
  }

  async device({ name, up, addresses }: ClusterSpec['nodes'][number]['devices'][number]): Promise<void> {
    await this.#sh(ADD, name);
    this.ends.add(() => this.#sh('ip link del "$1"', name).then(() => {}));
    for (const address of addresses) await this.#sh('ip addr add "$2" dev "$1"', name, address);
    if (up) await this.#sh('ip link set "$1" up', name);
  }

  /** Standard output, trimmed. */
  async #sh(script: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.docker.exec(this.container, ['sh', '-c', script, 'sh', ...args]);
    if (code === 0) return stdout.trim();
    const said = `${stderr}\n${stdout}`.trim().split('\n')[0];
    throw new Failure(ExitCode.infraError, `${args.join(' ')} on ${this.container}: ${said}`);
  }
}
