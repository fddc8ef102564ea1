/** What an arm needs is told by all steps that may run, those under `catch` and `finally` too. */
import t from 'tap';
import type { ArmSpec } from '../../src/plan/plan.js';
import { bystandersOf, capturedOn, mustFollow, stepsOf } from './arm-needs.js';
import { TWO_NODES } from './stand-in.js';

const PARTS = ['steps', 'catch', 'finally'] as const;
const step = (action: object) => ({ action }) as unknown as ArmSpec['steps'][number];
const TO_GATEWAY = step({ kind: 'traffic', flow: { from: { kind: 'node', node: 'w1' }, to: { kind: 'gateway' } } });
const WRITTEN = step({ kind: 'apply', object: { spec: { externalIPs: [TWO_NODES.nodes[1]?.ip] } } });

function armWith(part: (typeof PARTS)[number], one: ArmSpec['steps'][number]): ArmSpec {
  const none = { steps: [], catch: [], finally: [] };
  const arm = { name: 'main', omitTreatment: false, expect: 'first', cluster: TWO_NODES, probes: [] } as const;
  return { ...arm, ...none, [part]: [one] };
}

for (const part of PARTS)
  t.test(`under ${part}`, async (t) => {
    t.same(stepsOf(armWith(part, WRITTEN)), [WRITTEN]);
    t.same(bystandersOf(armWith(part, TO_GATEWAY)), ['outside', 'gateway']);
    t.same(bystandersOf(armWith(part, WRITTEN)), ['outside']);
    mustFollow(armWith(part, WRITTEN), TWO_NODES.subnet);
    t.throws(() => mustFollow(armWith(part, WRITTEN), '10.9.0.0/24'), { message: /the cluster has 10\.9\.0\.0\/24$/ });
    mustFollow(armWith(part, TO_GATEWAY), '10.9.0.0/24');
  });

t.test(
  'captures get ready where they will be: not where the step is left out, and on every node for a pod',
  async (t) => {
    const capture = (...on: readonly object[]) => ({ ...step({ kind: 'capture', on }), runs: true });
    const on = (...steps: ArmSpec['steps']) => capturedOn({ ...armWith('steps', WRITTEN), steps, omitTreatment: true });
    const w1 = { kind: 'node', node: 'w1' };
    t.same(on(capture(w1, { kind: 'outside' }), capture(w1)), ['w1', 'outside']);
    t.same(on(capture(w1, { kind: 'pod', namespace: 'default', pod: 'a' })), ['w1', 'cp']);
    t.same(on({ ...capture(w1), runs: false }, { ...capture(w1), treatment: true }, WRITTEN), []);
    t.same(capturedOn(armWith('catch', capture(w1))), []);
  },
);
