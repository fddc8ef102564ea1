import t from 'tap';
import type { HistoryRecord } from '../../src/verdict/history.js';
import { processStreams } from '../terminal/streams.js';
import { bringUpPart, placementPart } from './explain-parts.js';

const { colours } = processStreams({ NO_COLOR: '1' }).out;
const decision = (pod: string, node: string, points: Record<string, Record<string, number>>): HistoryRecord => ({
  ...{ kind: 'decision', at: 0, scheduler: 's' },
  ...{ pod, node, points },
});

t.test('placement shows the points in which nodes differed', async (t) => {
  const history = [
    decision('default/a', 'n2', { traffic: { n1: 310, n2: 500, n3: 500 }, fit: { n1: 90, n2: 90, n3: 90 } }),
    decision('default/long', 'n1', { fit: { n1: 90, n2: 90 } }),
    decision('default/b', 'n1', {}),
  ];
  t.strictSame(placementPart(history, colours), [
    '',
    "placement, by the schedulers' weighted points",
    '  default/a     on n2  traffic 500 (310 on n1)',
    '  default/long  on n1  all nodes had the same points',
    '  default/b     on n1  no other node could have it',
  ]);
});

t.test('what bring-up told is shown, and nothing where it told nothing', async (t) => {
  const note: HistoryRecord = { kind: 'bring-up', at: 0, text: 'links are not limited' };
  t.strictSame(bringUpPart([note], colours), ['', 'bring-up', '  links are not limited']);
  t.strictSame([bringUpPart([], colours), placementPart([note], colours)], [[], []]);
});
