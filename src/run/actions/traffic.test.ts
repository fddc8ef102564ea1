/** How long a flow may take to be seen: the step's time, the case's at most. */
import t from 'tap';
import { type Micros, SECOND } from '../../base/instant.js';
import type { FlowSpec } from '../../scenario/model.js';
import { CaseTimeout, type RunContext } from '../run-context.js';
import { startFlow } from './traffic.js';

const FLOW: FlowSpec = { name: 'f', from: { kind: 'outside' }, to: { kind: 'gateway' }, protocol: 'tcp' };
const NONE = Number.MAX_SAFE_INTEGER;

/** At second 100; the flow takes the seconds that it has, and fails. */
function starting(stepS: Micros | undefined, caseS: Micros | undefined) {
  const asked: Micros[] = [];
  let now = 100 * SECOND;
  const start = async (_: FlowSpec, within: Micros) => {
    asked.push(within / SECOND);
    now += within;
    return { ok: false, error: 'f reaches 3 Mbps' };
  };
  const deadline = caseS === undefined ? NONE : caseS * SECOND;
  const context = { testbed: { traffic: { start } }, now: () => now, deadline } as unknown as RunContext;
  return {
    asked,
    outcome: startFlow(
      context,
      { kind: 'traffic', flow: FLOW, within: 25 * SECOND },
      stepS === undefined ? NONE : stepS * SECOND,
    ),
  };
}

t.test('a step with a timeout has that, one without what is planned for the flow', async (t) => {
  for (const [step, arm, within] of [
    [undefined, undefined, 25],
    [105, undefined, 5],
    [220, undefined, 120],
    [220, 500, 120],
  ] as const) {
    const { asked, outcome } = starting(step, arm);
    t.same(await outcome, { error: 'f reaches 3 Mbps' });
    t.same(asked, [within]);
  }
});

t.test("the case's deadline ends it before", async (t) => {
  for (const step of [undefined, 130]) {
    const { asked, outcome } = starting(step, 110);
    await t.rejects(outcome, CaseTimeout);
    t.same(asked, [10]);
  }
});
