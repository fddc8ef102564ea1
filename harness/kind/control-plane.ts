/**
 * The ControlPlane port over a real API server: server-side apply with a field manager of our own, and the server's refusals as values.
 * Knows where objects live by asking the server. Remembers what it made, so that an arm can be undone.
 */
import { refOf } from '../../src/plan/objects.js';
import type { ApiAnswer, ControlPlane } from '../../src/ports/testbed.js';
import type { KubeObject, ObjectRef } from '../../src/scenario/model.js';
import { type ApiRequest, type ApiResponse, JSON_PATCH, type Requester } from './api-request.js';
import { awaitThat } from './await-that.js';
import { mapImages } from './object-images.js';

const MANAGER = 'windtunnel';
const APPLY = 'application/apply-patch+yaml';
const MERGE = 'application/merge-patch+json';

interface Resource {
  /** `pods`. */
  readonly plural: string;
  readonly namespaced: boolean;
  readonly apiVersion: string;
}

interface ResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** Kinds that are asked for without their group. */
const GROUP_OF: Readonly<Record<string, string>> = {
  EndpointSlice: 'discovery.k8s.io/v1',
  Lease: 'coordination.k8s.io/v1',
};

/** A kubelet that a fault cut off from the API server has to find back before it ends a pod. */
const GONE_MAX_MS = 90_000;
/** Nothing of a pod is needed any more. */
const GRACE_S = 1;
/** What makes pods: it goes after them, or they would be met by the next arm. */
const MAKES_PODS = /^(apps|batch)\//;

/** On its way out. */
interface Leaving {
  readonly ref: ObjectRef;
  /** Of the one that was told to go: another of its name is not ours. Undefined before. */
  uid?: string;
  isTold?: true;
}

export interface Undoing {
  readonly say?: (text: string) => void;
  readonly timeoutMs?: number;
}

