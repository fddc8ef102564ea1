import t from 'tap';
import { SECOND } from '../base/instant.js';
import { armFolder } from '../evidence/paths.js';
import type { Snapshot } from '../evidence/rows.js';
import { snapshotFiles } from '../evidence/snapshot-files.js';
import type { ArmSpec, CaseSpec } from '../plan/plan.js';
import { judgeCase } from '../verdict/case.js';
import type { HistoryRecord } from '../verdict/history.js';
import { judgeArm } from '../verdict/judge.js';
import type { ArmResult } from '../verdict/verdict.js';
import { runArm } from './engine.js';
import { arm, asControl, OUTAGE, outageTestbed, testbed } from './scripted-arms.js';
import type { ScriptedTestbed } from './scripted-testbed.js';
import type { RunOptions } from './sink.js';

interface Ran {
  readonly result: ArmResult;
  readonly history: HistoryRecord[];
  readonly snapshots: Snapshot[];
}

async function ran(bed: ScriptedTestbed, spec: ArmSpec, options: RunOptions = {}): Promise<Ran> {
  const history: HistoryRecord[] = [];
  const snapshots: Snapshot[] = [];
  const sink = {
    record: (record: HistoryRecord) => void history.push(record),
    snapshot: (snapshot: Snapshot) => void snapshots.push(snapshot),
    capture: () => {},
  };
  return { result: await runArm(bed, spec, sink, options), history, snapshots };
}

const verdictsOf = ({ result }: Ran) =>
  result.steps.map(({ expectations }) => expectations.map(({ verdict }) => verdict));

t.test('the outage passes on the treatment arm, and the control arm differs', async (t) => {
  const treatment = await ran(outageTestbed(), arm(OUTAGE));
  t.equal(treatment.result.verdict, 'pass', `${treatment.result.reason}`);
  t.equal(treatment.result.causes[0]?.id, 'externalip-is-node-address');
  const control = await ran(outageTestbed(), asControl(arm(OUTAGE)));
  t.strictSame(
    control.result.steps.map(({ state }) => state),
    ['ran', 'omitted', 'ran', 'omitted', 'ran'],
  );
  t.equal(control.result.causes[0]?.id, 'none');
  const spec: CaseSpec = {
    ...{ id: 'outage', slug: 'outage', matrix: {}, seed: '1', arms: [], notes: [] },
    backend: 'sim',
    scenario: { name: 'outage', description: '', file: '', tags: [], links: [] },
  };
  t.equal(judgeCase(spec, [treatment.result, control.result]).verdict, 'pass');
  t.match(judgeCase(spec, [treatment.result, { ...treatment.result, name: 'control', expect: 'differs' }]), {
    verdict: 'vacuous',
  });

  const files = new Set(
    treatment.snapshots.flatMap((snapshot) => snapshotFiles(snapshot).map(({ path }) => `treatment/${path}`)),
  );
  for (const { artifact } of treatment.result.causes[0]?.chain ?? []) {
    t.ok(files.has(artifact.split('#')[0] ?? ''), `${artifact} is in the bundle`);
  }
  t.equal(armFolder('treatment'), 'treatment');
});

t.test('what was recorded live is what judging the history again gives', async (t) => {
  for (const spec of [arm(OUTAGE), asControl(arm(OUTAGE))]) {
    const { result, history, snapshots } = await ran(outageTestbed(), spec);
    t.strictSame(judgeArm(spec, history, snapshots), result);
    for (const record of history) {
      if (record.kind !== 'settled') continue;
      const again = result.steps[record.step]?.expectations[record.expectation];
      t.equal(again?.verdict, record.verdict, `step ${record.step}, expectation ${record.expectation}`);
      t.equal(again?.seen, record.seen);
    }
  }
});

t.test('a failure lets the others of its step settle, then goes to catch and finally', async (t) => {
  const bed = testbed();
  bed.outcomes.set('api', () => ({ outcome: 'refused', took: 1000 }));
  const base = arm([
    {
      expect: [
        { kind: 'probe', probe: 'api', is: ['ok'], for: 5 * SECOND },
        { kind: 'node', nodes: ['worker-1'], condition: 'Ready', is: ['True'], for: 8 * SECOND },
      ],
    },
    { expect: [{ kind: 'probe', probe: 'api', is: ['refused'], for: SECOND }] },
  ]);
  const sleep = { kind: 'sleep', for: 2 * SECOND } as const;
  const [caught, final] = arm([{ action: sleep }, { action: sleep }]).steps;
  const run = await ran(bed, { ...base, catch: caught ? [caught] : [], finally: final ? [final] : [] });
  t.strictSame(verdictsOf(run), [['fail', 'pass'], ['not-run'], [], []]);
  t.equal(run.result.verdict, 'fail');
  t.match(run.result.reason, /step 0.*refused/);
  t.strictSame(
    run.result.steps.map(({ list, state }) => `${list} ${state}`),
    ['steps ran', 'steps not-reached', 'catch ran', 'finally ran'],
  );
  t.equal(run.result.elapsed, 12 * SECOND);
  t.ok(run.snapshots.some(({ label }) => label === 'step 0 failed'));
});

