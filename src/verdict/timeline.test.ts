import t from 'tap';
import { runArm } from '../run/engine.js';
import { arm, asControl, OUTAGE, outageTestbed } from '../run/scripted-arms.js';
import type { HistoryRecord } from './history.js';
import { formatTimeline, timelineOf } from './timeline.js';

async function historyOf(spec: Parameters<typeof runArm>[1]): Promise<HistoryRecord[]> {
  const history: HistoryRecord[] = [];
  const record = (one: HistoryRecord) => void history.push(one);
  await runArm(outageTestbed(), spec, { record, snapshot: () => {}, capture: () => {} });
  return history;
}

t.test('the timeline of the outage', async (t) => {
  const spec = arm(OUTAGE);
  const entries = timelineOf(spec, await historyOf(spec));
  t.strictSame(
    entries.map(({ kind }) => kind),
    ['fault', 'first-failed', 'not-ready', 'treatment', 'ok-again', 'ready-again', 'end'],
  );
  t.equal(
    formatTimeline(entries.slice(0, 6)),
    [
      '    5.000 s    +0.000  fault applied: step 1 (applied Service default/busybox)',
      '    6.000 s    +1.000  probe api fails first (timeout)',
      '   50.000 s   +45.000  Node worker-1 is NotReady: Ready=Unknown (NodeStatusUnknown)',
      '   50.000 s   +45.000  step 3 (deleted Service default/busybox)',
      '   51.001 s   +46.001  probe api is ok again',
      '   59.000 s   +54.000  Node worker-1 is Ready again',
    ].join('\n'),
  );
});

t.test('an arm without its treatment has nothing to tell', async (t) => {
  const spec = asControl(arm(OUTAGE));
  const entries = timelineOf(spec, await historyOf(spec));
  t.strictSame(
    entries.map(({ kind, sinceFault }) => [kind, sinceFault]),
    [['end', undefined]],
  );
});
