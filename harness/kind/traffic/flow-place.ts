/**
 * Where an end of a flow runs: a container of the traffic image in the network of a node's or a bystander's container. It is in the host network of
 * that node, no fault of the cluster's network keeps it from starting, and the scheduler does not count it.
 */
import { randomUUID } from 'node:crypto';
import { commandFailure, type Docker } from '../docker.js';
import { LABEL } from '../names.js';
import { removeContainer } from '../remove-container.js';
import { type Said, saidBy } from './iperf.js';

/** One iperf3. */
export interface Running {
  /** Undefined as long as it runs. */
  said(): Promise<Said | undefined>;
  /** Twice is no error. */
  end(): Promise<void>;
}

export type Begun = (running: Pick<Running, 'end'>) => void;

export interface FlowPlace {
  /** For people. */
  readonly name: string;
  readonly ip: string;
  /** Whose network it shares: who asks there sees what listens. Absent: nobody can ask. */
  readonly container?: string;
  /** By what it is counted: a host's eth0. Absent: its counters are not ours to read. */
  readonly countedBy?: string;
  /** `begun` hears of it before it is made: who is refused, or interrupted, does not know whether it runs. */
  run(args: readonly string[], timeoutMs: number, begun: Begun): Promise<Running>;
}

const LOOK_MAX_MS = 15_000;

export interface HostPlaceOptions {
  readonly docker: Docker;
  readonly label: string;
  readonly image: string;
  readonly name: string;
  readonly container: string;
  readonly ip: string;
  readonly countedBy?: string;
  readonly signal?: AbortSignal | undefined;
}

export function hostPlace(options: HostPlaceOptions): FlowPlace {
  const { docker, label, image, name, container, ip, countedBy, signal } = options;
  return {
    name,
    ip,
    container,
    ...(countedBy !== undefined && { countedBy }),
    run: async (iperfArgs, timeoutMs, begun) => {
      // A name of its own: where `docker run` fails or is ended after it made the container, nobody tells its id.
      const own = `windtunnel-flow-${randomUUID()}`;
      const network = ['--network', `container:${container}`, '--label', `${LABEL}=${label}`, '--name', own];
      const args = ['run', '--detach', '--pull', 'never', ...network, '--entrypoint', 'iperf3', image, ...iperfArgs];
      const running = inContainer(docker, own);
      begun(running);
      const ran = await docker.run(args, { timeoutMs, signal });
      if (ran.code === 0) return running;
      // What does not go now is for whoever heard of it.
      await running.end().catch(() => {});
      throw commandFailure('docker', args, ran);
    },
  };
}

function inContainer(docker: Docker, name: string): Running {
  return {
    said: async () => {
      const state = ['inspect', '--format', '{{.State.Running}} {{.State.Error}}', name];
      const [isRunning = '', ...error] = (await docker.text(state, { timeoutMs: LOOK_MAX_MS })).split(' ');
      if (isRunning === 'true') return undefined;
      if (error.length > 0) return { error: error.join(' ') };
      const { stdout, stderr } = await docker.run(['logs', name], { timeoutMs: LOOK_MAX_MS });
      return saidBy(stdout.trim() === '' ? stderr : stdout);
    },
    end: () => removeContainer(docker, name),
  };
}
