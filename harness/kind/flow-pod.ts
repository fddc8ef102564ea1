/**
 * An end of a flow in a pod: an ephemeral container of the traffic image. Kubernetes cannot take one out of its pod again; what is ended here is its
 * process, through containerd on the pod's node. The image must lie on that node or be had by it.
 */
import { randomUUID } from 'node:crypto';
import type { FlowEnd } from '../../src/scenario/model.js';
import type { Requester } from './api-request.js';
import type { KindNode } from './cluster.js';
import type { Docker } from './docker.js';
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
  readonly spec?: { readonly nodeName?: string };
  readonly status?: { readonly podIP?: string; readonly ephemeralContainerStatuses?: readonly EphemeralStatus[] };
}

const STRATEGIC = 'application/strategic-merge-patch+json';
const LOOK_EVERY_MS = 500;
const HOPELESS = /ErrImage|ImagePull|InvalidImage|CreateContainer|RunContainerError/;

/** Rejects where the pod runs nowhere. */
export async function podPlace(
  { pod, namespace }: Extract<FlowEnd, { kind: 'pod' }>,
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
    countedBy: node.name,
    run: (args, timeoutMs) => new PodRun({ ...options, path, pod: name, node }).start(args, timeoutMs),
  };
}

async function podAt({ request }: PodPlaceOptions, path: string, name: string): Promise<PodBody> {
  const { status, body } = await request({ method: 'GET', path });
  if (status !== 200) throw new Error(`${name}: ${(body as PodBody).message ?? `HTTP ${status}`}`);
  return body as PodBody;
}

class PodRun implements Running {
  readonly #name = `windtunnel-flow-${randomUUID().slice(0, 8)}`;

  constructor(
    readonly at: PodPlaceOptions & { readonly path: string; readonly pod: string; readonly node: KindNode },
  ) {}

  async start(args: readonly string[], timeoutMs: number): Promise<Running> {
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
      if (state?.running !== undefined || state?.terminated !== undefined) return this;
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

  async end(): Promise<void> {
    const { docker, node } = this.at;
    // A pod that is gone took it along.
    const status = await this.#status().catch(() => undefined);
    const id = status?.containerID?.replace(/^containerd:\/\//, '');
    if (id === undefined || status?.state?.running === undefined) return;
    await docker.exec(node.container, ['ctr', '--namespace', 'k8s.io', 'tasks', 'kill', '--signal', 'SIGKILL', id]);
  }

  async #status(): Promise<EphemeralStatus | undefined> {
    const { status } = await podAt(this.at, this.at.path, this.at.pod);
    return status?.ephemeralContainerStatuses?.find(({ name }) => name === this.#name);
  }
}
