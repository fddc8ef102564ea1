/** What is read out of a scheduler's log. The lines are those of real ones: kube-scheduler 1.36.3 and 1.31.0 on Kubernetes 1.34.2. */
import t from 'tap';
import { DecisionLog } from './decision-log.js';

const cri = (words: string, end = 'F') => `2026-11-22T19:40:57.259888465Z stderr ${end} ${words}`;
const klog = (at: number, words: string) => `I1122 19:40:57.244868       1 schedule_one.go:${at}] ${words}`;
const attempt = (pod: string) => klog(123, `"Attempting to schedule pod" pod="${pod}"`);
const scored = (pod: string, plugin: string, node: string, score: number) =>
  klog(982, `"Plugin scored node for pod" pod="${pod}" plugin="${plugin}" node="${node}" score=${score}`);
const bound = (pod: string, node: string) =>
  klog(481, `"Successfully bound pod to node" pod="${pod}" node="${node}" evaluatedNodes=3 feasibleNodes=2`);

function read(lines: readonly string[], log = new DecisionLog()): DecisionLog {
  lines.forEach((line, index) => {
    log.line(line, index, 'b');
  });
  return log;
}

t.test(
  'a decision has the points of every score plugin and node, and the instant at which its bind was read',
  async (t) => {
    const lines = [
      klog(107, '"About to try and schedule pod" pod="default/c1"'),
      attempt('default/c1'),
      scored('default/c1', 'TaintToleration', 'worker', 300),
      scored('default/c1', 'network_traffic', 'worker', 450),
      scored('default/c1', 'TaintToleration', 'worker2', 300),
      scored('default/c1', 'network_traffic', 'worker2', -5),
      klog(1050, '"Calculated node\'s final score for pod" pod="default/c1" node="worker" score=750'),
      bound('default/c1', 'worker'),
    ];
    const decision = {
      kind: 'decision',
      at: 7,
      pod: 'default/c1',
      scheduler: 'b',
      node: 'worker',
      points: { TaintToleration: { worker: 300, worker2: 300 }, network_traffic: { worker: 450, worker2: -5 } },
    };
    t.strictSame(read(lines.map((line) => cri(line))).decisions(), [decision]);
    t.strictSame(read(lines).decisions(), [decision], 'the same without the prefix of a container log');
  },
);

t.test('of several attempts the last scoring counts, also where the line that begins it was lost', async (t) => {
  const first = [attempt('a/p'), scored('a/p', 'network_traffic', 'x', 1), scored('a/p', 'ImageLocality', 'x', 9)];
  const second = [scored('a/p', 'network_traffic', 'x', 2), bound('a/p', 'x')];
  t.strictSame(read([...first, attempt('a/p'), ...second]).decisions()[0]?.points, { network_traffic: { x: 2 } });
  t.strictSame(read([...first, ...second]).decisions()[0]?.points, { network_traffic: { x: 2 } });
});

t.test('a pod that only one node could have has no points, and leaves none behind', async (t) => {
  const log = read([attempt('a/p'), bound('a/p', 'x'), scored('a/p', 'network_traffic', 'x', 1), bound('a/p', 'x')]);
  t.strictSame(
    log.decisions().map(({ points }) => points),
    [{}, { network_traffic: { x: 1 } }],
  );
});

t.test('pods and schedulers whose lines alternate do not mix', async (t) => {
  const log = new DecisionLog();
  for (const [scheduler, score] of [
    ['one', 1],
    ['two', 2],
  ] as const)
    log.line(scored('a/p', 'q', 'x', score), 0, scheduler);
  log.line(scored('a/other', 'q', 'x', 3), 0, 'one');
  log.line(
    cri('I1122 19:40:57.252141       1 schedule_one.go:481] "Successfully bound pod to node" pod="a/', 'P'),
    1,
    'one',
  );
  log.line(cri(bound('a/p', 'x')), 2, 'two');
  log.line(cri('p" node="y"'), 3, 'one');
  t.match(log.decisions(), [
    { at: 2, scheduler: 'two', node: 'x', points: { q: { x: 2 } } },
    { at: 3, scheduler: 'one', pod: 'a/p', node: 'y', points: { q: { x: 1 } } },
  ]);
});

t.test('the published name of the plugin is that of today', async (t) => {
  const log = read([scored('a/p', 'NetworkTraffic', 'x', 1), bound('a/p', 'x')]);
  t.strictSame(log.decisions()[0]?.points, { network_traffic: { x: 1 } });
});

t.test('ignored pods and lines of other kinds leave nothing', async (t) => {
  const log = new DecisionLog((pod) => pod === 'kube-system/b-canary');
  const others = [
    '',
    'tail: file truncated',
    'panic: runtime error',
    cri('E1122 19:40:38.363155       1 x.go:89] "No" err="e"'),
  ];
  read([scored('kube-system/b-canary', 'q', 'x', 1), bound('kube-system/b-canary', 'x'), ...others], log);
  t.strictSame(log.decisions(), []);
});
