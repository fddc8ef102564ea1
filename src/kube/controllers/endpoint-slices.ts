/**
 * One EndpointSlice for each Service with a selector: the addresses of its pods, ready or not.
 * Source: pkg/controller/endpointslice. Departs: one slice whatever its size; the older Endpoints objects are not made.
 */
import { sameJson } from '../api/equality.js';
import type { EndpointSlice, Pod, Service, SliceEndpoint } from '../api/objects.js';
import { conditionOf, keyOf, matchesLabels } from '../api/objects.js';
import { SERVICE_LABEL } from '../proxy/service-port.js';
import type { ControllerContext, Handled } from './context.js';
import { refOf, WorkQueue, write } from './context.js';

export class EndpointSlices {
  readonly #context: ControllerContext;
  readonly #queue: WorkQueue;
  /** Services by `namespace/key=value` of one pair of their selector, for a pod's labels to find. */
  readonly #bySelector = new Map<string, Set<string>>();
  /** The slice of each Service. */
  readonly #slices = new Map<string, EndpointSlice>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#queue = new WorkQueue(context.host, (key, done) => this.#sync(key, done));
    const { services, pods, slices } = context.informers;
    services.on({
      added: (service) => this.#index(service, true),
      updated: (service, before) => {
        this.#index(before, false);
        this.#index(service, true);
      },
      deleted: (service) => this.#index(service, false),
    });
    pods.on({
      added: (pod) => this.#touch(pod),
      updated: (pod, before) => {
        if (!sameEndpoint(pod, before)) this.#touch(pod);
      },
      deleted: (pod) => this.#touch(pod),
    });
    slices.on({
      added: (slice) => this.#remember(slice),
      updated: (slice) => this.#remember(slice),
      deleted: (slice) => this.#forget(slice),
    });
  }

  #index(service: Service, present: boolean): void {
    const key = keyOf(service);
    const [pair] = Object.entries(service.spec.selector ?? {});
    if (pair) {
      const at = `${service.metadata.namespace}/${pair[0]}=${pair[1]}`;
      const known = this.#bySelector.get(at) ?? new Set();
      if (present) known.add(key);
      else known.delete(key);
      this.#bySelector.set(at, known);
    }
    this.#queue.add(key);
  }

  #touch(pod: Pod): void {
    for (const [label, value] of Object.entries(pod.metadata.labels ?? {})) {
      for (const key of this.#bySelector.get(`${pod.metadata.namespace}/${label}=${value}`) ?? []) this.#queue.add(key);
    }
  }

  #remember(slice: EndpointSlice): void {
    const name = slice.metadata.labels?.[SERVICE_LABEL];
    if (name !== undefined) this.#slices.set(`${slice.metadata.namespace}/${name}`, slice);
  }

  #forget(slice: EndpointSlice): void {
    const key = `${slice.metadata.namespace}/${slice.metadata.labels?.[SERVICE_LABEL]}`;
    this.#slices.delete(key);
    this.#queue.add(key);
  }

  #sync(key: string, done: Handled): void {
    const service = this.#context.informers.services.items.get(key);
    const selector = service?.spec.selector;
    const [pair] = Object.entries(selector ?? {});
    if (!service || !pair) return done(false);
    const { namespace = 'default' } = service.metadata;
    const pods = this.#context.podIndex
      .withLabel(namespace, ...pair)
      .filter(({ metadata }) => matchesLabels(selector, metadata.labels));
    const content = { endpoints: pods.flatMap((pod) => endpointOf(pod, service)), ports: portsOf(service, pods) };
    const slice = this.#slices.get(key);
    if (slice && sameJson(slice.endpoints, content.endpoints) && sameJson(slice.ports, content.ports))
      return done(false);
    const settle = (result: { ok: boolean }) => done(!result.ok);
    if (slice) return write(this.#context, { ...refOf(slice), verb: 'patch', body: content }, settle);
    const { name, uid } = service.metadata;
    const body = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: '',
        generateName: `${name}-`,
        namespace,
        labels: { [SERVICE_LABEL]: name, 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name, uid, controller: true }],
      },
      addressType: 'IPv4',
      ...content,
    };
    write(this.#context, { verb: 'create', kind: 'EndpointSlice', namespace, body }, settle);
  }
}

function isReady(pod: Pod): boolean {
  return conditionOf(pod, 'Ready')?.status === 'True' && pod.metadata.deletionTimestamp === undefined;
}

function sameEndpoint(a: Pod, b: Pod): boolean {
  return (
    isReady(a) === isReady(b) &&
    a.status?.podIP === b.status?.podIP &&
    a.spec.nodeName === b.spec.nodeName &&
    sameJson(a.metadata.labels, b.metadata.labels)
  );
}

function endpointOf(pod: Pod, service: Service): SliceEndpoint[] {
  const ip = pod.status?.podIP;
  if (ip === undefined || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return [];
  const serving = conditionOf(pod, 'Ready')?.status === 'True';
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const { name, namespace = 'default' } = pod.metadata;
  return [
    {
      addresses: [ip],
      conditions: { ready, serving, terminating },
      ...(pod.spec.nodeName !== undefined && { nodeName: pod.spec.nodeName }),
      targetRef: { kind: 'Pod', name, namespace },
    },
  ];
}

function portsOf(service: Service, pods: readonly Pod[]): EndpointSlice['ports'] {
  return (service.spec.ports ?? []).flatMap(({ name = '', protocol = 'TCP', port, targetPort }) => {
    const number = typeof targetPort === 'string' ? namedPort(pods, targetPort) : (targetPort ?? port);
    return number === undefined ? [] : [{ name, port: number, protocol }];
  });
}

function namedPort(pods: readonly Pod[], name: string): number | undefined {
  for (const { spec } of pods) {
    for (const { ports } of spec.containers) {
      const found = ports?.find((port) => port.name === name);
      if (found) return found.containerPort;
    }
  }
  return undefined;
}
