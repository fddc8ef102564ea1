/**
 * Three nodes with a kube-proxy each, real or modelled: what the comparison does to them and asks of them. Knows neither side, and no
 * case.
 */
import type { KubeObject } from '../../../src/scenario/model.js';

export const CONTROL_PLANE = 'control-plane';

/** Name and address of each node. */
export const NODES: readonly (readonly [string, string])[] = [
  [CONTROL_PLANE, '172.30.0.2'],
  ['worker-1', '172.30.0.3'],
  ['worker-2', '172.30.0.4'],
];

export const SUBNET = '172.30.0.0/24';
export const API_PORT = 6443;
/** On every node a server listens that says which node it is. */
export const KUBELET_PORT = 10250;

/** What kube-proxy has made on one node. */
export interface NodeTables {
  /** Addresses of kube-ipvs0, sorted. */
  readonly bound: readonly string[];
  /** `TCP 172.30.0.77:8888 rr -> 10.0.0.1:80 weight 1`, sorted. */
  readonly servers: readonly string[];
  /** Rules of the Service chains, as iptables lists them. */
  readonly rules: readonly string[];
}

export interface Side {
  /** Creates it, and sets its status where it has one. Resolves when every kube-proxy that can hear of it has worked. */
  apply(object: KubeObject): Promise<void>;
  remove(object: KubeObject): Promise<void>;
  tables(node: string): Promise<NodeTables>;
  /** Who answers: `HOST`, `refused`, `no answer` (timed out or no route to host: they alternate), or another errno. */
  ask(from: string, ip: string, port: number): Promise<string>;
  close(): Promise<void>;
}

/** Errors of a connection as both sides tell them. */
export function worded(outcome: string): string {
  if (outcome === 'ECONNREFUSED') return 'refused';
  return ['timeout', 'ETIMEDOUT', 'EHOSTUNREACH'].includes(outcome) ? 'no answer' : outcome;
}
