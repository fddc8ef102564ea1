/** Whether one cluster serves for what asks for another: of the cluster file, what cannot be changed once the cluster is up. */
import { isDeepStrictEqual } from 'node:util';
import type { ClusterSpec } from '../../src/scenario/model.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';

/** One serves for the other: add-ons, schedulers, links, sysctls and further devices are each arm's own. */
export const isLike = (one: ClusterSpec, other: ClusterSpec): boolean =>
  one.subnet === other.subnet && differences(one, other).length === 0;

/** Throws a {@link Failure} where an arm wants another cluster than the user's. */
export function mustBeLike(kept: ClusterSpec, wanted: ClusterSpec, name: string): void {
  const other = differences(kept, wanted);
  if (other.length === 0) return;
  const why = `the cluster ${name} has another ${other.join(', ')} than this arm`;
  const isEmulated = wanted.kubeProxy.mode === 'ipvs' && kept.kubeProxy.mode !== 'ipvs';
  const hint = isEmulated
    ? 'add --emulate-ipvs, if it was made with it, or run without --cluster'
    : 'run without --cluster';
  throw new Failure(ExitCode.infraError, why, hint);
}

/** What of the cluster file the arm wants otherwise. Addresses are the cluster's own. */
function differences(kept: ClusterSpec, wanted: ClusterSpec): readonly string[] {
  const nodesOf = ({ nodes }: ClusterSpec) => nodes.map(({ name, role }) => ({ name, role }));
  const parts = ['kubernetes', 'kubeProxy', 'apiServer', 'cni', 'timing', 'podSubnet', 'serviceSubnet'] as const;
  const other = parts.filter((part) => !isDeepStrictEqual(kept[part], wanted[part]));
  return isDeepStrictEqual(nodesOf(kept), nodesOf(wanted)) ? other : [...other, 'nodes'];
}
