/**
 * tcpdump where a node's image has none: a container of the tools image beside the node, in its network, with an agent of its own. Started where
 * a capture asks for it, ended with the arm. Owns where tcpdump runs; refuses to know what is captured.
 */
import { randomUUID } from 'node:crypto';
import type { Ends } from '../ends/ends.js';
import type { TcpdumpPlace } from '../netns/capture.js';
import type { AgentLine, Outcome } from '../netns/line.js';
import type { LinuxHost } from '../netns/linux-host.js';
import { imageInDaemon } from './daemon-image.js';
import type { Docker } from './docker.js';
import { LABEL } from './names.js';
import type { NodeLine } from './node-line.js';
import { removeContainer } from './remove-container.js';

export interface ToolsPlan {
  readonly docker: Docker;
  /** What the cluster is found by: the container goes with it, also where the run is killed. */
  readonly label: string;
  readonly image: string;
  /** Containers whose containerd may have the image. */
  readonly nodes: readonly string[];
  /** By the line to the agent that runs in it. */
  readonly containers: ReadonlyMap<AgentLine, string>;
  /** Closed by whoever opens it. */
  openLine(container: string): Promise<NodeLine>;
  readonly ends: Ends;
  readonly say: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Of a bystander it is a long number. */
const NODE_MAX = 40;

/** The node's files, as a container that shares its processes finds them: those of the first one. */
export const NODE_FILES = '/proc/1/root';

/** A pod's namespace has a name on its node. */
const withinOf = (ns: string) => (ns === '' ? [] : ['nsenter', `--net=${NODE_FILES}/run/netns/${ns}`]);

export class Tools {
  readonly #beside = new Map<AgentLine, Promise<AgentLine | undefined>>();

  constructor(readonly plan: ToolsPlan) {}

  /** On the host itself, or beside it. Throws a {@link Failure} where the image cannot be had. */
  async tcpdumpFor({ options: { line, ns } }: LinuxHost): Promise<TcpdumpPlace> {
    const beside = this.#beside.get(line) ?? this.#look(line);
    this.#beside.set(line, beside);
    // The image may be there the next time.
    beside.catch(() => this.#beside.delete(line));
    const other = await beside;
    return other ? { line: other, ns: '', within: withinOf(ns) } : { line, ns };
  }

  async #look(line: AgentLine): Promise<AgentLine | undefined> {
    const argv = ['sh', '-c', 'command -v tcpdump'];
    const { code } = await line.ask<Outcome>({ do: 'exec', ns: '', argv });
    return code === 0 ? undefined : this.#start(this.plan.containers.get(line) ?? '');
  }

  async #start(node: string): Promise<AgentLine> {
    const { docker, label, image, ends, say, signal } = this.plan;
    say(`${node} has no tcpdump: a container of ${image} captures beside it`);
    const name = await imageInDaemon(this.plan);
    const world = ['--network', `container:${node}`, '--pid', `container:${node}`, '--privileged'];
    const own = ['--label', `${LABEL}=${label}`, '--pull', 'never', '--entrypoint', 'sleep'];
    // Before it is there, and by a name that is ours: whoever is interrupted does not hear what the daemon calls it.
    const container = `${node.slice(0, NODE_MAX)}-tools-${randomUUID().slice(0, 8)}`;
    ends.add(() => removeContainer(docker, container));
    await docker.text(['run', '--detach', '--name', container, ...world, ...own, name, 'infinity'], { signal });
    return (await this.plan.openLine(container)).line;
  }
}
