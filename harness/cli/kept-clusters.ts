/** `cluster list` and `cluster down`: the clusters that are kept. Apart from `up`, which has far more to load. */
import { ExitCode } from '../../src/verdict/merge.js';
import { Docker } from '../kind/docker.js';
import { forgetCluster, keptClusters, mustBeFree, mustBeKept } from '../kind/kept.js';
import { removeCluster } from '../kind/remove.js';
import type { Context } from './context.js';
import type { ClusterListOptions } from './options.js';

export async function clusterList({ streams: { out } }: Context, { json }: ClusterListOptions): Promise<number> {
  const kept = keptClusters();
  if (json) out.write(`${JSON.stringify(kept, null, 2)}\n`);
  else if (kept.length === 0) out.write('no cluster is kept; windtunnel cluster up FILE makes one\n');
  else
    for (const { name, spec, nodes, madeAt, kubeconfig } of kept)
      out.write(
        `${name}  Kubernetes ${spec.kubernetes}, ${spec.kubeProxy.mode}, ${nodes.length} nodes, of ${madeAt}  ${kubeconfig}\n`,
      );
  return ExitCode.passed;
}

export async function clusterDown({ streams: { out } }: Context, name: string): Promise<number> {
  const kept = mustBeKept(name);
  mustBeFree(kept);
  const { kindName, label, dockerHost } = kept;
  const found = await removeCluster(new Docker(dockerHost), { name: kindName, label });
  forgetCluster(kept);
  out.write(`removed ${name}: ${found} containers and networks\n`);
  return ExitCode.passed;
}
