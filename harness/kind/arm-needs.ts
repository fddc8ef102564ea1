/**
 * What an arm needs of the cluster that it gets, as its spec tells: the hosts beside the nodes, and the subnet where it writes addresses
 * out. Knows no cluster but by its subnet.
 */
import { contains, parseIpv4, prefix } from '../../src/base/ip.js';
import type { ArmSpec } from '../../src/plan/plan.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { leftOut } from '../../src/verdict/treatment.js';
import { Failure } from '../failure.js';
import type { Bystander } from './bystander.js';

/** All that may run, under `catch` and `finally` too. */
export const stepsOf = (arm: Pick<ArmSpec, 'steps' | 'catch' | 'finally'>): ArmSpec['steps'] => [
  ...arm.steps,
  ...arm.catch,
  ...arm.finally,
];

/** `${nodes.X.ip}` follows the subnet that the cluster got; an address that is written out does not. */
export function mustFollow(arm: ArmSpec, got: string): void {
  const { cluster, probes } = arm;
  if (got === cluster.subnet) return;
  const subnet = prefix(cluster.subnet);
  const written = JSON.stringify([stepsOf(arm), probes]).match(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g) ?? [];
  const lost = [...new Set(written)].filter((text) => contains(subnet, parseIpv4(text) ?? 0));
  if (lost.length === 0) return;
  const why = `the scenario names ${lost.join(', ')}, and ${cluster.subnet} is taken here: the cluster has ${got}`;
  throw new Failure(
    ExitCode.infraError,
    why,
    'docker network ls shows who has it; or give the cluster file another network.subnet',
  );
}

/** `outside` keeps time and answers ARP for all; `gateway` stands in the network of the daemon's machine, and only where it is asked. */
export function bystandersOf(arm: ArmSpec): readonly Bystander['name'][] {
  const used = stepsOf(arm).flatMap(({ action }) => {
    if (action?.kind === 'capture') return action.on;
    return action?.kind === 'traffic' ? [action.flow.from, action.flow.to] : [];
  });
  const places = [...arm.probes.map(({ from }) => from), ...used];
  return places.some(({ kind }) => kind === 'gateway') ? ['outside', 'gateway'] : ['outside'];
}

/**
 * Hosts on which the arm will capture packets; where a pod runs is not known before it does, so with one these are all nodes. Those of `catch` and
 * `finally`, which may never run, get ready when they do.
 */
export function capturedOn(arm: ArmSpec): readonly string[] {
  const steps = arm.steps.filter((step) => leftOut(arm, step) === undefined);
  const places = steps.flatMap(({ action }) => (action?.kind === 'capture' ? action.on : []));
  const all = places.some(({ kind }) => kind === 'pod') ? arm.cluster.nodes.map(({ name }) => name) : [];
  const named = places.flatMap((at) => (at.kind === 'pod' ? [] : at.kind === 'node' ? at.node : at.kind));
  return [...new Set([...named, ...all])];
}
