import { readFileSync } from 'node:fs';
import t from 'tap';
import { SECOND } from '../base/instant.js';
import type { Snapshot } from '../evidence/rows.js';
import { snapshotFiles } from '../evidence/snapshot-files.js';
import { bindNodes } from '../plan/bind-nodes.js';
import { SIM } from '../plan/capabilities.js';
import { makePlan } from '../plan/make-plan.js';
import type { ArmSpec, CaseSpec } from '../plan/plan.js';
import { memoryFiles } from '../scenario/source.js';
import { bringUpSim } from '../sim/testbed.js';
import { judgeCase } from '../verdict/case.js';
import type { HistoryRecord } from '../verdict/history.js';
import { judgeArm } from '../verdict/judge.js';
import { timelineOf } from '../verdict/timeline.js';
import type { ArmResult } from '../verdict/verdict.js';
import { runArm } from './engine.js';

const SCENARIOS = 'scenarios/outage';
const FILES = [
  `${SCENARIOS}/externalip-is-worker.yaml`,
  `${SCENARIOS}/externalip-is-control-plane.yaml`,
  `${SCENARIOS}/manifests/busybox-on-control-plane.yaml`,
  'clusters/three-nodes.yaml',
];

function caseOf(id: string): CaseSpec {
  const files = memoryFiles(Object.fromEntries(FILES.map((file) => [file, readFileSync(file, 'utf8')])));
  const { plan, diagnostics } = makePlan({ scenarios: FILES.slice(0, 2), backends: [SIM], seed: '7' }, files);
  const found = plan?.cases.find((spec) => spec.id === id);
  if (!found) throw new Error(`no case ${id}: ${JSON.stringify(diagnostics)}`);
  return found;
}

interface Ran {
  readonly arm: ArmSpec;
  readonly result: ArmResult;
  readonly history: HistoryRecord[];
  readonly snapshots: Snapshot[];
}

async function ran(spec: CaseSpec, planned: ArmSpec, stopAt?: number, notes: readonly string[] = []): Promise<Ran> {
  const options = { seed: spec.seed, caseId: spec.id, ...(stopAt !== undefined && { stopAt }) };
  const testbed = await bringUpSim(planned, options);
  const arm = bindNodes(planned, testbed.nodes);
  const history: HistoryRecord[] = [];
  const snapshots: Snapshot[] = [];
  const sink = {
    record: (record: HistoryRecord) => void history.push(record),
    snapshot: (snapshot: Snapshot) => void snapshots.push(snapshot),
    capture: () => {},
  };
  return { arm, result: await runArm({ ...testbed, notes }, arm, sink), history, snapshots };
}

const stored = <T>(value: T): T => JSON.parse(JSON.stringify(value));

/** Without any word of the scenario: names of steps, texts of expectations. */
function stripped(arm: ArmSpec): ArmSpec {
  const steps = arm.steps.map((step) => ({
    ...step,
    name: '',
    expect: step.expect.map((expectation) => ({ ...expectation, text: '' })),
  }));
  return { ...arm, steps };
}

const told = ({ causes }: ArmResult) =>
  causes.map(({ id, names, chain }) => ({ id, names, claims: chain.map(({ claim }) => claim) }));

const WORKER = 'externalip-is-worker[kubernetes=1.34.2,proxyMode=ipvs]';
const CONTROL_PLANE = 'externalip-is-control-plane';
const IPTABLES = 'externalip-is-worker[kubernetes=1.34.2,proxyMode=iptables]';

