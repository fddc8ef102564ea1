/**
 * Which kinds there are: those that the model serves, those of the real API that it does not, custom resources, and none at all.
 * Source: k8s.io/api v0.36.3 and the versions that API servers since 1.20 have dropped.
 * A custom resource is told by its group alone: a domain with a dot, as a CRD's must be, and neither a group of Kubernetes nor
 * two letters away from one.
 */
import { distance } from 'fastest-levenshtein';
import { isServed, noMatchesFor, servedKinds } from '../kube/api/kinds.js';

type KindMatch =
  | { readonly is: 'served' }
  /** There is such a kind, or may be, but nothing here serves it. */
  | { readonly is: 'unserved' }
  /** `no matches for kind "Servce" in version "v1"`. */
  | { readonly is: 'unknown'; readonly message: string; readonly known: readonly string[] };

/** Besides those that are served. */
const UNSERVED: readonly (readonly [apiVersion: string, kinds: string])[] = [
  ['v1', 'Binding ComponentStatus Endpoints LimitRange PersistentVolume PersistentVolumeClaim PodTemplate'],
  ['v1', 'ReplicationController ResourceQuota'],
  ['admissionregistration.k8s.io/v1', 'MutatingAdmissionPolicy MutatingAdmissionPolicyBinding'],
  ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration ValidatingWebhookConfiguration'],
  ['admissionregistration.k8s.io/v1beta1', 'MutatingAdmissionPolicy MutatingAdmissionPolicyBinding'],
  ['admissionregistration.k8s.io/v1beta1', 'MutatingWebhookConfiguration ValidatingWebhookConfiguration'],
  ['admissionregistration.k8s.io/v1beta1', 'ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding'],
  ['admissionregistration.k8s.io/v1alpha1', 'MutatingAdmissionPolicy MutatingAdmissionPolicyBinding'],
  ['admissionregistration.k8s.io/v1alpha1', 'ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding'],
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
  ['apiextensions.k8s.io/v1beta1', 'CustomResourceDefinition'],
  ['apiregistration.k8s.io/v1', 'APIService'],
  ['apiregistration.k8s.io/v1beta1', 'APIService'],
  ['apps/v1', 'ControllerRevision'],
  ['authentication.k8s.io/v1', 'SelfSubjectReview TokenRequest TokenReview'],
  ['authorization.k8s.io/v1', 'LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview'],
  ['authorization.k8s.io/v1', 'SubjectAccessReview'],
  ['autoscaling/v1', 'HorizontalPodAutoscaler Scale'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler'],
  ['autoscaling/v2beta1', 'HorizontalPodAutoscaler'],
  ['autoscaling/v2beta2', 'HorizontalPodAutoscaler'],
  ['batch/v1', 'CronJob Job'],
  ['batch/v1beta1', 'CronJob'],
  ['certificates.k8s.io/v1', 'CertificateSigningRequest'],
  ['certificates.k8s.io/v1alpha1', 'ClusterTrustBundle PodCertificateRequest'],
  ['certificates.k8s.io/v1beta1', 'CertificateSigningRequest ClusterTrustBundle PodCertificateRequest'],
  ['coordination.k8s.io/v1alpha2', 'LeaseCandidate'],
  ['coordination.k8s.io/v1beta1', 'Lease LeaseCandidate'],
  ['discovery.k8s.io/v1beta1', 'EndpointSlice'],
  ['events.k8s.io/v1', 'Event'],
  ['events.k8s.io/v1beta1', 'Event'],
  ['extensions/v1beta1', 'Ingress'],
  ['flowcontrol.apiserver.k8s.io/v1', 'FlowSchema PriorityLevelConfiguration'],
  ['flowcontrol.apiserver.k8s.io/v1alpha1', 'FlowSchema PriorityLevelConfiguration'],
  ['flowcontrol.apiserver.k8s.io/v1beta1', 'FlowSchema PriorityLevelConfiguration'],
  ['flowcontrol.apiserver.k8s.io/v1beta2', 'FlowSchema PriorityLevelConfiguration'],
  ['flowcontrol.apiserver.k8s.io/v1beta3', 'FlowSchema PriorityLevelConfiguration'],
  ['internal.apiserver.k8s.io/v1alpha1', 'StorageVersion'],
  ['networking.k8s.io/v1', 'IPAddress Ingress IngressClass NetworkPolicy ServiceCIDR'],
  ['networking.k8s.io/v1alpha1', 'ClusterCIDR IPAddress ServiceCIDR'],
  ['networking.k8s.io/v1beta1', 'IPAddress Ingress IngressClass ServiceCIDR'],
  ['node.k8s.io/v1', 'RuntimeClass'],
  ['node.k8s.io/v1alpha1', 'RuntimeClass'],
  ['node.k8s.io/v1beta1', 'RuntimeClass'],
  ['policy/v1', 'Eviction PodDisruptionBudget'],
  ['policy/v1beta1', 'Eviction PodDisruptionBudget PodSecurityPolicy'],
  ['rbac.authorization.k8s.io/v1alpha1', 'ClusterRole ClusterRoleBinding Role RoleBinding'],
  ['rbac.authorization.k8s.io/v1beta1', 'ClusterRole ClusterRoleBinding Role RoleBinding'],
  ['resource.k8s.io/v1', 'DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice'],
  ['resource.k8s.io/v1alpha1', 'PodScheduling ResourceClaim ResourceClaimTemplate ResourceClass'],
  ['resource.k8s.io/v1alpha2', 'PodSchedulingContext ResourceClaim ResourceClaimParameters ResourceClaimTemplate'],
  ['resource.k8s.io/v1alpha2', 'ResourceClass ResourceClassParameters ResourceSlice'],
  ['resource.k8s.io/v1alpha3', 'DeviceClass DeviceTaintRule PodSchedulingContext ResourceClaim'],
  ['resource.k8s.io/v1alpha3', 'ResourceClaimTemplate ResourcePoolStatusRequest ResourceSlice'],
  ['resource.k8s.io/v1beta1', 'DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice'],
  ['resource.k8s.io/v1beta2', 'DeviceClass DeviceTaintRule ResourceClaim ResourceClaimTemplate ResourceSlice'],
  ['scheduling.k8s.io/v1alpha1', 'PriorityClass Workload'],
  ['scheduling.k8s.io/v1alpha2', 'PodGroup Workload'],
  ['scheduling.k8s.io/v1beta1', 'PriorityClass'],
  ['storage.k8s.io/v1', 'CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment VolumeAttributesClass'],
  ['storage.k8s.io/v1alpha1', 'CSIStorageCapacity VolumeAttachment VolumeAttributesClass'],
  [
    'storage.k8s.io/v1beta1',
    'CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment VolumeAttributesClass',
  ],
  ['storagemigration.k8s.io/v1alpha1', 'StorageVersionMigration'],
  ['storagemigration.k8s.io/v1beta1', 'StorageVersionMigration'],
];

/** Letters by which a slip of the pen differs. */
const SLIP_MAX = 2;

const unserved: readonly (readonly [apiVersion: string, kind: string])[] = UNSERVED.flatMap(([apiVersion, kinds]) =>
  kinds.split(' ').map((kind) => [apiVersion, kind] as const),
);
const UNSERVED_PAIRS: ReadonlySet<string> = new Set(unserved.map((pair) => pair.join(' ')));
const GROUPS: ReadonlySet<string> = new Set(
  [...unserved.map(([apiVersion]) => apiVersion), ...servedKinds().map(({ apiVersion }) => apiVersion)].map(groupOf),
);

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

export function matchKind(apiVersion: string, kind: string): KindMatch {
  if (isServed(apiVersion, kind)) return { is: 'served' };
  if (UNSERVED_PAIRS.has(`${apiVersion} ${kind}`)) return { is: 'unserved' };
  const group = groupOf(apiVersion);
  if (group.includes('.') && [...GROUPS].every((other) => distance(group, other) > SLIP_MAX)) return { is: 'unserved' };
  return { is: 'unknown', message: noMatchesFor(apiVersion, kind), known: instead(apiVersion, kind) };
}

/** The right apiVersion of a kind that there is, or the kinds of an apiVersion that there is. */
function instead(apiVersion: string, kind: string): readonly string[] {
  const pairs = [...servedKinds().map((row) => [row.apiVersion, row.kind] as const), ...unserved];
  const versions = pairs.filter(([, other]) => other === kind).map(([other]) => `${other} ${kind}`);
  if (versions.length > 0) return versions.slice(0, 1);
  const kinds = pairs.filter(([other]) => other === apiVersion).map(([, other]) => other);
  return kinds.length > 0 ? kinds : pairs.map(([, other]) => other);
}
