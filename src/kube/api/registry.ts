/**
 * What may be stored, and how a request becomes a stored object: defaults, admission, validation, allocation, conflicts, the
 * two ways of deletion. Serves both the API server's connections and the administrator. Synchronous: an answer is a value.
 * Departs from the real thing: no authentication or authorisation; status is a subresource only for `update` and `patch`.
 */
import type { Micros } from '../../base/instant.js';
import { SECOND } from '../../base/instant.js';
import type { Prefix } from '../../base/ip.js';
import type { RandomStream } from '../../base/random.js';
import type { KubeObject, ObjectRef } from '../../scenario/model.js';
import { TERMINATION_GRACE_SECONDS } from '../timings.js';
import { type AdmissionContext, refusalOf, warningsOf, withCreationTaint, withDefaults } from './admission.js';
import { ServiceAllocator } from './allocation.js';
import type { Answer } from './answer.js';
import * as answers from './answer.js';
import { decodingErrors, renderUndecodable } from './decoding.js';
import { sameJson } from './equality.js';
import { renderErrors } from './field-error.js';
import { groupKindOf, isServed, kindOf, namespaceOf, noMatchesFor } from './kinds.js';
import type { Pod, Service, Stored } from './objects.js';
import { applied, jsonPatch, mergePatch } from './patch.js';
import type { ObjectStore } from './store.js';
import { formatTime } from './timestamp.js';
import { renderInvalid, validateObject } from './validation.js';

export interface RegistryOptions {
  readonly store: ObjectStore;
  readonly version: string;
  readonly serviceSubnet: Prefix;
  readonly admission: AdmissionContext;
  readonly random: RandomStream;
  readonly now: () => Micros;
}

export interface Patch {
  readonly merge?: unknown;
  readonly json?: readonly unknown[];
}

const SUFFIX_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;