for (const [id, cause] of [
  [WORKER, 'externalip-is-node-address'],
  [CONTROL_PLANE, 'externalip-is-node-address'],
  [IPTABLES, 'none'],
] as const) {
  t.test(`${id}: verdict, cause, and the same again from what was stored`, async (t) => {
    const spec = caseOf(id);
    const arms: ArmResult[] = [];
    for (const planned of spec.arms) {
      const { arm, result, history, snapshots } = await ran(spec, planned);
      arms.push(result);
      t.strictSame(
        stored(judgeArm(arm, stored(history), stored(snapshots))),
        stored(result),
        `${arm.name} judged again`,
      );
      for (const record of history) {
        if (record.kind !== 'settled') continue;
        const again = result.steps.find(({ list, index }) => list === record.list && index === record.step);
        t.match(again?.expectations[record.expectation], { verdict: record.verdict, seen: record.seen });
      }
      const files = new Set(snapshots.flatMap((one) => snapshotFiles(one).map(({ path }) => `${arm.name}/${path}`)));
      for (const { artifact } of result.causes.flatMap(({ chain }) => chain)) {
        const path = artifact.split('#')[0] ?? '';
        t.ok(files.has(path) || path === `${arm.name}/history.jsonl`, `${artifact} is in the bundle`);
      }
    }
    const { verdict, causes, reason } = judgeCase(spec, arms);
    t.equal(verdict, 'pass', `${reason}`);
    t.equal(causes[0]?.id, cause);
  });
}

t.test('the diagnosis does not read the scenario', async (t) => {
  for (const id of [WORKER, CONTROL_PLANE]) {
    const spec = caseOf(id);
    const [first] = spec.arms;
    if (!first) throw new Error('a case without arms');
    const named = await ran(spec, first);
    const bare = await ran(spec, stripped(first));
    t.strictSame(told(bare.result), told(named.result));
  }
});

t.test('two runs of one case leave the same bytes', async (t) => {
  const spec = caseOf(WORKER);
  const [first] = spec.arms;
  if (!first) throw new Error('a case without arms');
  const [one, two] = [await ran(spec, first), await ran(spec, first)];
  t.equal(JSON.stringify([one.history, one.snapshots]), JSON.stringify([two.history, two.snapshots]));
});

t.test('the self-locking outage, told as a chain and as a timeline', async (t) => {
  const spec = caseOf(CONTROL_PLANE);
  const [first] = spec.arms;
  if (!first) throw new Error('a case without arms');
  const { arm, result, history } = await ran(spec, first);
  const claims = told(result)[0]?.claims ?? [];
  t.ok(claims.some((claim) => /172\.30\.0\.2:6443, dialled on worker-1 and worker-2, leads to themselves/.test(claim)));
  t.ok(claims.some((claim) => /Node worker-2 is NotReady/.test(claim)));
  t.ok(claims.some((claim) => /is deleted since .* is still bound on worker-1 and worker-2/.test(claim)));
  const kinds = timelineOf(arm, history).map(({ kind, what }) => `${kind} ${what}`);
  t.equal(kinds[0], 'fault the faulty Service');
  for (const node of ['worker-1', 'worker-2']) {
    t.ok(kinds.indexOf(`not-ready Node ${node}`) < kinds.indexOf(`ready-again Node ${node}`), node);
    t.ok(kinds.indexOf(`first-failed api-from-${node}`) < kinds.indexOf(`ok-again api-from-${node}`), node);
  }
});

t.test('a replay stops at its instant', async (t) => {
  const spec = caseOf(WORKER);
  const [first] = spec.arms;
  if (!first) throw new Error('a case without arms');
  await t.rejects(ran(spec, first, 42 * SECOND), { name: 'StoppedError' });
});

t.test('what bring-up has to tell comes first, and a line that a cause cites is the one that it means', async (t) => {
  const spec = caseOf(WORKER);
  const [first] = spec.arms;
  if (!first) throw new Error('a case without arms');
  const notes = ['the cluster was made in 20 s', 'emulated'];
  const { result, history } = await ran(spec, first, undefined, notes);
  t.match(
    history.slice(0, notes.length),
    notes.map((text) => ({ kind: 'bring-up', at: 0, text })),
  );
  const linesOf = ({ causes }: ArmResult) =>
    [...JSON.stringify(causes).matchAll(/history\.jsonl#L(\d+)/g)].map(([, line]) => Number(line));
  const cited = linesOf(result);
  t.ok(cited.length > 0);
  const without = linesOf((await ran(spec, first)).result);
  t.same(
    cited,
    without.map((line) => line + notes.length),
  );
  for (const line of cited) t.match(history[line - 1]?.kind, /^(object|log)$/);
});
