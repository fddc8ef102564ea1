/** What can be asked of the API, in kubectl's words. Asks the ControlPlane port alone; `kubectl get` of four kinds, no more. */
import { ApiReader } from '../../src/evidence/api-rows.js';
import { formatLeases, formatNodes, formatPods, formatServices } from '../../src/evidence/kubectl.js';
import type { Testbed } from '../../src/ports/testbed.js';

export type AskApi = (testbed: Testbed) => Promise<string>;

interface Scope {
  /** Absent: all namespaces, with a column for them. */
  readonly namespace?: string;
  readonly wide: boolean;
}

type Answer = (testbed: Testbed, reader: ApiReader, scope: Scope) => Promise<string>;

const NOTHING = 'No resources found';

async function listOf(testbed: Testbed, kind: string, namespace?: string) {
  return (await testbed.controlPlane?.list(kind, namespace)) ?? [];
}

const nodesAnswer: Answer = async (testbed, reader, { wide }) => {
  const leases = await listOf(testbed, 'Lease', 'kube-node-lease');
  const rows = (await listOf(testbed, 'Node')).map((node) => reader.node(node, leases));
  return rows.length === 0 ? NOTHING : formatNodes(rows, testbed.clock.now(), { wide });
};

const podsAnswer: Answer = async (testbed, reader, { namespace }) => {
  const rows = (await listOf(testbed, 'Pod', namespace)).map((pod) => reader.pod(pod));
  const everywhere = namespace === undefined;
  return rows.length === 0 ? NOTHING : formatPods(rows, testbed.clock.now(), { everywhere });
};

const servicesAnswer: Answer = async (testbed, reader, { namespace }) => {
  const [slices, endpoints] = [await listOf(testbed, 'EndpointSlice'), await listOf(testbed, 'Endpoints')];
  const rows = (await listOf(testbed, 'Service', namespace)).map((one) => reader.service(one, slices, endpoints));
  const everywhere = namespace === undefined;
  return rows.length === 0 ? NOTHING : formatServices(rows, testbed.clock.now(), { everywhere });
};

/** Leases of nodes, whatever namespace is asked for: the model has no others. */
const leasesAnswer: Answer = async (testbed, reader) => {
  const leases = await listOf(testbed, 'Lease', 'kube-node-lease');
  const rows = (await listOf(testbed, 'Node')).map((node) => reader.node(node, leases));
  return leases.length === 0 ? NOTHING : formatLeases(rows, testbed.clock.now());
};

const ANSWERS: readonly (readonly [RegExp, Answer])[] = [
  [/^(no|nodes?)$/, nodesAnswer],
  [/^(po|pods?)$/, podsAnswer],
  [/^(svc|services?)$/, servicesAnswer],
  [/^leases?$/, leasesAnswer],
];

/** The options of `kubectl get` that say which objects and how; undefined where one is not known. */
function scopeOf(options: readonly string[]): Scope | undefined {
  let namespace: string | undefined = 'default';
  let wide = false;
  for (let i = 0; i < options.length; i++) {
    const option = options[i] ?? '';
    if (option === '-A' || option === '--all-namespaces') namespace = undefined;
    else if (option === '-n' || option === '--namespace') namespace = options[++i];
    else if (option.startsWith('--namespace=')) namespace = option.slice('--namespace='.length);
    else if (option === '-o' && options[i + 1] === 'wide') [wide, i] = [true, i + 1];
    else if (option === '-owide' || option === '--output=wide') wide = true;
    else return undefined;
  }
  return namespace === undefined ? { wide } : { namespace, wide };
}

/** How to ask the words after `kubectl`; undefined where this file does not know them. */
export function apiCommand(words: readonly string[]): AskApi | undefined {
  const [verb, kind = '', ...options] = words;
  const answer = ANSWERS.find(([pattern]) => pattern.test(kind))?.[1];
  const scope = scopeOf(options);
  if (verb !== 'get' || !answer || !scope) return undefined;
  return async (testbed) => {
    if (!testbed.controlPlane) return 'this cluster is bare hosts: there is no API';
    return answer(testbed, new ApiReader(testbed.clock.epoch ?? 0), scope);
  };
}