t.test('a failure before the first treatment says that the testbed was not well', async (t) => {
  const bed = outageTestbed();
  bed.ready('worker-1', 'False', 'KubeletNotReady');
  const run = await ran(bed, arm(OUTAGE));
  t.equal(run.result.verdict, 'infra-error');
  t.match(run.result.reason, /^before the treatment, .*KubeletNotReady/);
  const control = await ran(bed, asControl(arm(OUTAGE)));
  t.equal(control.result.verdict, 'infra-error', 'a control that was not well is no comparison');
});

t.test('on other arms no expectation fails or stops the case', async (t) => {
  const bed = testbed();
  bed.outcomes.set('api', () => ({ outcome: 'refused', took: 1000 }));
  const spec = arm(
    [
      { expect: [{ kind: 'probe', probe: 'api', is: ['ok'], for: SECOND }] },
      { action: { kind: 'delete', objects: [{ apiVersion: 'v1', kind: 'Service', name: 'x' }] } },
      { expect: [{ kind: 'probe', probe: 'api', is: ['refused'], for: SECOND }] },
    ],
    { name: 'other', expect: 'differs' },
  );
  const run = await ran(bed, spec);
  t.equal(run.result.verdict, 'pass');
  t.strictSame(verdictsOf(run), [['fail'], [], ['pass']]);
  t.match(run.result.steps[1]?.error, /404 NotFound: services "x" not found/);
});

t.test('an expectation about which nothing was seen is unknown and stops nothing', async (t) => {
  const bed = testbed();
  bed.outcomes.set('api', () => ({ outcome: 'ok', took: 1000 * SECOND }));
  const run = await ran(
    bed,
    arm([
      { expect: [{ kind: 'probe', probe: 'api', is: ['ok'], for: 5 * SECOND }] },
      { expect: [{ kind: 'promql', query: 'up', value: { op: '==', value: 1 }, within: SECOND }] },
    ]),
  );
  t.strictSame(verdictsOf(run), [['unknown'], ['unknown']]);
  t.equal(run.result.verdict, 'unknown');
});

t.test("a step's time and a case's time", async (t) => {
  const waiting = {
    kind: 'node',
    nodes: ['worker-1'],
    condition: 'Ready',
    is: ['Unknown'],
    within: 60 * SECOND,
  } as const;
  const step = await ran(testbed(), arm([{ timeout: 10 * SECOND, expect: [waiting] }]));
  t.equal(step.result.verdict, 'fail');
  t.match(step.result.reason, /the step's 10s were over; not within 1m; worker-1 Ready=True/);
  const whole = await ran(testbed(), arm([{ expect: [waiting] }]), { caseTimeout: 10 * SECOND });
  t.equal(whole.result.verdict, 'timeout');
  t.equal(whole.result.elapsed, 10 * SECOND);
  const asleep = await ran(testbed(), arm([{ action: { kind: 'sleep', for: 60 * SECOND } }]), { caseTimeout: SECOND });
  t.equal(asleep.result.verdict, 'timeout');
});

t.test('what an adapter throws is no verdict on the product; stopping passes through', async (t) => {
  const bed = testbed();
  bed.at(2 * SECOND, () => {
    throw new Error('docker exec: container is not running');
  });
  const run = await ran(bed, arm([{ action: { kind: 'sleep', for: 5 * SECOND } }]));
  t.equal(run.result.verdict, 'infra-error');
  t.match(run.result.reason, /container is not running/);
  const stopped = testbed();
  stopped.stopAt = 3 * SECOND;
  await t.rejects(ran(stopped, arm([{ action: { kind: 'sleep', for: 5 * SECOND } }])), { name: 'StoppedError' });
});

t.test('long waits tell what they last saw', async (t) => {
  const told: string[] = [];
  const expect = [
    { kind: 'node', nodes: ['worker-1'], condition: 'Ready', is: ['Unknown'], within: 25 * SECOND },
  ] as const;
  await ran(testbed(), arm([{ expect }]), {
    onProgress: ({ at, step, awaited }) => void told.push(`${at / SECOND} ${step} ${awaited[0]?.seen}`),
  });
  t.strictSame(told, [
    '10 step 0 worker-1 Ready=True (KubeletReady) since 0 s (API time)',
    '20 step 0 worker-1 Ready=True (KubeletReady) since 0 s (API time)',
  ]);
});
