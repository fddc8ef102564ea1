/** Makes a topology as small as it can be while something still holds of it: one thing left out at a time, the largest first. */
import type { HostSpec, TopologySpec, Try } from './topology.js';

/** Whether the topology still shows it. */
export type Shows = (spec: TopologySpec) => Promise<boolean>;

function without<T>(items: readonly T[], index: number): T[] {
  return items.filter((_, i) => i !== index);
}

function* smallerHosts(host: HostSpec): Generator<HostSpec> {
  for (const list of ['servers', 'bound', 'neighbours', 'listeners', 'filtered'] as const)
    for (const index of host[list].keys()) yield { ...host, [list]: without<unknown>(host[list], index) };
  for (const key of Object.keys(host.conf)) {
    const { [key]: _, ...conf } = host.conf;
    yield { ...host, conf };
  }
  for (const [index, server] of host.servers.entries()) {
    const smaller = [
      ...(server.destinations.length > 0 ? [{ ...server, destinations: [] }] : []),
      ...(server.masquerade ? [{ ...server, masquerade: false }] : []),
    ];
    for (const one of smaller) yield { ...host, servers: host.servers.map((s, i) => (i === index ? one : s)) };
  }
}

/** Every topology with one thing less. Who asks stays. */
export function* smallerTopologies(spec: TopologySpec, { from }: Try): Generator<TopologySpec> {
  for (const [index, { name }] of spec.hosts.entries()) {
    const named = spec.hosts.some(({ neighbours }) => neighbours.some(({ of }) => of === name));
    if (name !== from && !named && spec.hosts.length > 1) yield { ...spec, hosts: without(spec.hosts, index) };
  }
  for (const [index, host] of spec.hosts.entries())
    for (const smaller of smallerHosts(host))
      yield { ...spec, hosts: spec.hosts.map((one, i) => (i === index ? smaller : one)) };
}

/** The smallest that is reached by leaving out, where leaving out any one thing more loses it. */
export async function shrink(spec: TopologySpec, tried: Try, shows: Shows): Promise<TopologySpec> {
  let smallest = spec;
  for (let found = true; found; ) {
    found = false;
    for (const candidate of smallerTopologies(smallest, tried)) {
      if (!(await shows(candidate))) continue;
      smallest = candidate;
      found = true;
      break;
    }
  }
  return smallest;
}
