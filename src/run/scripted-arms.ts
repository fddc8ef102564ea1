/** Small arms and the outage as a script, for tests of the engine and of judging. */
import { MINUTE, type Micros, SECOND } from '../base/instant.js';
import { CLUSTER_PARTS } from '../plan/cluster-fixture.js';
import type { ArmSpec } from '../plan/plan.js';
import type { TestbedNode } from '../ports/testbed.js';
import type { Action, ClusterSpec, Expectation, NodeSpec, ProbeSpec, StepSpec } from '../scenario/model.js';
import { ScriptedTestbed } from './scripted-testbed.js';

const place = { file: 'scenario.yaml', line: 1, column: 1 };

function nodeSpec(name: string, i: number): NodeSpec {
  const role = i === 0 ? 'control-plane' : 'worker';
  return { name, role, ip: `172.30.0.${i + 2}`, device: 'eth0', devices: [], sysctls: {}, linkRateBps: 1e9 };
}

export const NODES: readonly TestbedNode[] = ['control-plane', 'worker-1', 'worker-2'].map((name, i) => ({
  ...nodeSpec(name, i),
  kubernetesName: name,
}));

export const CLUSTER: ClusterSpec = {
  name: 'three-nodes',
  kubernetes: '1.34.2',
  nodes: NODES,
  ...CLUSTER_PARTS,
};

/** The parts of an expectation that say something; `place` and `text` are added. */
type Bare = Expectation extends infer E ? (E extends Expectation ? Omit<E, 'place' | 'text'> : never) : never;

export function expectation(bare: Bare): Expectation {
  return { ...bare, place, text: `${bare.kind} expected` } as Expectation;
}

export interface StepParts {
  readonly treatment?: boolean;
  readonly runs?: boolean;
  readonly timeout?: Micros;
  readonly action?: Action;
  readonly expect?: readonly Bare[];
}

export function step(index: number, parts: StepParts): StepSpec {
  const { treatment = false, runs = true, timeout, action, expect = [] } = parts;
  return {
    ...{ index, name: `step ${index}`, treatment, runs, place, expect: expect.map(expectation) },
    ...(timeout !== undefined && { timeout }),
    ...(action && { action }),
  };
}

export function probe(name: string, mode: ProbeSpec['mode'] = 'continuous'): ProbeSpec {
  const from = { kind: 'node', node: 'worker-1' } as const;
  return { name, from, target: { kind: 'apiserver' }, every: SECOND, timeout: 3 * SECOND, mode, place };
}

export function arm(steps: readonly StepParts[], parts: Partial<ArmSpec> = {}): ArmSpec {
  return {
    ...{ name: 'treatment', omitTreatment: false, expect: 'first', cluster: CLUSTER, probes: [probe('api')] },
    ...{ steps: steps.map((one, i) => step(i, one)), catch: [], finally: [] },
    ...parts,
  };
}

export function asControl(treatment: ArmSpec): ArmSpec {
  return { ...treatment, name: 'control', omitTreatment: true, expect: 'differs' };
}

export function testbed(): ScriptedTestbed {
  return new ScriptedTestbed(CLUSTER, NODES);
}

const SERVICE = { apiVersion: 'v1', kind: 'Service', name: 'busybox', namespace: 'default' };

/** The flagship's steps in short: well before, the faulty Service, the outage with its cause, deleted, well again. */
export const OUTAGE: readonly StepParts[] = [
  {
    expect: [
      { kind: 'probe', probe: 'api', is: ['ok'], for: 5 * SECOND },
      { kind: 'node', nodes: ['worker-1'], condition: 'Ready', is: ['True'] },
    ],
  },
  {
    treatment: true,
    action: {
      kind: 'apply',
      objects: [
        {
          ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'busybox', namespace: 'default' } },
          spec: { clusterIP: '10.96.0.9', ports: [{ port: 8888 }], externalIPs: ['172.30.0.3'] },
        },
      ],
    },
  },
  {
    expect: [
      {
        kind: 'address',
        address: '172.30.0.3',
        on: ['worker-2'],
        device: 'kube-ipvs0',
        present: true,
        within: 5 * SECOND,
      },
      { kind: 'probe', probe: 'api', is: ['timeout'], within: 10 * SECOND, for: 30 * SECOND },
      { kind: 'node', nodes: ['worker-1'], condition: 'Ready', is: ['Unknown'], within: 70 * SECOND },
      { kind: 'lease', nodes: ['worker-1'], age: { op: '>', value: 30 * SECOND } },
      {
        ...{ kind: 'cause', cause: ['externalip-is-node-address'] },
        names: ['Service default/busybox', 'Node worker-1', '172.30.0.3'],
      },
    ],
  },
  { treatment: true, action: { kind: 'delete', objects: [SERVICE] } },
  {
    expect: [
      { kind: 'probe', probe: 'api', is: ['ok'], within: 20 * SECOND, for: 10 * SECOND },
      { kind: 'node', nodes: ['worker-1'], condition: 'Ready', is: ['True'], within: MINUTE, for: 30 * SECOND },
    ],
  },
];

/** A testbed on which the outage happens as the Service comes and goes. */
export function outageTestbed(): ScriptedTestbed {
  const bed = testbed();
  let cutFrom = Number.MAX_SAFE_INTEGER;
  let cutUntil = Number.MAX_SAFE_INTEGER;
  bed.renew('worker-1');
  bed.outcomes.set('api', (at) =>
    at >= cutFrom && at < cutUntil ? { outcome: 'timeout', took: 3 * SECOND } : { outcome: 'ok', took: 1000 },
  );
  bed.onApply = () => {
    cutFrom = bed.clock.now() + SECOND;
    bed.after(SECOND, () => {
      for (const name of ['control-plane', 'worker-2']) bed.host(name).bound.add('172.30.0.3');
      bed.host('control-plane').counters.in_martian_src = 17;
      bed.log('worker-1', 'kubelet', 'failed to update lease, error: context deadline exceeded');
    });
    bed.after(45 * SECOND, () => bed.ready('worker-1', 'Unknown', 'NodeStatusUnknown'));
    return undefined;
  };
  bed.onDelete = () => {
    cutUntil = bed.clock.now() + SECOND;
    bed.after(SECOND, () => {
      for (const host of bed.hosts.values()) host.bound.clear();
    });
    bed.after(8 * SECOND, () => bed.renew('worker-1'));
    bed.after(9 * SECOND, () => bed.ready('worker-1', 'True', 'KubeletReady'));
  };
  return bed;
}
