/**
 * What is done to both sides, in order: Services that hold addresses of nodes and others, made and deleted. Each sitting has a cluster of
 * its own.
 */
import type { KubeObject } from '../../../src/scenario/model.js';
import { SUBNET } from './side.js';

export interface Step {
  readonly title: string;
  readonly apply?: KubeObject;
  /** What an earlier step applied. */
  readonly remove?: KubeObject;
  /** Connections are tried too, after the tables. */
  readonly ask?: true;
}

export interface Sitting {
  readonly name: string;
  readonly excludeCIDRs: readonly string[];
  readonly steps: readonly Step[];
}

/** An address of the nodes' network that nobody has. */
const FREE = '172.30.0.77';
const WORKER = '172.30.0.3';
const SERVER = '172.30.0.2';
const BALANCER = '192.168.77.10';
const CLUSTER_IPS = '10.96.50.';

let clusterIPs = 10;

interface Wanted {
  readonly name: string;
  readonly port: number;
  readonly externalIPs?: readonly string[];
  readonly nodePort?: number;
  readonly balancer?: string;
}

function service({ name, port, externalIPs, nodePort, balancer }: Wanted): KubeObject {
  const clusterIP = `${CLUSTER_IPS}${clusterIPs++}`;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: {
      clusterIP,
      ports: [{ port, targetPort: 80, protocol: 'TCP', ...(nodePort && { nodePort }) }],
      ...(externalIPs && { externalIPs }),
      ...(balancer && { type: 'LoadBalancer' }),
    },
    ...(balancer && { status: { loadBalancer: { ingress: [{ ip: balancer }] } } }),
  };
}

const faulty = (name: string, address: string) => service({ name, port: 8888, externalIPs: [address] });

const applied = (title: string, object: KubeObject, ask?: true): Step => ({
  title,
  apply: object,
  ...(ask && { ask }),
});
const removed = (title: string, remove: KubeObject, ask?: true): Step => ({ title, remove, ...(ask && { ask }) });

const first = faulty('first', FREE);
const second = service({ name: 'second', port: 9999, externalIPs: [FREE] });
const balanced = service({ name: 'balanced', port: 80, nodePort: 30080, balancer: BALANCER });
const a = faulty('a', WORKER);
const b = faulty('b', SERVER);

export const SITTINGS: readonly Sitting[] = [
  {
    name: 'plain',
    excludeCIDRs: [],
    steps: [
      applied('a Service with a free external address', first),
      applied('a second one shares the address', second),
      removed('the first is deleted', first),
      removed('the second is deleted', second),
      applied('a load balancer’s address and a node port', balanced),
      removed('it is deleted', balanced),
      applied('A: the external address is worker-1’s', a, true),
      removed('A is deleted', a, true),
      applied('B: the external address is the control plane’s', b, true),
      removed('B is deleted', b, true),
    ],
  },
  {
    name: `excludeCIDRs ${SUBNET}`,
    excludeCIDRs: [SUBNET],
    steps: [
      applied('a free external address within', first),
      removed('it is deleted', first),
      applied('A: the external address is worker-1’s', a, true),
      removed('A is deleted', a, true),
    ],
  },
];

/** Every address that a sitting can bring onto a node: the rest of the tables belongs to the cluster's own Services. */
export const isOurs = (address: string) =>
  address.startsWith('172.30.') || address === BALANCER || address.startsWith(CLUSTER_IPS);
