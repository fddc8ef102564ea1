/**
 * An end of a flow in a pod: an ephemeral container of the traffic image. Kubernetes cannot take one out of its pod again; what is ended here is its
 * process, through containerd on the pod's node. The image must lie on that node or be had by it.
 */
import { randomUUID } from 'node:crypto';
import type { Vantage } from '../../../src/scenario/model.js';
import type { Requester } from '../api-request.js';
import type { KindNode } from '../cluster.js';
import type { Docker } from '../docker.js';
import type { Time } from './flow-launch.js';
import type { FlowPlace, Running } from './flow-place.js';
import { type Said, saidBy, saidIn } from './iperf.js';

export interface PodPlaceOptions {
  readonly docker: Docker;
  readonly nodes: readonly KindNode[];
  readonly request: Requester;
  /** As the nodes call it. */
  readonly image: string;
  readonly time: Time;
  /** Is not cut short when the flow is: what was started is ended by it. */
  readonly endTime: Time;
}

interface EphemeralStatus {
  readonly name: string;
  readonly containerID?: string;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: unknown;
    readonly terminated?: unknown;
  };
}

interface PodBody {
  readonly message?: string;
  readonly spec?: {
    readonly nodeName?: string;
    readonly hostNetwork?: boolean;
    readonly ephemeralContainers?: readonly { readonly name: string }[];
  };
  readonly status?: { readonly podIP?: string; readonly ephemeralContainerStatuses?: readonly EphemeralStatus[] };
}

const STRATEGIC = 'application/strategic-merge-patch+json';
const LOOK_EVERY_MS = 500;
const END_MAX_MS = 10_000;
const HOPELESS = /ErrImage|ImagePull|InvalidImage|CreateContainer|RunContainerError/;
/** containerd's words for a process that has ended meanwhile. */
const ENDED = /not found|already finished|no running task/i;

/** Rejects where the pod runs nowhere. */
export async function podPlace(
  { pod, namespace }: Extract<Vantage, { kind: 'pod' }>,
  options: PodPlaceOptions,
): Promise<FlowPlace> {
  const { nodes } = options;
  const name = `pod ${namespace}/${pod}`;
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}`;
  const { spec, status } = await podAt(options, path, name);
  const node = nodes.find(({ container }) => container === spec?.nodeName);
  if (!node || status?.podIP === undefined) throw new Error(`${name} has no node and no address yet`);
  return {
    name,
    ip: status.podIP,
    ...(spec?.hostNetwork && { container: node.container }),
    countedBy: node.name,
    run: (args, timeoutMs, begun) => {
      const running = new PodRun({ ...options, path, pod: name, node });
      begun(running);
      return running.start(args, timeoutMs);
    },
  };
}

async function podAt(options: PodPlaceOptions, path: string, name: string): Promise<PodBody> {
  const pod = await podIfAny(options, path, name);
  if (!pod.body) throw new Error(`${name}: ${pod.message}`);
  return pod.body;
}

/** Without a body where there is no such pod. */
async function podIfAny({ request }: PodPlaceOptions, path: string, name: string) {
  const { status, body } = await request({ method: 'GET', path });
  const { message = `HTTP ${status}` } = body as PodBody;
  if (status === 404) return { message };
  if (status !== 200) throw new Error(`${name}: ${message}`);
  return { message, body: body as PodBody };
}

class PodRun implements Running {
  readonly #name = `windtunnel-flow-${randomUUID().slice(0, 8)}`;

  constructor(
    readonly at: PodPlaceOptions & { readonly path: string; readonly pod: string; readonly node: KindNode },
  ) {}

  async start(args: readonly string[], timeoutMs: number): Promise<Running> {
    try {
      await this.#start(args, timeoutMs);
      return this;
    } catch (error) {
      // It may be there already, and start when nobody waits for it any more.
      const why = error instanceof Error ? error.message : String(error);
      const problem = await this.end().then(
        () => undefined,
        (problem: Error) => problem.message,
      );
      throw problem === undefined ? error : new Error(`${why}; ${problem}`);
    }
  }

  async #start(args: readonly string[], timeoutMs: number): Promise<void> {
    const { request, path, image, pod, time } = this.at;
    const container = { name: this.#name, image, imagePullPolicy: 'IfNotPresent', command: ['iperf3', ...args] };
    const { status, body } = await request({
      method: 'PATCH',
      path: `${path}/ephemeralcontainers`,
      contentType: STRATEGIC,
      body: { spec: { ephemeralContainers: [container] } },
    });
    if (status !== 200) throw new Error(`${pod}: ${(body as PodBody).message ?? `HTTP ${status}`}`);
    const deadline = time.now() + timeoutMs;
    for (;;) {
      const { state } = (await this.#status()) ?? {};
      if (state?.running !== undefined || state?.terminated !== undefined) return;
      const { reason = '', message = '' } = state?.waiting ?? {};
      if (HOPELESS.test(reason)) throw new Error(`${pod}: ${reason}: ${message}`);
      if (time.now() >= deadline) throw new Error(`${pod}: ${this.#name} does not run: ${reason || 'not started'}`);
      await time.sleep(LOOK_EVERY_MS);
    }
  }

  async said(): Promise<Said | undefined> {
    const { request, path } = this.at;
    const state = (await this.#status())?.state;
    if (state?.terminated === undefined) return undefined;
    const { body } = await request({ method: 'GET', path: `${path}/log?container=${this.#name}` });
    // What is JSON comes parsed; what is none is in `message`.
    const { message } = body as { readonly message?: string };
    return message === undefined ? saidIn(body as Parameters<typeof saidIn>[0]) : saidBy(message);
  }

  /** One that waits for its image may start yet, and only what runs can be ended: so long it is waited for. */
  async end(): Promise<void> {
    const { endTime } = this.at;
    const deadline = endTime.now() + END_MAX_MS;
    for (;;) {
      const problem = await this.#endNow().catch((error: Error) => error.message);
      if (problem === undefined) return;
      if (endTime.now() >= deadline) throw new Error(problem);
      await endTime.sleep(LOOK_EVERY_MS);
    }
  }

  /** Why it may run still, or later. */
  async #endNow(): Promise<string | undefined> {
    const { docker, node, path, pod } = this.at;
    const { body } = await podIfAny(this.at, path, pod);
    // A pod that is gone took it along.
    if (!body?.spec?.ephemeralContainers?.some(({ name }) => name === this.#name)) return undefined;
    const { state, containerID } = statusIn(body, this.#name) ?? {};
    if (state?.terminated !== undefined) return undefined;
    const id = containerID?.replace(/^containerd:\/\//, '');
    if (id === undefined || state?.running === undefined)
      return `${pod}: ${this.#name} does not run yet and may start later; it goes with its pod`;
    const kill = ['ctr', '--namespace', 'k8s.io', 'tasks', 'kill', '--signal', 'SIGKILL', id];
    const { code, stdout, stderr } = await docker.exec(node.container, kill);
    if (code === 0 || ENDED.test(stderr)) return undefined;
    return `${pod}: ${this.#name} runs still: ${`${stderr}\n${stdout}`.trim()}`;
  }

  async #status(): Promise<EphemeralStatus | undefined> {
    return statusIn(await podAt(this.at, this.at.path, this.at.pod), this.#name);
  }
}

const statusIn = ({ status }: PodBody, wanted: string): EphemeralStatus | undefined =>
  status?.ephemeralContainerStatuses?.find(({ name }) => name === wanted);
