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
import { type NoteChange, takeBack, unnoted } from './node-change.js';

/** A kernel without dummy has bridges; both hold addresses, and neither answers ARP for them while it is down. */
const ADD = 'ip link add "$1" type dummy 2>/dev/null || ip link add "$1" type bridge';

/** Throws a {@link Failure} with the node's words; what was done until then is undone by `ends`. */
export async function setUpNodes(
  { docker, nodes }: Pick<KindCluster, 'docker' | 'nodes'>,
  spec: Pick<ClusterSpec, 'nodes'>,
  ends: Ends,
  noting: NoteChange = unnoted,
): Promise<void> {
  const containers = new Map(nodes.map(({ name, container }) => [name, container]));
  for (const { name, sysctls, devices } of spec.nodes) {
    const node = new NodeSetup(docker, containers.get(name) ?? name, ends, noting);
    for (const [key, value] of Object.entries(sysctls)) await node.sysctl(key, value);
    for (const device of devices) await node.device(device);
  }
}

class NodeSetup {
  constructor(
    readonly docker: Docker,
    readonly container: string,
    readonly ends: Ends,
    readonly noting: NoteChange,
  ) {}

  async sysctl(key: string, value: string): Promise<void> {
    const before = await this.#run('sysctl', '-n', key);
    await this.#change(['sysctl', '-qw', `${key}=${before}`], ['sysctl', '-qw', `${key}=${value}`]);
  }

  async device({ name, up, addresses }: ClusterSpec['nodes'][number]['devices'][number]): Promise<void> {
    const { code } = await this.docker.exec(this.container, ['ip', 'link', 'show', 'dev', name]);
    // Or it would be taken back as if it were the arm's.
    if (code === 0) throw new Failure(ExitCode.infraError, `${this.container} has a device ${name} already`);
    await this.#change(['ip', 'link', 'del', name], ['sh', '-c', ADD, 'sh', name]);
    for (const address of addresses) await this.#run('ip', 'addr', 'add', address, 'dev', name);
    if (up) await this.#run('ip', 'link', 'set', name, 'up');
  }

  /** Taken back with the arm or, where that is killed, by whoever reads the journal. */
  async #change(back: readonly string[], argv: readonly string[]): Promise<void> {
    const change = { container: this.container, back };
    const strike = this.noting(change);
    try {
      await this.#run(...argv);
    } catch (error) {
      strike();
      throw error;
    }
    this.ends.add(() => takeBack(this.docker, [change]).then(strike));
  }

  /** Standard output, trimmed. */
  async #run(...argv: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.docker.exec(this.container, argv);
    if (code === 0) return stdout.trim();
    const said = `${stderr}\n${stdout}`.trim().split('\n')[0];
    throw new Failure(ExitCode.infraError, `${argv.join(' ')} on ${this.container}: ${said}`);
  }
}
