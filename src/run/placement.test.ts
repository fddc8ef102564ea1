/** Flows, arriving pods, PromQL values and placement, on a testbed whose scheduler and Prometheus are a script. */
import t from 'tap';
import { type Micros, SECOND } from '../base/instant.js';
import { RandomSource } from '../base/random.js';
import type { FlowSpec, KubeObject } from '../scenario/model.js';
import type { ArmResult } from '../verdict/verdict.js';
import { arrivalTimes } from './actions/schedule.js';
import { runArm } from './engine.js';
import { arm, CLUSTER, type StepParts } from './scripted-arms.js';
import { ScriptedTestbed } from './scripted-testbed.js';

type Bare = NonNullable<StepParts['expect']>[number];

const NODES = CLUSTER.nodes.map((node) => ({ ...node, kubernetesName: `wt-${node.name}` }));
const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'busybox' }] } };
const arrivals = { pods: 4, spacing: SECOND, spread: 'even', template } as const;
const FOUR: StepParts = { action: { kind: 'schedule', arrivals } };

/** A scheduler that puts pods alternately on the two workers, and tells the points of the first ones. */
function scheduling(tells = 4): ScriptedTestbed {
  const bed = new ScriptedTestbed(CLUSTER, NODES);
  let count = 0;
  bed.onApply = (object) => {
    const node = `wt-worker-${(count++ % 2) + 1}`;
    const { name, namespace = '' } = object.metadata;
    const bound: KubeObject = { ...object, spec: { ...(object.spec as object), nodeName: node } };
    bed.after(0, () => void bed.objects.set(`Pod ${namespace}/${name}`, bound));
    const points = {
      network_traffic: { 'wt-worker-1': 490 + count, 'wt-worker-2': 480 },
      NodeResourcesFit: { 'wt-worker-1': 0, 'wt-worker-2': 100 },
    };
    const decision = { pod: `${namespace}/${name}`, scheduler: 'bandwidth-scheduler', node, points };
    if (count <= tells) bed.records.push({ kind: 'decision', at: bed.clock.now(), ...decision });
    return undefined;
  };
  return bed;
}

async function run(bed: ScriptedTestbed, steps: readonly StepParts[], seed = '1'): Promise<ArmResult> {
  const sink = { record: () => {}, snapshot: () => {}, capture: () => {} };
  return runArm(bed, arm(steps, { probes: [] }), sink, { seed });
}

const ARRIVED: readonly StepParts[] = [FOUR, { action: { kind: 'sleep', for: SECOND } }];

async function judged(bed: ScriptedTestbed, bare: Bare, before: readonly StepParts[] = ARRIVED) {
  const { steps } = await run(bed, [...before, { expect: [bare] }]);
  const found = steps.at(-1)?.expectations[0];
  return `${found?.verdict}: ${found?.seen}`;
}

const of = (parts: object) => ({ kind: 'placement', labels: { app: 'web' }, ...parts }) as Bare;
const exactly = (value: number) => ({ op: '==', value }) as const;

t.test('pods arrive evenly, under names that no other step gives', async (t) => {
  const bed = scheduling();
  const created: [string, Micros][] = [];
  const { onApply } = bed;
  bed.onApply = (object) => {
    created.push([object.metadata.name, bed.clock.now()]);
    return onApply(object);
  };
  const result = await run(bed, [FOUR, { action: { kind: 'schedule', arrivals: { ...arrivals, pods: 1 } } }]);
  t.equal(result.verdict, 'pass', `${result.reason}`);
  t.strictSame(created, [
    ['web-1', 0],
    ['web-2', SECOND],
    ['web-3', 2 * SECOND],
    ['web-4', 3 * SECOND],
    ['web-5', 3 * SECOND],
  ]);
});

t.test('a pod that the API refuses fails the step with its words', async (t) => {
  const bed = scheduling();
  bed.onApply = () => 'pods "web-1" is forbidden: exceeded quota';
  const result = await run(bed, [FOUR]);
  t.equal(result.verdict, 'fail');
  t.match(result.reason, /Pod web-1: 403 Forbidden: .*exceeded quota/);
});

