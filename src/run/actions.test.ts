import t from 'tap';
import { MINUTE, SECOND } from '../base/instant.js';
import type { Action } from '../scenario/model.js';
import type { ArmResult } from '../verdict/verdict.js';
import { runArm } from './engine.js';
import { arm, type StepParts, testbed } from './scripted-arms.js';
import type { ScriptedTestbed } from './scripted-testbed.js';
import type { ArmSink } from './sink.js';

const IP = '172.30.0.2';

interface Captured {
  readonly name: string;
  readonly on: string;
  readonly packets: number;
}

async function run(bed: ScriptedTestbed, steps: readonly StepParts[], captured: Captured[] = []): Promise<ArmResult> {
  const sink: ArmSink = {
    record: () => {},
    snapshot: () => {},
    capture: (name, on, packets) => void captured.push({ name, on, packets: packets.length }),
  };
  return runArm(bed, arm(steps, { probes: [] }), sink);
}

async function act(bed: ScriptedTestbed, action: Action, timeout = 5 * MINUTE): Promise<ArmResult> {
  return run(bed, [{ action, timeout }]);
}

const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' } };

t.test('apply passes on the words of a refusal', async (t) => {
  const bed = testbed();
  bed.onApply = () => 'Use of external IPs is denied by admission control';
  const result = await act(bed, { kind: 'apply', objects: [service] });
  t.equal(result.verdict, 'fail');
  t.match(result.reason, /Service default\/web: 403 Forbidden: Use of external IPs is denied/);
  const refused = await act(bed, { kind: 'apply', objects: [service], refused: 'denied by admission control' });
  t.equal(refused.verdict, 'pass');
});

t.test(
  'apply with refused fails on other words, on acceptance, and where the object is stored all the same',
  async (t) => {
    const apply = { kind: 'apply', objects: [service], refused: 'denied' } as const;
    const bed = testbed();
    t.match((await act(bed, apply)).reason, /was accepted; it was to be refused/);
    bed.onApply = () => 'quota exceeded';
    t.match((await act(bed, apply)).reason, /refused with other words than "denied": quota exceeded/);
    const sly = testbed();
    sly.onApply = (object) => {
      sly.objects.set('Service default/web', object);
      return 'denied';
    };
    t.match((await act(sly, apply)).reason, /was refused, yet it was stored/);
  },
);

t.test('bind and unbind fail where there is nothing to change', async (t) => {
  const bed = testbed();
  const on = ['worker-1', 'worker-2'];
  t.equal((await act(bed, { kind: 'bind', address: IP, on, device: 'kube-ipvs0' })).verdict, 'pass');
  t.match((await act(bed, { kind: 'bind', address: IP, on, device: 'kube-ipvs0' })).reason, /File exists/);
  t.equal((await act(bed, { kind: 'unbind', address: IP, on, device: 'kube-ipvs0' })).verdict, 'pass');
  const again = await act(bed, { kind: 'unbind', address: IP, on, device: 'kube-ipvs0' });
  t.match(again.reason, /worker-1: ip addr del .* Cannot assign requested address/);
});

/** kube-proxy puts the address back every 30 s, until 100 s. */
function stubborn(): ScriptedTestbed {
  const bed = testbed();
  bed.host('worker-1').bound.add(IP);
  for (let at = 30 * SECOND; at <= 100 * SECOND; at += 30 * SECOND) {
    bed.at(at + SECOND / 4, () => bed.host('worker-1').bound.add(IP));
  }
  return bed;
}

t.test('unbind until the route is unicast for good does not take its own doing for an answer', async (t) => {
  const until = { route: 'unicast', for: 70 * SECOND };
  const action: Action = { kind: 'unbind', address: IP, on: ['worker-1'], device: 'kube-ipvs0', every: SECOND, until };
  const result = await act(stubborn(), action);
  t.equal(result.verdict, 'pass');
  t.equal(result.elapsed, 161 * SECOND, '70 s after kube-proxy was last undone, at 91 s');
  const hasty = await act(stubborn(), action, 80 * SECOND);
  t.equal(hasty.verdict, 'fail');
  t.match(hasty.reason, /step's time was over before the route .* unicast for 70s; last wrong: worker-1: local 172/);
});

t.test('unbind without an end goes on beside the steps that follow', async (t) => {
  const bed = stubborn();
  const result = await run(bed, [
    { action: { kind: 'unbind', address: IP, on: ['worker-1'], device: 'kube-ipvs0', every: SECOND } },
    {
      expect: [
        { kind: 'route', from: ['worker-1'], to: IP, type: ['local'], within: 40 * SECOND },
        { kind: 'address', address: IP, on: ['worker-1'], present: false, within: MINUTE, for: 20 * SECOND },
      ],
    },
  ]);
  t.equal(result.verdict, 'pass', `${result.reason}`);
});

t.test('a capture runs beside the steps and is counted when it has ended', async (t) => {
  const bed = testbed();
  const packet = { at: 0, device: 'eth0', direction: 'in', text: 'ARP, Request who-has' } as const;
  bed.at(8 * SECOND, () => {
    bed.packets = [packet, packet];
  });
  const captured: Captured[] = [];
  const on = [{ kind: 'node', node: 'worker-1' } as const, { kind: 'outside' } as const];
  const result = await run(
    bed,
    [
      { action: { kind: 'capture', on, filter: 'arp', for: 10 * SECOND, as: 'asked' } },
      { action: { kind: 'sleep', for: 2 * SECOND } },
      { expect: [{ kind: 'captured', capture: 'asked', count: { op: '==', value: 4 } }] },
    ],
    captured,
  );
  t.equal(result.verdict, 'pass', `${result.reason}`);
  t.equal(result.elapsed, 10 * SECOND);
  t.strictSame(captured, [
    { name: 'asked', on: 'worker-1', packets: 2 },
    { name: 'asked', on: 'outside', packets: 2 },
  ]);
});

t.test('what no backend can do yet is no verdict on the product', async (t) => {
  const result = await act(testbed(), { kind: 'upgrade', body: {} });
  t.equal(result.verdict, 'infra-error');
  t.match(result.reason, /backend sim cannot run the action upgrade yet/);
});
