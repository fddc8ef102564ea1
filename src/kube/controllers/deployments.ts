/**
 * Deployments make ReplicaSets, ReplicaSets make pods. Source: pkg/controller/deployment, replicaset.
 * Departs: a changed template replaces the old ReplicaSet at once, without a rolling update; names hash differently.
 */
import { fnv1a } from '../../base/random.js';
import type { KubeObject } from '../../scenario/model.js';
import type { ObjectMeta, Pod, Workload } from '../api/objects.js';
import { conditionOf, keyOf } from '../api/objects.js';
import type { ControllerContext, Handled } from './context.js';
import { refOf, WorkQueue, write } from './context.js';
import { ownedBy, podFrom } from './pod-template.js';

const HASH_LABEL = 'pod-template-hash';
const HASH_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const HASH_LENGTH = 9;

export class Deployments {
  readonly #context: ControllerContext;
  readonly #deployments: WorkQueue;
  readonly #replicaSets: WorkQueue;
  /** Pods asked for and not yet seen, by ReplicaSet: without them it would ask again. */
  readonly #expected = new Map<string, number>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#deployments = new WorkQueue(context.host, (key, done) => this.#syncDeployment(key, done));
    this.#replicaSets = new WorkQueue(context.host, (key, done) => this.#syncReplicaSet(key, done));
    const { deployments, replicaSets, pods } = context.informers;
    const touch = (object: Workload) => this.#deployments.add(keyOf(object));
    deployments.on({ added: touch, updated: touch });
    const touchSet = (set: Workload) => {
      this.#replicaSets.add(keyOf(set));
      const owner = ownedBy(set, 'Deployment');
      if (owner) this.#deployments.add(`${set.metadata.namespace}/${owner.name}`);
    };
    replicaSets.on({ added: touchSet, updated: touchSet, deleted: touchSet });
    const touchOwner = (pod: Pod) => {
      const owner = ownedBy(pod, 'ReplicaSet');
      if (owner) this.#replicaSets.add(`${pod.metadata.namespace}/${owner.name}`);
    };
    pods.on({
      added: (pod) => {
        const owner = ownedBy(pod, 'ReplicaSet');
        if (owner) this.#expect(owner.uid, -1);
        touchOwner(pod);
      },
      updated: touchOwner,
      deleted: touchOwner,
    });
  }

  #expect(uid: string, by: number): void {
    this.#expected.set(uid, Math.max(0, (this.#expected.get(uid) ?? 0) + by));
  }

  #syncDeployment(key: string, done: Handled): void {
    const { deployments, replicaSets } = this.#context.informers;
    const deployment = deployments.items.get(key);
    if (!deployment || deployment.metadata.deletionTimestamp !== undefined) return done(false);
    const hash = templateHash(deployment);
    const name = `${deployment.metadata.name}-${hash}`;
    const owned = [...replicaSets.items.values()].filter(
      (set) => ownedBy(set, 'Deployment')?.uid === deployment.metadata.uid,
    );
    const replicas = deployment.spec.replicas ?? 1;
    const scale = (set: Workload, to: number) => {
      if (set.spec.replicas === to) return;
      write(this.#context, { ...refOf(set), verb: 'patch', body: { spec: { replicas: to } } }, () => {});
    };
    for (const set of owned) scale(set, set.metadata.name === name ? replicas : 0);
    const current = owned.find((set) => set.metadata.name === name);
    if (current) {
      this.#report(deployment, { ...current.status, replicas });
      return done(false);
    }
    const body = replicaSetOf(deployment, name, hash, replicas);
    const namespace = deployment.metadata.namespace ?? 'default';
    write(this.#context, { verb: 'create', kind: 'ReplicaSet', namespace, body }, (result) => {
      done(!result.ok && result.code !== 409);
    });
  }

  #syncReplicaSet(key: string, done: Handled): void {
    const { replicaSets } = this.#context.informers;
    const set = replicaSets.items.get(key);
    if (!set) return done(false);
    const { uid, name, namespace = 'default' } = set.metadata;
    const active = this.#context.podIndex
      .ownedBy(uid)
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const wanted = set.spec.replicas ?? 1;
    const missing = wanted - active.length - (this.#expected.get(uid) ?? 0);
    for (let i = 0; i < missing; i++) {
      this.#expect(uid, 1);
      const meta = { name: '', generateName: `${name}-`, namespace };
      const body = podFrom(set.spec.template, meta, { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid });
      write(this.#context, { verb: 'create', kind: 'Pod', namespace, body }, (result) => {
        if (result.ok) return;
        this.#expect(uid, -1);
        this.#replicaSets.addLater(key, 1_000_000);
      });
    }
    const surplus = active.length - wanted;
    // Those that are not running yet go first.
    const order = [...active].sort((a, b) => Number(isRunning(a)) - Number(isRunning(b)));
    for (const pod of order.slice(0, Math.max(0, surplus))) {
      write(this.#context, { ...refOf(pod), verb: 'delete' }, () => {});
    }
    const readyReplicas = active.filter((pod) => conditionOf(pod, 'Ready')?.status === 'True').length;
    this.#report(set, { replicas: active.length, readyReplicas });
    done(false);
  }

  #report(object: Workload, status: Readonly<Record<string, unknown>>): void {
    const { replicas, readyReplicas = 0 } = status;
    if (object.status?.replicas === replicas && (object.status?.readyReplicas ?? 0) === readyReplicas) return;
    const body = { status: { replicas, readyReplicas, availableReplicas: readyReplicas } };
    write(this.#context, { ...refOf(object), verb: 'patch', subresource: 'status', body }, () => {});
  }
}

function isRunning(pod: Pod): boolean {
  return pod.status?.phase === 'Running';
}

function templateHash(deployment: Workload): string {
  let bits = fnv1a(JSON.stringify(deployment.spec.template)) >>> 0;
  let second = fnv1a(`${deployment.metadata.name}${bits}`) >>> 0;
  let hash = '';
  for (let i = 0; i < HASH_LENGTH; i++) {
    hash += HASH_LETTERS[bits % HASH_LETTERS.length] ?? '';
    bits = Math.floor(bits / HASH_LETTERS.length);
    if (bits === 0) [bits, second] = [second, 1];
  }
  return hash;
}

function replicaSetOf(deployment: Workload, name: string, hash: string, replicas: number): KubeObject {
  const { template, selector } = deployment.spec;
  const { uid, namespace } = deployment.metadata;
  const withHash = (labels: ObjectMeta['labels']) => ({ ...labels, [HASH_LABEL]: hash });
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: deployment.metadata.name, uid, controller: true };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      labels: withHash(template.metadata?.labels),
      ownerReferences: [owner],
    },
    spec: {
      replicas,
      selector: { matchLabels: withHash(selector?.matchLabels) },
      template: { ...template, metadata: { ...template.metadata, labels: withHash(template.metadata?.labels) } },
    },
  };
}
