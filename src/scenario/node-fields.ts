/**
 * Which fields hold nodes, as paths below a step: one table for the check of names and for the plan, which turns references
 * into names. `node`: a node of the cluster. `host`: also `outside` and `gateway`. `target`: a host, or an address.
 */
import type { ExpectationKind } from './v1.js';

export type NodeField = readonly [accepts: 'node' | 'host' | 'target', ...path: string[]];

export const EXPECTATION_NODES: Readonly<Record<ExpectationKind, readonly NodeField[]>> = {
  probe: [],
  node: [['node', 'node']],
  lease: [['node', 'lease']],
  address: [['host', 'on']],
  route: [
    ['host', 'route', 'from'],
    ['target', 'route', 'to'],
  ],
  virtualServer: [['host', 'on']],
  neighbour: [
    ['host', 'neighbour', 'on'],
    ['target', 'neighbour', 'of'],
  ],
  arpOwners: [['host', 'nodes']],
  connection: [
    ['host', 'connection', 'from'],
    ['target', 'connection', 'to'],
  ],
  pods: [],
  log: [['node', 'log', 'on']],
  captured: [],
  cause: [],
  promql: [],
  placement: [
    ['node', 'on'],
    ['node', 'over'],
  ],
  moved: [],
  linkUtilisation: [],
};

export const ACTION_NODES: readonly NodeField[] = [
  ['host', 'bind', 'on'],
  ['host', 'unbind', 'on'],
  ['host', 'capture', 'on'],
  ['node', 'traffic', 'from', 'node'],
  ['node', 'traffic', 'to', 'node'],
  ['node', 'schedule', 'sends', 'to', 'node'],
];

export const PROBE_NODES: readonly NodeField[] = [
  ['host', 'from'],
  ['target', 'tcp', 'to'],
  ['target', 'ping'],
];

/** Hosts on the nodes' link that are no nodes. */
export const OTHER_HOSTS: readonly string[] = ['outside', 'gateway'];
