/** What an arm needs is told by all steps that may run, those under `catch` and `finally` too. */
import t from 'tap';
import type { ArmSpec } from '../../src/plan/plan.js';
import { bystandersOf, mustFollow, stepsOf } from './arm-needs.js';
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
