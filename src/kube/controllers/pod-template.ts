/** Pods made from a workload's template, and who owns what. */
import type { KubeObject } from '../../scenario/model.js';
import type { OwnerReference, PodTemplate, Stored } from '../api/objects.js';

export function podFrom(
  template: PodTemplate,
  metadata: { readonly name: string; readonly generateName?: string; readonly namespace: string },
  owner: OwnerReference,
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      ...(template.metadata?.labels && { labels: template.metadata.labels }),
      ...(template.metadata?.annotations && { annotations: template.metadata.annotations }),
      ownerReferences: [{ ...owner, controller: true }],
    },
    spec: template.spec,
  };
}

export function ownedBy(object: Stored, kind: string): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true && owner.kind === kind);
}