const folderOf = (apiVersion: string) => (apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`);

export class KindControlPlane implements ControlPlane {
  readonly #groups = new Map<string, Promise<readonly (Resource & { readonly kind: string })[]>>();
  readonly #made: ObjectRef[] = [];

  /**
   * `swap` names the image that stands for one of an object's; `making` hears of each object before it is made, and what it answers is called
   * where the server refused it.
   */
  constructor(
    readonly request: Requester,
    readonly swap: (image: string) => string = (image) => image,
    // biome-ignore lint/suspicious/noConfusingVoidType: who writes nothing down has nothing to strike out
    readonly making: (ref: ObjectRef) => void | (() => void) = () => {},
  ) {}

  async apply(object: KubeObject): Promise<ApiAnswer> {
    const ref = refOf(object);
    const before = await this.get(ref);
    const strikeOut = before === undefined ? this.making(ref) : undefined;
    // The server ignores a status that is applied: it has a path of its own.
    const { status, ...rest } = mapImages(object, this.swap);
    const query = `?fieldManager=${MANAGER}&force=true`;
    const answer = await this.#object(ref, { method: 'PATCH', body: { ...rest }, contentType: APPLY }, query);
    if (answer.ok && before === undefined) this.#made.push(ref);
    if (!answer.ok && isRefusal(answer.code)) strikeOut?.();
    if (!answer.ok || status === undefined) return answer;
    return this.#object(ref, { method: 'PATCH', body: { status }, contentType: MERGE }, '', '/status');
  }

  async delete(ref: ObjectRef): Promise<ApiAnswer> {
    return this.#object(ref, { method: 'DELETE', body: { propagationPolicy: 'Background' } });
  }

  /** What of it is about the status goes to the status: a merge patch may hold both. */
  async patch(ref: ObjectRef, { merge, json }: Parameters<ControlPlane['patch']>[1]): Promise<ApiAnswer> {
    if (json !== undefined) return this.#object(ref, { method: 'PATCH', body: json, contentType: JSON_PATCH });
    const { status, ...rest } = (merge ?? {}) as { readonly status?: unknown };
    const inStatus = { method: 'PATCH', body: { status }, contentType: MERGE } as const;
    if (status !== undefined && Object.keys(rest).length === 0) return this.#object(ref, inStatus, '', '/status');
    const answer = await this.#object(ref, { method: 'PATCH', body: rest, contentType: MERGE });
    return answer.ok && status !== undefined ? this.#object(ref, inStatus, '', '/status') : answer;
  }

  async get(ref: ObjectRef): Promise<KubeObject | undefined> {
    const answer = await this.#object(ref, { method: 'GET' });
    if (answer.ok) return answer.object;
    if (answer.code === 404) return undefined;
    throw new Error(`${ref.kind} ${ref.name}: ${answer.code} ${answer.reason}: ${answer.message}`);
  }

  async list(kind: string, namespace?: string): Promise<readonly KubeObject[]> {
    const apiVersion = GROUP_OF[kind] ?? 'v1';
    const resource = await this.#resource(apiVersion, kind);
    if (!resource) return [];
    const within = namespace === undefined ? '' : `/namespaces/${namespace}`;
    const { status, body } = await this.request({
      method: 'GET',
      path: `${folderOf(apiVersion)}${within}/${resource.plural}`,
    });
    if (status !== 200) throw new Error(`list of ${resource.plural}: ${status} ${(body as Status).message ?? ''}`);
    const { items = [] } = body as { readonly items?: readonly KubeObject[] };
    return items.map((item) => ({ ...item, apiVersion, kind })).sort(byName);
  }

  /**
   * Deletes what was made here and is still there, the last one first, and waits until it is gone: an apply to what is on its way out is
   * answered with 200, and then it is gone. Throws a {@link Failure} where it stays.
   */
  async undo({ say = () => {}, timeoutMs = GONE_MAX_MS }: Undoing = {}): Promise<void> {
    let left: readonly Leaving[] = this.#made
      .splice(0)
      .reverse()
      .map((ref) => ({ ref }));
    if (left.length === 0) return;
    const look = async () => {
      let refused = '';
      // Told one after the other; what cannot be told now is told at the next look.
      for (const leaving of left) {
        const why = await this.#tellToGo(leaving);
        refused ||= why;
      }
      const isGone = await Promise.all(left.map((leaving) => this.#isGone(leaving)));
      left = left.filter((_, index) => !isGone[index]);
      const names = left.map(({ ref }) => `${ref.kind} ${ref.name}`);
      return left.length === 0 ? undefined : refused || `${names.slice(0, 3).join(', ')}: ${left.length} still there`;
    };
    await awaitThat({ what: 'what the arm made to be gone', look, timeoutMs, say });
  }

  /** Answers why it does not go, or nothing. */
  async #tellToGo(leaving: Leaving): Promise<string> {
    const { ref, isTold } = leaving;
    if (isTold) return '';
    const propagationPolicy = MAKES_PODS.test(ref.apiVersion) ? 'Foreground' : 'Background';
    const body = { propagationPolicy, ...(ref.kind === 'Pod' && { gracePeriodSeconds: GRACE_S }) };
    const answer = await this.#object(ref, { method: 'DELETE', body });
    if (!answer.ok && answer.code !== 404) return `${ref.kind} ${ref.name}: ${answer.code} ${answer.message}`;
    leaving.isTold = true;
    const uid = answer.ok ? uidOf(answer.object) : undefined;
    if (uid !== undefined) leaving.uid = uid;
    return '';
  }

  async #isGone({ ref, uid, isTold }: Leaving): Promise<boolean> {
    if (!isTold) return false;
    const there = await this.get(ref);
    return there === undefined || (uid !== undefined && uidOf(there) !== uid);
  }

  async #object(ref: ObjectRef, request: Omit<ApiRequest, 'path'>, query = '', sub = ''): Promise<ApiAnswer> {
    const resource = await this.#resource(ref.apiVersion, ref.kind);
    if (!resource) {
      const message = `no matches for kind "${ref.kind}" in version "${ref.apiVersion}"`;
      return { ok: false, code: 404, reason: 'NotFound', message };
    }
    const within = resource.namespaced ? `/namespaces/${ref.namespace ?? 'default'}` : '';
    const path = `${folderOf(ref.apiVersion)}${within}/${resource.plural}/${ref.name}${sub}${query}`;
    return answerOf(await this.request({ ...request, path }));
  }

  /** What is not known is asked for anew: a kind may have come with an object of this very arm. */
  async #resource(apiVersion: string, kind: string): Promise<Resource | undefined> {
    const find = async () => (await this.#group(apiVersion)).find((resource) => resource.kind === kind);
    const known = await find();
    if (known) return known;
    this.#groups.delete(apiVersion);
    return find();
  }

  #group(apiVersion: string): Promise<readonly (Resource & { readonly kind: string })[]> {
    let group = this.#groups.get(apiVersion);
    if (!group) {
      group = this.#discover(apiVersion);
      this.#groups.set(apiVersion, group);
      group.catch(() => this.#groups.delete(apiVersion));
    }
    return group;
  }

  async #discover(apiVersion: string) {
    const { status, body } = await this.request({ method: 'GET', path: folderOf(apiVersion) });
    if (status !== 200 && status !== 404) throw new Error(`discovery of ${apiVersion}: ${status}`);
    const { resources = [] } = body as ResourceList;
    return resources
      .filter(({ name }) => !name.includes('/'))
      .map(({ name, kind, namespaced }) => ({ plural: name, kind, namespaced, apiVersion }));
  }
}

interface Status {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
}

/** Nothing came of it. An error of the server's own, as a time that was over, does not say that. */
const isRefusal = (code: number) => code >= 400 && code < 500;

function answerOf({ status, body }: ApiResponse): ApiAnswer {
  if (status >= 200 && status < 300) return { ok: true, object: body as KubeObject };
  const { code = status, reason = '', message = '' } = body as Status;
  return { ok: false, code, reason, message };
}

/** Of an object, or of one that is gone already: there the server answers a Status. */
function uidOf(object: object): string | undefined {
  const { metadata, details } = object as Readonly<
    Record<'metadata' | 'details', { readonly uid?: string } | undefined>
  >;
  return metadata?.uid ?? details?.uid;
}

function byName(a: KubeObject, b: KubeObject): number {
  const keyOf = ({ metadata: { namespace = '', name } }: KubeObject) => `${namespace}/${name}`;
  const [left, right] = [keyOf(a), keyOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
