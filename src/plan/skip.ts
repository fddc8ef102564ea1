/** Why a case does not run on a backend: what the scenario requires, and what the backend cannot do. */

import { ipv6In } from '../scenario/address-text.js';
import type { Action, ClusterSpec, Expectation, StepSpec } from '../scenario/model.js';
import { inRange } from '../scenario/version-range.js';
import type { Capabilities } from './capabilities.js';
import { matchKind } from './known-kinds.js';
import { isMapping } from './merge.js';
import type { ArmSpec } from './plan.js';

export interface Requirements {
  readonly kubernetes?: string;
  readonly backends?: readonly string[];
  readonly kernelModules?: readonly string[];
}

/** The first reason; undefined where the case can run. */
export function skipReason(
  requires: Requirements,
  compares: boolean,
  arms: readonly ArmSpec[],
  backend: Capabilities,
): string | undefined {
  const { name } = backend;
  if (requires.backends && !requires.backends.includes(name)) {
    return `requires the backend ${requires.backends.join(' or ')}, not ${name}`;
  }
  const module =
    backend.kernelModules === 'any' ? undefined : missing(requires.kernelModules ?? [], backend.kernelModules);
  if (module !== undefined) return `requires the kernel module ${module}`;
  if (compares && !backend.compare) return `${name} cannot run compare yet`;
  for (const arm of arms) {
    const reason =
      clusterReason(requires, arm.cluster, backend) ?? stepsReason(arm, backend) ?? probesReason(arm, backend);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function missing(wanted: readonly string[], known: readonly string[]): string | undefined {
  return wanted.find((word) => !known.includes(word));
}

function clusterReason(requires: Requirements, cluster: ClusterSpec, backend: Capabilities): string | undefined {
  const { name } = backend;
  const { kubernetes, kubeProxy, cni, apiServer } = cluster;
  if (kubernetes === undefined) {
    if (requires.kubernetes !== undefined)
      return `requires Kubernetes ${requires.kubernetes}; the cluster is bare hosts`;
    return backend.bareHosts ? undefined : `${name} has no bare hosts`;
  }
  if (requires.kubernetes !== undefined && !inRange(kubernetes, requires.kubernetes)) {
    return `requires Kubernetes ${requires.kubernetes}; this is ${kubernetes}`;
  }
  if (!inRange(kubernetes, backend.kubernetes))
    return `${name} runs Kubernetes ${backend.kubernetes}, not ${kubernetes}`;
  if (!backend.proxyModes.includes(kubeProxy.mode)) return `${name} has no kube-proxy mode ${kubeProxy.mode}`;
  if (!backend.cnis.includes(cni.name)) return `${name} has no CNI ${cni.name}`;
  if (!backend.encapsulations.includes(cni.encapsulation)) return `${name} has no encapsulation ${cni.encapsulation}`;
  if (!backend.endpoints.includes(apiServer.endpoint)) return `${name} has no API endpoint ${apiServer.endpoint}`;
  const { nodeDevice } = backend;
  const other = cluster.nodes.find(({ device }) => nodeDevice !== undefined && device !== nodeDevice);
  if (other) return `${name} has no node whose card is ${other.device}`;
  const counters = cluster.nodes.some((node) => node.counters !== undefined);
  return counters && !backend.counters ? `${name} cannot preset interface counters` : undefined;
}

function stepsReason(arm: ArmSpec, backend: Capabilities): string | undefined {
  const running = [...arm.steps, ...arm.catch, ...arm.finally].filter((step: StepSpec) => step.runs);
  const actions = new Set<Action['kind']>();
  const expectations = new Set<Expectation['kind']>();
  for (const step of running) {
    if (step.action) actions.add(step.action.kind);
    for (const { kind } of step.expect) expectations.add(kind);
  }
  const action = missing([...actions], backend.actions);
  if (action !== undefined) return `${backend.name} cannot run ${action} yet`;
  const sends = running.some(({ action }) => action?.kind === 'schedule' && action.arrivals.sends);
  if (sends && !backend.podsSend) return `${backend.name} has no pods that send yet`;
  const kind = backend.kinds === 'any' ? undefined : unservedKind(running, backend.kinds);
  if (kind !== undefined) return `${backend.name} does not serve ${kind}`;
  const expectation = missing([...expectations], backend.expectations);
  return expectation === undefined ? undefined : `${backend.name} cannot judge ${expectation} yet`;
}

/** A kind that there is, and that this backend has not. One that no API server has is refused there, as a step may want it. */
function unservedKind(steps: readonly StepSpec[], kinds: readonly string[]): string | undefined {
  const known = new Set(kinds);
  for (const { action } of steps) {
    for (const { apiVersion, kind } of action?.kind === 'apply' ? action.objects : []) {
      if (!known.has(`${apiVersion} ${kind}`) && matchKind(apiVersion, kind).is === 'unserved')
        return `${apiVersion} ${kind}`;
    }
  }
  return undefined;
}

function probesReason(arm: ArmSpec, backend: Capabilities): string | undefined {
  const target = missing(
    arm.probes.map((probe) => probe.target.kind),
    backend.probes,
  );
  if (target !== undefined) return `${backend.name} cannot probe ${target} yet`;
  const vantage = missing(
    arm.probes.map((probe) => probe.from.kind),
    backend.vantages,
  );
  return vantage === undefined ? undefined : `${backend.name} cannot measure from ${vantage} yet`;
}

/** Texts that are no addresses though they may look so. */
const PROSE: ReadonlySet<string> = new Set([
  'matches',
  'refused',
  'name',
  'description',
  'command',
  'args',
  'filter',
  'links',
]);

/** The first IPv6 address or family in a value: the model is IPv4 only. */
export function firstIpv6(value: unknown): string | undefined {
  if (typeof value === 'string') return ipv6In(value);
  if (Array.isArray(value)) {
    for (const item of value) {
      const found = firstIpv6(item);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isMapping(value)) return undefined;
  for (const [key, item] of Object.entries(value)) {
    if (PROSE.has(key)) continue;
    if (key === 'ipFamilies' && Array.isArray(item) && item.includes('IPv6')) return 'ipFamilies: IPv6';
    const found = firstIpv6(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
