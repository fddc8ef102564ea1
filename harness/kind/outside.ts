/**
 * The host `outside`: a container on the cluster's network that is no node. Of the node image, which the daemon surely has. Reaped by
 * testcontainers where its reaper's image can be had, by its label and the journal in any case.
 */
import type { Docker } from './docker.js';
import { LABEL } from './names.js';

export interface Outside {
  readonly container: string;
  readonly ip: string;
  close(): Promise<void>;
}

export interface OutsidePlan {
  readonly docker: Docker;
  readonly image: string;
  readonly network: string;
  readonly label: string;
  readonly name: string;
}

const REAPER = 'testcontainers/ryuk';

/** The reaper is never pulled: a machine without a registry would wait for it in vain. */
async function hasReaper(docker: Docker): Promise<boolean> {
  const names = await docker.lines(['image', 'ls', '--format', '{{.Repository}}', REAPER]);
  return names.length > 0;
}

export async function startOutside({ docker, image, network, label, name }: OutsidePlan): Promise<Outside> {
  if (docker.host !== '') process.env.DOCKER_HOST = docker.host;
  if (!(await hasReaper(docker))) process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
  const { GenericContainer } = await import('testcontainers');
  const started = await new GenericContainer(image)
    .withName(`${name}-outside`)
    .withEntrypoint(['sleep', 'infinity'])
    .withNetworkMode(network)
    .withLabels({ [LABEL]: label })
    .start();
  return {
    container: started.getId(),
    ip: started.getIpAddress(network),
    close: async () => void (await started.stop({ timeout: 0 })),
  };
}
