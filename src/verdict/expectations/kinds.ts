/** All kinds of expectations about a state, by their word. Probes are not here: they are samples, not a state (window.ts). */
import type { Expectation } from '../../scenario/model.js';
import { address } from './address.js';
import { arpOwners } from './arp-owners.js';
import { captured } from './captured.js';
import { cause } from './cause.js';
import { connection } from './connection.js';
import type { ExpectationKind, StateKind } from './kind.js';
import { lease } from './lease.js';
import { log } from './log.js';
import { neighbour } from './neighbour.js';
import { node } from './node.js';
import { pods } from './pods.js';
import { route } from './route.js';
import { linkUtilisation, moved, placement, promql } from './unobservable.js';
import { virtualServer } from './virtual-server.js';

const STATE_KINDS: { readonly [K in Exclude<ExpectationKind, 'probe'>]: StateKind<K> } = {
  node,
  lease,
  address,
  route,
  virtualServer,
  neighbour,
  arpOwners,
  connection,
  pods,
  log,
  captured,
  cause,
  promql,
  placement,
  moved,
  linkUtilisation,
};

/** The kind of an expectation that is not about a probe; the two belong together, which the index type cannot say. */
export function stateKindOf(expectation: Exclude<Expectation, { kind: 'probe' }>): StateKind<typeof expectation.kind> {
  return STATE_KINDS[expectation.kind] as unknown as StateKind<typeof expectation.kind>;
}

/** Whether it counts when two arms are compared: probe, node, lease, pods, placement, promql. */
export function isCompared(kind: ExpectationKind): boolean {
  return kind === 'probe' || STATE_KINDS[kind].compared;
}
