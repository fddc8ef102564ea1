/**
 * The resources that the model serves: where they live, and how URLs and Go types spell them. `kubectl apply` of any other is
 * refused (known-kinds.ts); components may store a kind that is not listed, under a plural made from its name.
 */
import type { ObjectRef } from '../../scenario/model.js';

export interface Kind {
  readonly kind: string;
  readonly apiVersion: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

const row = (kind: string, apiVersion: string, plural: string, namespaced = true): Kind => ({
  kind,
  apiVersion,
  plural,
  namespaced,
});

const KINDS: ReadonlyMap<string, Kind> = new Map(
  [
    row('Namespace', 'v1', 'namespaces', false),
    row('Node', 'v1', 'nodes', false),
    row('Pod', 'v1', 'pods'),
    row('Service', 'v1', 'services'),
    row('Event', 'v1', 'events'),
    row('ConfigMap', 'v1', 'configmaps'),
    row('Secret', 'v1', 'secrets'),
    row('ServiceAccount', 'v1', 'serviceaccounts'),
    row('EndpointSlice', 'discovery.k8s.io/v1', 'endpointslices'),
    row('Lease', 'coordination.k8s.io/v1', 'leases'),
    row('Deployment', 'apps/v1', 'deployments'),
    row('ReplicaSet', 'apps/v1', 'replicasets'),
    row('DaemonSet', 'apps/v1', 'daemonsets'),
    row('StatefulSet', 'apps/v1', 'statefulsets'),
    row('ClusterRole', 'rbac.authorization.k8s.io/v1', 'clusterroles', false),
    row('ClusterRoleBinding', 'rbac.authorization.k8s.io/v1', 'clusterrolebindings', false),
    row('Role', 'rbac.authorization.k8s.io/v1', 'roles'),
    row('RoleBinding', 'rbac.authorization.k8s.io/v1', 'rolebindings'),
    row('PriorityClass', 'scheduling.k8s.io/v1', 'priorityclasses', false),
    row('ValidatingAdmissionPolicy', 'admissionregistration.k8s.io/v1', 'validatingadmissionpolicies', false),
    row(
      'ValidatingAdmissionPolicyBinding',
      'admissionregistration.k8s.io/v1',
      'validatingadmissionpolicybindings',
      false,
    ),
  ].map((kind) => [kind.kind, kind]),
);

export function servedKinds(): readonly Kind[] {
  return [...KINDS.values()];
}

export function isServed(apiVersion: string, kind: string): boolean {
  return KINDS.get(kind)?.apiVersion === apiVersion;
}

/** What kubectl says of a kind that the server has not. */
export function noMatchesFor(apiVersion: string, kind: string): string {
  return `no matches for kind "${kind}" in version "${apiVersion}"`;
}

function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (lower.endsWith('y')) return `${lower.slice(0, -1)}ies`;
  return /(s|x|ch)$/.test(lower) ? `${lower}es` : `${lower}s`;
}

export function kindOf(kind: string, apiVersion = 'v1'): Kind {
  return KINDS.get(kind) ?? row(kind, apiVersion, pluralOf(kind));
}

/** `leases.coordination.k8s.io`, `services`: how an error names the resource. */
export function resourceOf({ apiVersion, plural }: Kind): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? plural : `${plural}.${apiVersion.slice(0, slash)}`;
}

/** `Deployment.apps`, `Service`: how an error of validation names the kind. */
export function groupKindOf({ apiVersion, kind }: Kind): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? kind : `${kind}.${apiVersion.slice(0, slash)}`;
}

/** `/api/v1/namespaces/default/services/busybox`; without a name the collection. */
export function pathOf(ref: { readonly kind: string; readonly namespace?: string; readonly name?: string }): string {
  const { apiVersion, plural, namespaced } = kindOf(ref.kind);
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const space = namespaced && ref.namespace !== undefined ? `/namespaces/${ref.namespace}` : '';
  return `${root}${space}/${plural}${ref.name === undefined ? '' : `/${ref.name}`}`;
}

/** `*v1.Service`: how client-go's lines name what a reflector watches. */
export function goTypeOf(kind: string): string {
  return `*v1.${kind}`;
}

/** The namespace an object lives in: none for kinds without one, `default` where none is said. */
export function namespaceOf(
  ref: ObjectRef | { readonly kind: string; readonly namespace?: string },
): string | undefined {
  return kindOf(ref.kind).namespaced ? (ref.namespace ?? 'default') : undefined;
}
