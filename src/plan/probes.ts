/** Probes of the file, references replaced, to those that a testbed starts. */
import { PROBE_DEFAULTS } from '../scenario/defaults.js';
import type { ProbeSpec, ProbeTarget } from '../scenario/model.js';
import { PROBE_NODES } from '../scenario/node-fields.js';
import { type ProbeV1, probe } from '../scenario/v1.js';
import { isAddressOrNode, nameNodes, reportStrayNodes } from './node-names.js';
import type { Pace } from './pace.js';
import type { Scope } from './scope.js';
import type { Site } from './site.js';
import { vantageOf } from './vantage.js';

export interface ProbeContext {
  readonly scope: Scope;
  readonly nodes: ReadonlySet<string>;
  readonly pace: Pace;
}

/** Undefined where something was reported. */
export function probeSpec(name: string, raw: unknown, context: ProbeContext, site: Site): ProbeSpec | undefined {
  const resolved = site.resolve(context.scope, raw, 'scenario');
  if (resolved === undefined) return undefined;
  const named = nameNodes(resolved, PROBE_NODES, context.nodes, site);
  const value = site.parse<ProbeV1>(probe, named);
  if (value !== undefined) reportStrayNodes(named, [], site);
  const target = value && targetOf(value, site);
  if (value === undefined || target === undefined) return undefined;
  const every = value.every === undefined ? PROBE_DEFAULTS.every : site.duration(value.every, 'every');
  const timeout = value.timeout === undefined ? PROBE_DEFAULTS.timeout : site.duration(value.timeout, 'timeout');
  if (every === 0) site.report(['every'], 'WT0115', 'every is 0; more than 0 is taken');
  return {
    name,
    from: vantageOf(value.from),
    target,
    every: context.pace.scaled(every),
    timeout: context.pace.deadline(timeout),
    mode: value.mode ?? PROBE_DEFAULTS.mode,
    place: site.place,
  };
}

function targetOf(value: ProbeV1, site: Site): ProbeTarget | undefined {
  if (value.tcp === 'apiserver') return { kind: 'apiserver' };
  if (value.tcp !== undefined) return { kind: 'tcp', to: value.tcp.to, port: Number(value.tcp.port) };
  if (value.ping !== undefined) return { kind: 'ping', to: value.ping };
  if (value.http !== undefined) {
    if (!/^https?:\/\/[^\s/]+/.test(value.http)) {
      site.report(['http'], 'WT0316', `http does not take ${value.http}`, 'write a URL: https://127.0.0.1:6443/readyz');
    }
    return { kind: 'http', url: value.http };
  }
  if (value.arp === undefined) return undefined;
  if (!isAddressOrNode(value.arp)) site.parseFailure('@address', value.arp, ['arp']);
  return { kind: 'arp', ip: value.arp };
}
