import t from 'tap';
import { SECOND } from '../base/instant.js';
import type { Expectation } from '../scenario/model.js';
import type { ExpectationResult } from '../verdict/verdict.js';
import { runArm } from './engine.js';
import { arm, outageTestbed, probe, type StepParts, testbed } from './scripted-arms.js';
import type { ScriptedTestbed } from './scripted-testbed.js';

type Bare = NonNullable<StepParts['expect']>[number];

/** What becomes of one expectation after five seconds. */
async function seen(bed: ScriptedTestbed, bare: Bare): Promise<Pick<ExpectationResult, 'verdict' | 'seen'>> {
  const sink = { record: () => {}, snapshot: () => {}, capture: () => {} };
  const steps = [{ action: { kind: 'sleep', for: 5 * SECOND } as const }, { expect: [bare] }];
  const { steps: results } = await runArm(bed, arm(steps, { probes: [probe('api')] }), sink);
  const found = results[1]?.expectations[0];
  if (!found) throw new Error('not judged');
  return { verdict: found.verdict, seen: found.seen };
}

function podObject(name: string, phase: string, ready: boolean, extra: object = {}) {
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
  const metadata = { name, namespace: 'default', labels: { app: 'httpd' }, ...extra };
  return { apiVersion: 'v1', kind: 'Pod', metadata, status: { phase, conditions } };
}

function withPods(): ScriptedTestbed {
  const bed = testbed();
  bed.objects.set('Pod default/a', podObject('a', 'Running', true));
  bed.objects.set('Pod default/b', podObject('b', 'Pending', false, { deletionTimestamp: '1970-01-01T00:00:01Z' }));
  return bed;
}

const CASES: readonly [name: string, bare: Bare, verdict: string, words: RegExp][] = [
  ['node', { kind: 'node', nodes: ['worker-1'], condition: 'Ready', is: ['True'] }, 'pass', /^worker-1 Ready=True/],
  ['node', { kind: 'node', nodes: ['worker-9'], condition: 'Ready', is: ['True'] }, 'unknown', /no Node worker-9/],
  ['lease', { kind: 'lease', nodes: ['worker-1'], age: { op: '>=', value: 5 * SECOND } }, 'pass', /renewed at 0.0 s/],
  ['lease', { kind: 'lease', nodes: ['worker-2'], age: { op: '>', value: 0 } }, 'unknown', /worker-2 has no lease/],
  ['address', { kind: 'address', address: '172.30.0.4', on: ['worker-2'], present: true }, 'pass', /on eth0/],
  [
    'address of a device',
    { kind: 'address', address: '172.30.0.4', on: ['worker-2', 'worker-1'], device: 'kube-ipvs0', present: true },
    'fail',
    /worker-2: 172.30.0.4 not on kube-ipvs0; worker-1/,
  ],
  [
    'route',
    { kind: 'route', from: ['worker-1'], to: '172.30.0.3', type: ['local'], device: 'lo' },
    'pass',
    /local 172/,
  ],
  [
    'route',
    { kind: 'route', from: ['worker-1'], to: '172.30.0.4', device: 'lo' },
    'fail',
    /^worker-1: 172.30.0.4 dev eth0/,
  ],
  [
    'virtual server',
    {
      kind: 'virtualServer',
      virtualServer: '10.96.0.1:443',
      on: ['worker-1'],
      realServers: { op: '==', value: 0 },
      present: true,
    },
    'pass',
    /worker-1: TCP 10.96.0.1:443 rr, 0 real servers/,
  ],
  [
    'virtual server',
    { kind: 'virtualServer', virtualServer: '10.96.0.1:444', on: ['worker-1'], present: true },
    'fail',
    /no virtual server 10.96.0.1:444/,
  ],
  [
    'neighbour',
    { kind: 'neighbour', on: ['worker-1'], of: '172.30.0.2', state: ['REACHABLE'] },
    'fail',
    /no neighbour/,
  ],
  ['arp owners', { kind: 'arpOwners', ip: '172.30.0.3', nodes: ['worker-1'] }, 'pass', /answered by worker-1/],
  ['arp owners', { kind: 'arpOwners', ip: '172.30.0.9', nodes: ['worker-1'] }, 'fail', /nobody answers/],
  [
    'connection',
    { kind: 'connection', from: 'worker-1', to: '172.30.0.2', port: 6443, is: ['established'] },
    'pass',
    /established/,
  ],
  [
    'pods',
    { kind: 'pods', labels: { app: 'httpd' }, namespace: 'default', phase: ['Running'] },
    'fail',
    /b Pending, not ready, evicted/,
  ],
  [
    'pods counted',
    {
      kind: 'pods',
      labels: { app: 'httpd' },
      namespace: 'default',
      phase: ['Running'],
      count: { op: '==', value: 1 },
    },
    'pass',
    /a Running, ready/,
  ],
  ['pods evicted', { kind: 'pods', labels: { app: 'httpd' }, namespace: 'default', evicted: true }, 'pass', /evicted/],
  ['no pods', { kind: 'pods', labels: { app: 'x' }, namespace: 'default', ready: true }, 'unknown', /app=x: no pod/],
  ['log', { kind: 'log', of: 'kubelet', on: 'worker-1', matches: 'lease.*deadline' }, 'pass', /failed to update lease/],
  ['log', { kind: 'log', of: 'kubelet', on: 'worker-2', matches: 'lease' }, 'fail', /wrote no such line/],
  ['captured', { kind: 'captured', capture: 'x', count: { op: '==', value: 0 } }, 'unknown', /no capture x/],
  ['cause', { kind: 'cause', cause: ['none'], names: [] }, 'pass', /^diagnosis: none$/],
  ['promql', { kind: 'promql', query: 'up', value: { op: '==', value: 1 } }, 'unknown', /no Prometheus/],
  ['probe', { kind: 'probe', probe: 'api', is: ['ok'], within: SECOND }, 'pass', /^1 sample: ok; at 5.000 s ok/],
  ['probe', { kind: 'probe', probe: 'api', is: ['refused'] }, 'fail', /^1 sample: ok/],
];

