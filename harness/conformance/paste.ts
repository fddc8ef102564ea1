/**
 * A topology as a scenario of bare hosts that can be pasted into files and run. What the language has no words for on bare hosts
 * (listeners, virtual servers, permanent neighbours, filters) stands in comments.
 */
import { stringify } from 'yaml';
import type { HostSpec } from '../../src/lab/topology.js';
import type { Disagreement } from './topologies.js';

function unsaid({ name, listeners, servers, neighbours, filtered }: HostSpec): string[] {
  return [
    ...listeners.map(({ address, port }) => `${name} listens on ${address ?? '0.0.0.0'}:${port}`),
    ...neighbours.map(({ address, of }) => `${name} has a permanent neighbour ${address}, with the MAC of ${of}`),
    ...servers.map(({ address, port, destinations, masquerade }) => {
      const to = destinations.map((d) => `${d.address}:${d.port}`).join(', ') || 'nothing';
      return `${name} has a virtual server ${address}:${port} to ${to}${masquerade ? ', masqueraded' : ''}`;
    }),
    ...(filtered.length > 0
      ? [`${name} refuses new connections to ${filtered.join(', ')}, as KUBE-IPVS-FILTER does`]
      : []),
  ];
}

function nodeOf({ name, address, conf }: HostSpec) {
  const sysctls = Object.fromEntries(Object.entries(conf).map(([key, value]) => [`net.ipv4.conf.all.${key}`, value]));
  return { name, ip: address, ...(Object.keys(sysctls).length > 0 && { sysctls }) };
}

/** What a probe would call the outcome of the connection. */
function probeWord(outcome: string): string {
  if (outcome.startsWith('ok')) return 'ok';
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'refused',
    ECONNRESET: 'reset',
    EHOSTUNREACH: 'host-unreachable',
    ENETUNREACH: 'net-unreachable',
  };
  return words[outcome] ?? 'timeout';
}

/** The cluster file and the scenario file, with the commands in comments. */
export function asScenario({ spec, tried, kernel, model }: Disagreement): string {
  const name = `topology-${spec.seed}`;
  const cluster = {
    apiVersion: 'windtunnel/v1alpha1',
    kind: 'Cluster',
    metadata: { name },
    spec: { nodes: spec.hosts.map(nodeOf), network: { subnet: '10.9.0.0/24' } },
  };
  const binds = spec.hosts.flatMap((host) =>
    host.bound.map(({ address, device }) => ({ bind: { address, on: host.name, device } })),
  );
  const scenario = {
    apiVersion: 'windtunnel/v1alpha1',
    kind: 'Scenario',
    metadata: {
      name,
      description: `From ${tried.from} to ${tried.to}: the kernel says ${kernel}, the model ${model}.`,
    },
    cluster: { from: `${name}-cluster.yaml` },
    probes: { tried: { from: tried.from, tcp: { to: tried.to, port: tried.port }, every: '1s', timeout: '600ms' } },
    steps: [...binds, { expect: [{ probe: 'tried', is: probeWord(kernel), within: '3s' }] }].map((step, index) => ({
      name: `step ${index + 1}`,
      ...step,
    })),
  };
  const comments = [...spec.hosts.flatMap(unsaid)].map((line) => `# ${line}\n`).join('');
  return `# ${name}-cluster.yaml\n${stringify(cluster)}---\n# ${name}.yaml\n${comments}${stringify(scenario)}`;
}
