/**
 * Takes away what runs put on a cluster that stays, add-ons and schedulers, by kubectl inside its control plane. Found by the cluster's label;
 * what lacks it is the user's, and a namespace goes only with nothing of the user's in it. Knows nothing of what is deployed.
 */
import { NAMESPACE } from './addons/addon-manifests.js';
import { controlPlaneOf, type KindCluster, type KindNode } from './cluster.js';
import { commandFailure } from './docker.js';
import { LABEL } from './names.js';
import { kubectl } from './readiness.js';

const REMOVE_MAX_S = 90;
const KINDS = 'deployment,daemonset,service,configmap,rolebinding,role,serviceaccount,pod';
const OF_NO_NAMESPACE = 'clusterrolebinding,clusterrole';
/** Where add-ons are, and where schedulers are. */
const NAMESPACES = [NAMESPACE, 'kube-system'];

/** What a namespace has of itself, and what follows from other objects and goes with them. */
const OF_ITSELF =
  /^(configmap\/kube-root-ca\.crt|serviceaccount\/default|secret\/default-token-.*|(event|endpoints|endpointslice|podmetrics)s?(\.[a-z0-9.]+)?\/.*)$/;

/** Of every kind that the cluster knows. */
const LIST = `set -e
kinds=$(${kubectl('api-resources', '--namespaced', '--verbs=list,delete', '--output=name').join(' ')})
${kubectl('get', '"$(echo $kinds | tr " " ,)"', '--namespace', NAMESPACE, '--ignore-not-found', '--output=name').join(' ')}`;

type Where = Pick<KindCluster, 'docker' | 'label'> & { readonly nodes: readonly KindNode[] };

/** Throws a {@link Failure} where it does not go. */
export async function removeAddons(where: Where, signal?: AbortSignal): Promise<void> {
  const run = runner(where, signal);
  const marked = markedBy(where);
  const patience = `--timeout=${REMOVE_MAX_S}s`;
  for (const namespace of NAMESPACES)
    await run(kubectl('delete', KINDS, '--namespace', namespace, '--cascade=foreground', ...marked, patience));
  await run(kubectl('delete', OF_NO_NAMESPACE, ...marked, patience));
  const field = `--field-selector=metadata.name=${NAMESPACE}`;
  const made = await run(kubectl('get', 'namespace', field, ...marked, '--output=name'));
  if (made === '') return;
  // It stays, too, where it cannot be told what is in it.
  const inside = await run(['sh', '-c', LIST]).catch(() => undefined);
  signal?.throwIfAborted();
  if (inside === undefined || inside.split('\n').some((name) => name !== '' && !OF_ITSELF.test(name))) return;
  await run(kubectl('delete', 'namespace', field, ...marked, patience));
}

/** How many objects there are to be taken away. */
export async function countAddons(where: Where, signal?: AbortSignal): Promise<number> {
  const run = runner(where, signal);
  const marked = [...markedBy(where), '--output=name'];
  const lists: string[] = [];
  for (const namespace of NAMESPACES) lists.push(await run(kubectl('get', KINDS, '--namespace', namespace, ...marked)));
  lists.push(await run(kubectl('get', OF_NO_NAMESPACE, ...marked)));
  return lists.join('\n').split('\n').filter(Boolean).length;
}

const markedBy = ({ label }: Where) => ['--selector', `${LABEL}=${label}`, '--ignore-not-found'];

function runner({ docker, nodes }: Where, signal: AbortSignal | undefined) {
  const { container } = controlPlaneOf(nodes);
  return async (argv: readonly string[]): Promise<string> => {
    const ran = await docker.exec(container, argv, { timeoutMs: (REMOVE_MAX_S + 30) * 1000, signal });
    signal?.throwIfAborted();
    if (ran.code !== 0) throw commandFailure('docker', ['exec', container, ...argv], ran);
    return ran.stdout.trim();
  };
}