t.test('each kind says what it saw', async (t) => {
  for (const [name, bare, verdict, words] of CASES) {
    const bed = withPods();
    bed.renew('worker-1');
    bed.log('worker-1', 'kubelet', 'failed to update lease, error: context deadline exceeded');
    const found = await seen(bed, bare);
    t.equal(found.verdict, verdict, name);
    t.match(found.seen, words, name);
  }
});

t.test('a failure tells how long it was waited for, and how long it held', async (t) => {
  const bed = outageTestbed();
  bed.at(20 * SECOND, () => bed.ready('worker-1', 'False', 'KubeletNotReady'));
  const node = { kind: 'node', nodes: ['worker-1'], condition: 'Ready' } as const;
  const broke = await seen(bed, { ...node, is: ['True'], for: 30 * SECOND });
  t.equal(broke.seen, 'held 15.000 s of 30s; worker-1 Ready=False (KubeletNotReady) since 20 s (API time)');
  const never = await seen(testbed(), { ...node, is: ['Unknown'], within: 3 * SECOND });
  t.equal(never.seen, 'not within 3s; worker-1 Ready=True (KubeletReady) since 0 s (API time)');
});

t.test('probes that sample only while a step waits, or at the edges', async (t) => {
  const bed = testbed();
  const probes = [probe('always'), probe('waited', 'step'), probe('edge', 'edge')];
  const expect: readonly Omit<Expectation & { kind: 'probe' }, 'place' | 'text'>[] = [
    { kind: 'probe', probe: 'waited', is: ['ok'], for: 3 * SECOND },
  ];
  const sink = { record: () => {}, snapshot: () => {}, capture: () => {} };
  const result = await runArm(bed, arm([{ action: { kind: 'sleep', for: SECOND } }, { expect }], { probes }), sink);
  t.equal(result.verdict, 'pass', `${result.reason}`);
  t.strictSame(bed.probesStarted, ['always', 'edge', 'waited', 'edge']);
});
