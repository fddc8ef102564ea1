/** All kinds of expectations about a state, by their word. Probes are not here: they are samples, not a state (window.ts). */
import type { Micros } from '../../base/instant.js';
import type { Expectation } from '../../scenario/model.js';
import { address } from './address.js';
import { arpOwners } from './arp-owners.js';
import { captured } from './captured.js';
import { cause } from './cause.js';
import { connection } from './connection.js';
import type { ExpectationKind, Observation, StateKind, View } from './kind.js';
import { lease } from './lease.js';
import { log } from './log.js';
import { neighbour } from './neighbour.js';
import { node } from './node.js';
import { placement } from './placement.js';
import { pods } from './pods.js';
import { promql } from './promql.js';
import { route } from './route.js';
import { linkUtilisation, moved } from './unobservable.js';
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

/** An expectation about a state: any but those about probes. */
export type StateExpectation = Exclude<Expectation, { kind: 'probe' }>;

/** A kind as its user holds it: to be asked about an expectation of that kind and no other. */
export interface AnyStateKind extends Omit<StateKind<never>, 'observe' | 'notBefore'> {
  observe(expectation: StateExpectation, view: View): Promise<Observation>;
  notBefore?(expectation: StateExpectation, view: View): Micros | undefined;
}

/** The kind of an expectation. That the two belong together is more than an index type can say. */
export function stateKindOf(expectation: StateExpectation): AnyStateKind {
  return STATE_KINDS[expectation.kind] as unknown as AnyStateKind;
}

/** Whether it counts when two arms are compared: probe, node, lease, pods, placement, promql. */
export function isCompared(kind: ExpectationKind): boolean {
  return kind === 'probe' || STATE_KINDS[kind].compared;
}
