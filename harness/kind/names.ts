/**
 * What kind calls the nodes of a cluster, and the label that marks everything else that is made for it. kind numbers nodes of a role in the
 * config's order: NAME-control-plane, NAME-control-plane2, NAME-worker (pkg/cluster/internal/providers/common/namer.go, v0.30).
 */
import type { ClusterSpec } from '../../src/scenario/model.js';

/** Of networks and of containers that kind does not make. */
export const LABEL = 'kube-windtunnel.label';
/** Of the objects of a workload: its name (Kubernetes' recommended labels). */
export const NAME_LABEL = 'app.kubernetes.io/name';
/** Of containers that kind makes: its value is the cluster's name. */
export const KIND_LABEL = 'io.x-k8s.kind.cluster';

/** Names that nothing else has: the journal finds the containers by them, exactly. */
export const clusterName = (label: string) => `wt-${label.slice(0, 13)}`;
export const networkName = (cluster: string) => `${cluster}-net`;

/** Scenario names to the names of containers, which Kubernetes has for the nodes too. */
export function containerNames(cluster: string, nodes: ClusterSpec['nodes']): ReadonlyMap<string, string> {
  const counts = { 'control-plane': 0, worker: 0 };
  return new Map(
    nodes.map(({ name, role }) => {
      const number = ++counts[role];
      return [name, `${cluster}-${role}${number === 1 ? '' : number}`] as const;
    }),
  );
}
