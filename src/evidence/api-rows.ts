/** Kubernetes objects as JSON to the rows that verdicts need. Reads what is there; a missing field is its Kubernetes default. */

import { parseApiTime } from '../base/api-time.js';
import type { Micros } from '../base/instant.js';
import type { KubeObject } from '../scenario/model.js';
import type { NodeRow, PodRow, ServiceRow } from './rows.js';

interface ServiceObject {
  readonly spec?: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly externalIPs?: readonly string[];
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly {
      readonly port: number;
      readonly protocol?: string;
      readonly targetPort?: number | string;
    }[];
  };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } };
}

interface SliceObject {
  readonly endpoints?: readonly {
    readonly addresses?: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
  }[];
}

interface EndpointsObject {
  readonly subsets?: readonly { readonly addresses?: readonly unknown[] }[];
}

interface NodeObject {
  readonly spec?: { readonly taints?: readonly { readonly key: string; readonly effect: string }[] };
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly lastTransitionTime?: string;
    }[];
    readonly nodeInfo?: { readonly kubeletVersion?: string; readonly kernelVersion?: string };
  };
}

interface PodObject {
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly { readonly ready?: boolean; readonly restartCount?: number }[];
  };
}

const CONTROL_PLANE_LABELS = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

export class ApiReader {
  readonly #epoch: Micros;

  /** Unix time of instant zero. */
  constructor(epoch: Micros) {
    this.#epoch = epoch;
  }

  #instant(time: unknown): Micros | undefined {
    const unix = parseApiTime(time);
    return unix === undefined ? undefined : unix - this.#epoch;
  }

  #created({ metadata }: KubeObject): { createdAt?: Micros } {
    const createdAt = this.#instant(metadata.creationTimestamp);
    return createdAt === undefined ? {} : { createdAt };
  }

  service(object: KubeObject, slices: readonly KubeObject[], endpoints: readonly KubeObject[]): ServiceRow {
    const { spec = {}, status } = object as ServiceObject;
    const { name, namespace = 'default' } = object.metadata;
    return {
      namespace,
      name,
      type: spec.type ?? 'ClusterIP',
      clusterIP: spec.clusterIP ?? '',
      externalIPs: spec.externalIPs ?? [],
      loadBalancerIPs: (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : [])),
      ports: (spec.ports ?? []).map(({ port, protocol, targetPort }) => ({
        port,
        protocol: protocol ?? 'TCP',
        targetPort: String(targetPort ?? port),
      })),
      readyEndpoints: readyEndpoints(namespace, name, slices, endpoints),
      ...(spec.selector && { selector: spec.selector }),
      ...this.#created(object),
    };
  }

  node(object: KubeObject, leases: readonly KubeObject[]): NodeRow {
    const { spec, status } = object as NodeObject;
    const { name, labels = {} } = object.metadata;
    const conditions = (status?.conditions ?? []).map(
      ({ type, status: value, reason, lastTransitionTime }) =>
        [type, { status: value, reason: reason ?? '', since: this.#instant(lastTransitionTime) ?? 0 }] as const,
    );
    const lease = leases.find(({ metadata }) => metadata.name === name);
    const renewed = this.#instant((lease?.spec as { renewTime?: unknown } | undefined)?.renewTime);
    return {
      name,
      role: CONTROL_PLANE_LABELS.some((label) => label in labels) ? 'control-plane' : 'worker',
      internalIP: status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '',
      conditions: Object.fromEntries(conditions),
      taints: (spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`),
      ...(renewed !== undefined && { leaseRenewedAt: renewed }),
      kubeletVersion: status?.nodeInfo?.kubeletVersion ?? '',
      ...(status?.nodeInfo?.kernelVersion !== undefined && { kernelVersion: status.nodeInfo.kernelVersion }),
      ...this.#created(object),
    };
  }

  pod(object: KubeObject): PodRow {
    const { spec, status } = object as PodObject;
    const { name, namespace = 'default', labels = {} } = object.metadata;
    const containers = status?.containerStatuses;
    return {
      namespace,
      name,
      node: spec?.nodeName ?? '',
      ip: status?.podIP ?? '',
      phase: status?.phase ?? 'Pending',
      ready: status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false,
      terminating: object.metadata.deletionTimestamp !== undefined,
      reason: status?.reason ?? '',
      labels,
      ...this.#created(object),
      ...(containers && {
        containers: { ready: containers.filter(({ ready }) => ready).length, all: containers.length },
        restarts: containers.reduce((sum, { restartCount }) => sum + (restartCount ?? 0), 0),
      }),
    };
  }
}

/** From EndpointSlices, or from Endpoints where a testbed has only those. */
function readyEndpoints(
  namespace: string,
  name: string,
  slices: readonly KubeObject[],
  endpoints: readonly KubeObject[],
): number {
  const isOwn = ({ metadata }: KubeObject) => (metadata.namespace ?? 'default') === namespace;
  const own = slices.filter((slice) => isOwn(slice) && slice.metadata.labels?.['kubernetes.io/service-name'] === name);
  if (own.length > 0) {
    const rows = own.flatMap((slice) => (slice as SliceObject).endpoints ?? []);
    return rows.filter(({ conditions }) => conditions?.ready !== false).length;
  }
  const object = endpoints.find((one) => isOwn(one) && one.metadata.name === name) as EndpointsObject | undefined;
  return (object?.subsets ?? []).reduce((sum, { addresses }) => sum + (addresses?.length ?? 0), 0);
}