export class Registry {
  readonly store: ObjectStore;
  readonly #options: RegistryOptions;
  readonly #services: ServiceAllocator;
  /** What was applied last, by uid. */
  readonly #lastApplied = new Map<string, KubeObject>();

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.store = options.store;
    this.#services = new ServiceAllocator(options.serviceSubnet, options.random);
  }

  get(ref: ObjectRef): Stored | undefined {
    return this.store.get(kindOf(ref.kind).kind, namespaceOf(ref), ref.name);
  }

  create(given: KubeObject): Answer {
    const placed = this.#placed(given);
    const namespace = placed.metadata.namespace;
    if (namespace !== undefined && this.store.get('Namespace', undefined, namespace) === undefined) {
      return answers.notFound({ kind: 'Namespace', name: namespace });
    }
    const ref = { ...placed.metadata, kind: placed.kind, apiVersion: placed.apiVersion };
    if (this.get(ref)) return answers.alreadyExists(ref);
    const ready = this.#prepare(withCreationTaint(placed), undefined);
    if ('ok' in ready) return ready;
    const stored = this.store.insert(ready.object);
    return answers.accepted(stored, warningsOf(this.#options.admission, stored));
  }

  /** PUT. With a resourceVersion in `given` that is not the stored one: 409. */
  update(given: KubeObject, subresource?: string): Answer {
    const placed = this.#placed(given);
    const ref = { ...placed.metadata, kind: placed.kind, apiVersion: placed.apiVersion };
    const before = this.get(ref);
    if (!before) return answers.notFound(ref);
    const wanted = placed.metadata.resourceVersion;
    if (wanted !== undefined && wanted !== before.metadata.resourceVersion) return answers.conflict(ref);
    if (subresource === 'status') return this.#replace({ ...before, status: placed.status }, before);
    return this.#replace(before.status === undefined ? placed : { ...placed, status: before.status }, before);
  }

  patch(ref: ObjectRef, patch: Patch, subresource?: string): Answer {
    const before = this.get(ref);
    if (!before) return answers.notFound(ref);
    const wanted = (patch.merge as { metadata?: { resourceVersion?: unknown } } | undefined)?.metadata?.resourceVersion;
    if (wanted !== undefined && wanted !== before.metadata.resourceVersion) return answers.conflict(ref);
    let next: unknown = before;
    if (patch.merge !== undefined) next = mergePatch(before, patch.merge);
    if (patch.json !== undefined) {
      const result = jsonPatch(next, patch.json);
      if (!result.ok)
        return answers.invalidObject(`the server rejected our request due to an error in our request: ${result.error}`);
      next = result.value;
    }
    const changed = next as KubeObject;
    return this.#replace(subresource === 'status' ? { ...before, status: changed.status } : changed, before);
  }

  /** `kubectl apply --validate=strict`, its default: creates, or merges into what is there. */
  apply(given: KubeObject): Answer {
    if (!isServed(given.apiVersion, given.kind)) return answers.noMatch(noMatchesFor(given.apiVersion, given.kind));
    const undecodable = decodingErrors(given);
    if (undecodable.length > 0) return answers.badRequest(renderUndecodable(given, undecodable));
    const placed = this.#placed(given);
    const before = this.get({ ...placed.metadata, kind: placed.kind, apiVersion: placed.apiVersion });
    let answer: Answer;
    if (!before) answer = this.create(placed);
    else {
      const next = applied(before, this.#lastApplied.get(before.metadata.uid), placed) as KubeObject;
      answer = this.#replace(next, before);
    }
    if (answer.ok) this.#lastApplied.set((answer.object as Stored).metadata.uid, placed);
    return answer;
  }

  /** A pod on a node goes gracefully: it is marked, and kubelet removes it with a grace period of 0. */
  delete(ref: ObjectRef, graceSeconds?: number): Answer {
    const before = this.get(ref);
    if (!before) return answers.notFound(ref);
    const pod = before as Pod;
    if (before.kind === 'Pod' && pod.spec.nodeName !== undefined) {
      const grace = graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? TERMINATION_GRACE_SECONDS;
      if (grace > 0) return answers.accepted(this.#terminate(before, grace));
    }
    if (before.kind === 'Service') this.#services.release(before as Service);
    this.#lastApplied.delete(before.metadata.uid);
    this.store.remove(before);
    return answers.accepted(before);
  }

  /** POST pods/NAME/binding. */
  bind(ref: ObjectRef, nodeName: string): Answer {
    const before = this.get(ref) as Pod | undefined;
    if (!before) return answers.notFound(ref);
    if (before.spec.nodeName !== undefined) return answers.conflict(ref);
    const at = formatTime(this.#options.now());
    const scheduled = { type: 'PodScheduled', status: 'True', lastTransitionTime: at };
    const conditions = [...(before.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled'), scheduled];
    const bound = { ...before, spec: { ...before.spec, nodeName }, status: { ...before.status, conditions } };
    return answers.accepted(this.store.replace(bound));
  }

  #terminate(before: Stored, grace: number): Stored {
    if (before.metadata.deletionTimestamp !== undefined) return before;
    const deletionTimestamp = formatTime(this.#options.now() + grace * SECOND);
    const metadata = { ...before.metadata, deletionTimestamp, deletionGracePeriodSeconds: grace };
    return this.store.replace({ ...before, metadata });
  }

  /** With the namespace it belongs to, and a name made from generateName. */
  #placed(object: KubeObject): KubeObject {
    const { namespace: given, ...rest } = object.metadata;
    const namespace = kindOf(object.kind).namespaced ? (given ?? 'default') : undefined;
    const prefix = rest.generateName;
    const name = rest.name || (typeof prefix === 'string' ? `${prefix}${this.#suffix()}` : rest.name);
    return { ...object, metadata: { ...rest, name, ...(namespace !== undefined && { namespace }) } };
  }

  #suffix(): string {
    const letter = () => SUFFIX_LETTERS[this.#options.random.integer(0, SUFFIX_LETTERS.length - 1)] ?? '';
    return Array.from({ length: SUFFIX_LENGTH }, letter).join('');
  }

  #prepare(given: KubeObject, before: Stored | undefined): { object: KubeObject } | Answer {
    const errors = validateObject(given, this.#options.version);
    if (errors.length > 0) return answers.invalidObject(renderInvalid(given, errors));
    const object = withDefaults(given);
    const refusal = refusalOf(this.#options.admission, object, before);
    if (refusal !== undefined) return answers.forbidden({ kind: object.kind, name: object.metadata.name }, refusal);
    if (object.kind !== 'Service') return { object };
    const result = this.#services.allocate(object as Service, before as Service | undefined);
    if ('service' in result) return { object: result.service };
    const kind = groupKindOf(kindOf(object.kind));
    return answers.invalidObject(`${kind} "${object.metadata.name}" is invalid: ${renderErrors(result.errors)}`);
  }

  #replace(given: KubeObject, before: Stored): Answer {
    const statusOnly = given.spec === before.spec && given.metadata === before.metadata;
    const ready = statusOnly ? { object: given } : this.#prepare(given, before);
    if ('ok' in ready) return ready;
    // A write that changes nothing makes no revision.
    if (sameJson(ready.object, before)) return answers.accepted(before);
    const stored = this.store.replace(ready.object as Stored);
    return answers.accepted(stored, warningsOf(this.#options.admission, stored));
  }
}
