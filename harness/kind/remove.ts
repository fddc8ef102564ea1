/** Takes a cluster away by what marks it: kind's label with the cluster's name, and the label of everything else. Twice is no error. */
import type { Entry } from '../journal/journal.js';
import { Docker } from './docker.js';
import { clusterName, KIND_LABEL, LABEL } from './names.js';

const REMOVE_MAX_MS = 120_000;

export interface Marks {
  readonly name: string;
  readonly label: string;
}

/** Containers and networks that are there. */
async function marked(docker: Docker, { name, label }: Marks) {
  const list = (what: string, mark: string) =>
    docker.lines([...what.split(' '), '--quiet', '--no-trunc', '--filter', `label=${mark}`]);
  const [ofKind, others, networks] = await Promise.all([
    list('ps --all', `${KIND_LABEL}=${name}`),
    list('ps --all', `${LABEL}=${label}`),
    list('network ls', `${LABEL}=${label}`),
  ]);
  return { containers: [...new Set([...ofKind, ...others])], networks };
}

/** Answers how many containers and networks there were. Rejects where the daemon refuses. */
export async function removeCluster(docker: Docker, marks: Marks, { dryRun = false } = {}): Promise<number> {
  const { containers, networks } = await marked(docker, marks);
  const found = containers.length + networks.length;
  if (dryRun || found === 0) return found;
  const patience = { timeoutMs: REMOVE_MAX_MS };
  if (containers.length > 0) await docker.text(['rm', '--force', '--volumes', ...containers], patience);
  if (networks.length > 0) await docker.text(['network', 'rm', ...networks], patience);
  return found;
}

/** What a killed run left of a cluster, for gc. */
export function endCluster(
  { label, dockerHost = '' }: Pick<Entry, 'label' | 'dockerHost'>,
  dryRun: boolean,
): Promise<number> {
  return removeCluster(new Docker(dockerHost), { name: clusterName(label), label }, { dryRun });
}
