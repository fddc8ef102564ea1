/**
 * Hosts that are no nodes, as containers: `outside` on the cluster's network, and `gateway` in the network of the machine that runs the
 * containers, which has the bridge's address. Of the node image, which the daemon surely has. Reaped by testcontainers where its
 * reaper's image can be had, by their label and the journal in any case.
 */
import { gatewayOf } from '../../src/evidence/snapshot.js';
import type { Ends } from '../ends/ends.js';
import type { KindCluster } from './cluster.js';
import type { Docker } from './docker.js';
import { LABEL } from './names.js';

export interface Bystander {
  readonly name: 'outside' | 'gateway';
  readonly container: string;
  readonly ip: string;
  close(): Promise<void>;
}

export interface BystanderPlan {
  readonly name: Bystander['name'];
  readonly docker: Docker;
  readonly image: string;
  readonly cluster: Pick<KindCluster, 'name' | 'network' | 'label' | 'subnet'>;
}

const REAPER = 'testcontainers/ryuk';

/** The reaper is never pulled: a machine without a registry would wait for it in vain. */
async function hasReaper(docker: Docker): Promise<boolean> {
  const names = await docker.lines(['image', 'ls', '--format', '{{.Repository}}', REAPER]);
  return names.length > 0;
}

/** One after the other; ended with the arm. */
export async function startBystanders(
  names: readonly Bystander['name'][],
  plan: Omit<BystanderPlan, 'name'>,
  ends: Ends,
  signal?: AbortSignal,
): Promise<readonly Bystander[]> {
  const started: Bystander[] = [];
  for (const name of names) {
    signal?.throwIfAborted();
    const bystander = await startBystander({ ...plan, name });
    ends.add(() => bystander.close());
    started.push(bystander);
  }
  return started;
}

async function startBystander({ name, docker, image, cluster }: BystanderPlan): Promise<Bystander> {
  if (docker.host !== '') process.env.DOCKER_HOST = docker.host;
  if (!(await hasReaper(docker))) process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
  const { GenericContainer } = await import('testcontainers');
  const isOutside = name === 'outside';
  const started = await new GenericContainer(image)
    .withName(`${cluster.name}-${name}`)
    .withEntrypoint(['sleep', 'infinity'])
    .withNetworkMode(isOutside ? cluster.network : 'host')
    .withLabels({ [LABEL]: cluster.label })
    .start();
  return {
    name,
    container: started.getId(),
    ip: isOutside ? started.getIpAddress(cluster.network) : gatewayOf(cluster.subnet),
    close: async () => void (await started.stop({ timeout: 0 })),
  };
}
