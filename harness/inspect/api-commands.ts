/** What can be asked of the API, in kubectl's words. Asks the ControlPlane port alone; `kubectl get` of four kinds, no more. */
import { ApiReader } from '../../src/evidence/api-rows.js';
import {
  formatLeases,
  formatNodes,
  formatPods,
  formatServices,
  type TableOptions,
} from '../../src/evidence/kubectl.js';
import type { Testbed } from '../../src/ports/testbed.js';
import type { KubeObject } from '../../src/scenario/model.js';
import { type Answer, refused, said } from './answer.js';
import type { KubectlGet } from './kubectl-words.js';

export type AskApi = (testbed: Testbed) => Promise<Answer>;

interface Kind {
  readonly pattern: RegExp;
  readonly kind: string;
  /** As kubectl names it in errors. */
  readonly resource: string;
  readonly namespaced: boolean;
  readonly table: (testbed: Testbed, objects: readonly KubeObject[], options: TableOptions) => Promise<string>;
}

async function listOf(testbed: Testbed, kind: string, namespace?: string) {
  return (await testbed.controlPlane?.list(kind, namespace)) ?? [];
}

function readerOf({ clock }: Testbed): ApiReader {
  return new ApiReader(clock.epoch ?? 0);
}

const KINDS: readonly Kind[] = [
  {
    ...{ pattern: /^(no|nodes?)$/, kind: 'Node', resource: 'nodes', namespaced: false },
    table: async (testbed, nodes, options) => {
      const reader = readerOf(testbed);
      const rows = nodes.map((node) => reader.node(node, []));
      return formatNodes(rows, testbed.clock.now(), options);
    },
  },
  {
    ...{ pattern: /^(po|pods?)$/, kind: 'Pod', resource: 'pods', namespaced: true },
    table: async (testbed, pods, options) => {
      const reader = readerOf(testbed);
      const rows = pods.map((pod) => reader.pod(pod));
      return formatPods(rows, testbed.clock.now(), options);
    },
  },
  {
    ...{ pattern: /^(svc|services?)$/, kind: 'Service', resource: 'services', namespaced: true },
    table: async (testbed, services, options) => {
      const [slices, endpoints] = [await listOf(testbed, 'EndpointSlice'), await listOf(testbed, 'Endpoints')];
      const reader = readerOf(testbed);
      const rows = services.map((one) => reader.service(one, slices, endpoints));
      return formatServices(rows, testbed.clock.now(), options);
    },
  },
  {
    ...{ pattern: /^leases?$/, kind: 'Lease', resource: 'leases.coordination.k8s.io', namespaced: true },
    /** Leases of nodes: the model has no others. */
    table: async (testbed, leases, options) => {
      const reader = readerOf(testbed);
      const names = new Set(leases.map(({ metadata }) => metadata.name));
      const nodes = (await listOf(testbed, 'Node')).filter(({ metadata }) => names.has(metadata.name));
      const rows = nodes.map((node) => reader.node(node, leases));
      return formatLeases(rows, testbed.clock.now(), options);
    },
  },
];

/** How to ask for it; undefined where this file does not know the kind. */
export function apiCommand({ type, names, namespace, everywhere, wide }: KubectlGet): AskApi | undefined {
  const found = KINDS.find(({ pattern }) => pattern.test(type));
  if (!found) return undefined;
  const { kind, resource, namespaced, table } = found;
  return async (testbed) => {
    if (!testbed.controlPlane) return refused('this cluster is bare hosts: there is no API');
    if (names.length > 0 && namespaced && everywhere)
      return refused('error: a resource cannot be retrieved by name across all namespaces');
    const all = await listOf(testbed, kind, namespaced && !everywhere ? namespace : undefined);
    const missing = names.filter((name) => !all.some(({ metadata }) => metadata.name === name));
    const objects = names.length === 0 ? all : all.filter(({ metadata }) => names.includes(metadata.name));
    const nothing = namespaced && !everywhere ? `No resources found in ${namespace} namespace.` : 'No resources found';
    const options = { wide, everywhere: namespaced && everywhere };
    const stdout = objects.length === 0 ? '' : await table(testbed, objects, options);
    if (missing.length === 0) return objects.length === 0 ? { ...said(''), stderr: nothing } : said(stdout);
    const errors = missing.map((name) => `Error from server (NotFound): ${resource} "${name}" not found`);
    return { ...refused(errors.join('\n')), stdout };
  };
}
