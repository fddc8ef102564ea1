/**
 * Kubernetes objects that steps apply and delete: from manifest files or inline, written out by `repeat`, references replaced,
 * checked for what every object has. Departs from kubectl: YAML 1.2, so that `yes` and `on` are texts.
 */

import type { LoadedManifest } from '../scenario/load.js';
import type { KubeObject, ObjectRef } from '../scenario/model.js';
import { listed, nearest } from '../scenario/suggest.js';
import { isMapping } from './merge.js';
import { kindProblems, type ObjectProblem } from './object-problems.js';
import type { Scope } from './scope.js';
import type { Site } from './site.js';

export const OBJECTS_MAX = 100_000;

const API_VERSIONS: ReadonlyMap<string, string> = new Map([
  ...['Service', 'Pod', 'Node', 'ConfigMap', 'Secret', 'Namespace', 'Endpoints', 'Event', 'ServiceAccount'].map(
    (kind) => [kind, 'v1'] as const,
  ),
  ...['Deployment', 'DaemonSet', 'StatefulSet', 'ReplicaSet'].map((kind) => [kind, 'apps/v1'] as const),
  ['Lease', 'coordination.k8s.io/v1'],
  ['EndpointSlice', 'discovery.k8s.io/v1'],
  ['NetworkPolicy', 'networking.k8s.io/v1'],
  ['ValidatingAdmissionPolicy', 'admissionregistration.k8s.io/v1'],
  ['ValidatingAdmissionPolicyBinding', 'admissionregistration.k8s.io/v1'],
]);

export interface ObjectContext {
  readonly scope: Scope;
  readonly manifests: ReadonlyMap<string, LoadedManifest>;
  /** Problems of one object, as the API server would tell them; none where they are wanted (`refused`). */
  validate(object: KubeObject): readonly ObjectProblem[];
}

interface Source {
  readonly value: unknown;
  readonly site: Site;
}

/** The objects of an `apply`, in order. */
export function appliedObjects(items: readonly unknown[], context: ObjectContext, site: Site): readonly KubeObject[] {
  const objects: KubeObject[] = [];
  items.forEach((item, index) => {
    const here = site.below(index);
    const count = repeatOf(item, context, here);
    if (objects.length + count > OBJECTS_MAX) {
      here.report([], 'WT0404', `the step applies more than ${OBJECTS_MAX} objects`);
      return;
    }
    const repeated = isMapping(item) && item.repeat !== undefined;
    for (const source of sourcesOf(item, context, here)) {
      for (let at = 1; at <= count; at++) {
        const scope = repeated ? context.scope.at(at) : context.scope;
        objects.push(...objectsOf(source, scope, context));
      }
    }
  });
  return objects;
}

function repeatOf(item: unknown, context: ObjectContext, site: Site): number {
  if (!isMapping(item) || item.repeat === undefined) return 1;
  const count = site.resolve(context.scope, item.repeat, 'scenario', 'repeat');
  if (Number.isSafeInteger(count) && Number(count) >= 1) return Number(count);
  site.report(['repeat'], 'WT0316', `repeat does not take ${String(count)}`);
  return 1;
}

/** The values that an entry stands for, before references are replaced. */
function sourcesOf(item: unknown, context: ObjectContext, site: Site): readonly Source[] {
  const path =
    typeof item === 'string' ? item : isMapping(item) && typeof item.file === 'string' ? item.file : undefined;
  if (path === undefined) {
    const { repeat: _, ...object } = isMapping(item) ? item : {};
    return [{ value: object, site }];
  }
  const manifest = context.manifests.get(path);
  return (manifest?.documents ?? []).map((document) => ({ value: document.value, site: site.in(document) }));
}

function objectsOf(source: Source, scope: Scope, context: ObjectContext): readonly KubeObject[] {
  const value = source.site.resolve(scope, source.value, 'manifest');
  if (value === undefined) return [];
  if (isMapping(value) && typeof value.kind === 'string' && value.kind.endsWith('List') && Array.isArray(value.items)) {
    return value.items.flatMap((item, index) => checked(item, source.site.below('items', index), context));
  }
  return checked(value, source.site, context);
}

function checked(value: unknown, site: Site, context: ObjectContext): readonly KubeObject[] {
  if (!isMapping(value)) {
    site.report([], 'WT0401', 'not a Kubernetes object: it is no mapping');
    return [];
  }
  const metadata = isMapping(value.metadata) ? value.metadata : {};
  const missing = [
    ...(isText(value.apiVersion) ? [] : ['apiVersion']),
    ...(isText(value.kind) ? [] : ['kind']),
    ...(isText(metadata.name) ? [] : ['metadata.name']),
  ];
  if (missing.length > 0) {
    site.report(
      [],
      'WT0401',
      `the object has no ${missing.join(', no ')}`,
      listed(['apiVersion', 'kind', 'metadata.name'], 'needed'),
    );
    return [];
  }
  const object = value as unknown as KubeObject;
  reportProblems(context.validate(object), site);
  return [object];
}

/** Each at its place. */
export function reportProblems(problems: readonly ObjectProblem[], site: Site): void {
  for (const { code, path, atKey, message, hint } of problems) {
    if (atKey) site.reportKey(path, code, message, hint);
    else site.report(path, code, message, hint);
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** What a `delete` names: the objects of manifest files, or objects by their names. */
export function deletedObjects(items: readonly unknown[], context: ObjectContext, site: Site): readonly ObjectRef[] {
  return items.flatMap((item, index): readonly ObjectRef[] => {
    const here = site.below(index);
    if (typeof item === 'string') {
      const objects = sourcesOf(item, context, here).flatMap((source) => objectsOf(source, context.scope, context));
      return objects.map(refOf);
    }
    const value = here.resolve(context.scope, item, 'manifest');
    const ref = isMapping(value) ? objectRef(value, here) : undefined;
    return ref ? [ref] : [];
  });
}

/** What names it. */
export function refOf(object: KubeObject): ObjectRef {
  const { apiVersion, kind, metadata } = object;
  return {
    apiVersion,
    kind,
    name: metadata.name,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  };
}

/** A reference by `kind` and `name`, or a whole manifest; the apiVersion of well-known kinds may be left out. */
export function objectRef(value: Readonly<Record<string, unknown>>, site: Site): ObjectRef | undefined {
  const metadata = isMapping(value.metadata) ? value.metadata : {};
  const name = value.name ?? metadata.name;
  const namespace = value.namespace ?? metadata.namespace;
  const kind = String(value.kind);
  const apiVersion = typeof value.apiVersion === 'string' ? value.apiVersion : API_VERSIONS.get(kind);
  if (!isText(name)) {
    site.report([], 'WT0401', `the ${kind} has no name`);
    return undefined;
  }
  if (apiVersion === undefined) {
    const near = nearest(kind, [...API_VERSIONS.keys()]);
    const hint = near === undefined ? 'give its apiVersion' : `did you mean ${near}? Or give its apiVersion`;
    site.report(['kind'], 'WT0403', `${kind} is no well-known kind`, hint);
    return undefined;
  }
  reportProblems(kindProblems(apiVersion, kind), site);
  return { apiVersion, kind, name, ...(isText(namespace) ? { namespace } : {}) };
}