t.test('Poisson arrivals follow the seed, and their gaps have the mean that was asked for', async (t) => {
  const many = { ...arrivals, pods: 2000, spacing: 100_000, spread: 'poisson' } as const;
  const of = (seed: string) => new RandomSource(seed).stream('arrivals');
  const times = arrivalTimes(many, of('7'));
  t.strictSame(arrivalTimes(many, of('7')), times);
  t.notSame(arrivalTimes(many, of('8')), times);
  const stream = of('7');
  arrivalTimes(many, stream);
  t.notSame(arrivalTimes(many, stream), times, 'a second step has times of its own');
  const gaps = times.map((at, i) => at - (times[i - 1] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  // Of 2000 exponential gaps the mean is off by 2.2 %, the deviation by about 3 %, once in three.
  t.ok(Math.abs(mean / 100_000 - 1) < 0.1, `mean ${mean}`);
  t.ok(Math.abs(Math.sqrt(variance) / mean - 1) < 0.15, `deviation ${Math.sqrt(variance)}`);
});

t.test('placement counts pods by node, and knows nothing of pods that are not there', async (t) => {
  t.equal(await judged(scheduling(), of({ scheduled: 4 })), 'pass: 2 on worker-1, 2 on worker-2');
  t.equal(await judged(scheduling(), of({ scheduled: 5 })), 'fail: 2 on worker-1, 2 on worker-2');
  t.match(await judged(scheduling(), of({ on: ['worker-1'], count: exactly(2) })), /^pass/);
  t.match(await judged(scheduling(), of({ on: ['worker-1'], count: exactly(0) })), /^fail/);
  t.match(await judged(scheduling(), of({ on: ['worker-1', 'worker-2'] })), /^pass/);
  t.match(await judged(scheduling(), of({ on: ['worker-2'] })), /^fail/);
  t.equal(await judged(scheduling(), of({ on: ['worker-1'], count: exactly(0) }), []), 'unknown: no pod');
});

t.test(
  'a plugin ran where it scored several nodes for every pod, and its margin is judged for every pod',
  async (t) => {
    const plugin = 'network_traffic';
    t.equal(
      await judged(scheduling(), of({ plugin, ran: true })),
      'pass: network_traffic scored several nodes for 4 of 4 pods',
    );
    t.match(await judged(scheduling(), of({ plugin: 'Other', ran: true })), /^fail: .* 0 of 4/);
    t.match(await judged(scheduling(), of({ plugin: 'Other', ran: false })), /^pass/);
    t.equal(
      await judged(scheduling(), of({ plugin, margin: { op: '>=', value: -20 }, over: 'worker-2' })),
      'pass: network_traffic gave the chosen nodes 0 to 13 points more than worker-2',
    );
    t.equal(
      await judged(scheduling(), of({ plugin, margin: { op: '>=', value: 0 } })),
      'fail: network_traffic gave the chosen nodes -14 to 13 points more than the runner-up',
    );
    t.match(
      await judged(scheduling(), of({ plugin, margin: { op: '>=', value: 0 }, over: 'control-plane' })),
      /^unknown: .* compared with control-plane for 0 of 4 pods/,
    );
    t.match(await judged(scheduling(0), of({ plugin, ran: true })), /^unknown: no scheduler has told of 4 of 4 pods/);
    // One line that is late is no pod that was not scored.
    t.match(await judged(scheduling(3), of({ plugin, ran: true })), /^unknown: no scheduler has told of 1 of 4 pods/);
    t.match(await judged(scheduling(3), of({ plugin: 'Other', ran: false })), /^unknown/);
    t.match(await judged(scheduling(3), of({ plugin, margin: exactly(0) })), /^unknown: .* for 3 of 4 pods/);
  },
);

t.test('every series of a query has to compare so; none, an error or no Prometheus is unknown', async (t) => {
  const value = { op: 'range', low: 1, high: 2 } as const;
  const answering = (...values: number[]) => {
    const bed = scheduling();
    const samples = values.map((one, i) => ({ labels: values.length > 1 ? { node: `n${i}` } : {}, value: one }));
    bed.metrics = { query: async (text) => (text === 'up' ? { ok: true, samples } : { ok: false, error: 'bad_data' }) };
    return bed;
  };
  const ask = (bed: ScriptedTestbed, query = 'up') => judged(bed, { kind: 'promql', query, value }, []);
  t.equal(await ask(answering(1.5)), 'pass: 1.5');
  t.equal(await ask(answering(1.5, 2.25)), 'fail: {node="n1"} 2.25');
  t.equal(await ask(answering(Number.NaN)), 'fail: NaN');
  t.equal(await ask(answering()), 'unknown: no series');
  t.equal(await ask(answering(1), 'up{'), 'unknown: Prometheus says: bad_data');
  t.equal(await ask(scheduling()), 'unknown: the cluster has no Prometheus');
});

t.test('a flow that does not run as asked fails its step', async (t) => {
  const flow: FlowSpec = {
    name: 'f',
    from: { kind: 'outside' },
    to: { kind: 'gateway' },
    protocol: 'tcp',
    rateBps: 1e6,
  };
  const bed = scheduling();
  t.match((await run(bed, [{ action: { kind: 'traffic', flow, within: 40e6 } }])).reason, /generates no traffic/);
  bed.traffic = { start: async () => ({ ok: false, error: 'f reaches 3 Mbps' }) };
  t.match((await run(bed, [{ action: { kind: 'traffic', flow, within: 40e6 } }])).reason, /f reaches 3 Mbps/);
  bed.traffic = { start: async ({ name }) => ({ ok: true, text: `${name} runs` }) };
  t.equal((await run(bed, [{ action: { kind: 'traffic', flow, within: 40e6 } }])).verdict, 'pass');
});
