import * as fc from 'fast-check';
import t from 'tap';
import { matches } from './match.js';
import { expand, matrixOf, pointCount } from './matrix.js';
import { casesOf, codesOf, planOf, problems } from './plan-fixture.js';
import { pointText } from './scope.js';

const points = (raw: Record<string, unknown>) => expand(matrixOf(raw)).points.map(pointText);

t.test('include adds keys without overwriting axes, as in the example of GitHub Actions', async (t) => {
  const raw = {
    fruit: ['apple', 'pear'],
    animal: ['cat', 'dog'],
    include: [
      { color: 'green' },
      { color: 'pink', animal: 'cat' },
      { fruit: 'apple', shape: 'circle' },
      { fruit: 'banana' },
      { fruit: 'banana', animal: 'cat' },
    ],
  };
  t.same(points(raw), [
    'fruit=apple,animal=cat,color=pink,shape=circle',
    'fruit=apple,animal=dog,color=green,shape=circle',
    'fruit=pear,animal=cat,color=pink',
    'fruit=pear,animal=dog,color=green',
    'fruit=banana',
    'fruit=banana,animal=cat',
  ]);
});

t.test('an include fits by range and by list, and leaves the values of the axes alone', async (t) => {
  const raw = { kubernetes: ['1.28.0', '1.34.2'], include: [{ kubernetes: '<1.31', gate: 'on' }] };
  t.same(points(raw), ['kubernetes=1.28.0,gate=on', 'kubernetes=1.34.2']);
  t.same(points({ a: ['1', '2', '3'], include: [{ a: ['1', '3'], b: 'x' }] }), ['a=1,b=x', 'a=2', 'a=3,b=x']);
});

t.test('exclude comes before include, so an include brings an excluded point back', async (t) => {
  const raw = { a: ['1', '2'], b: ['x'], exclude: [{ a: '1' }], include: [{ a: '1', b: 'x' }] };
  t.same(points(raw), ['a=2,b=x', 'a=1,b=x']);
});

t.test('without axes each include is a point; without anything there is one point', async (t) => {
  t.same(points({ include: [{ a: '1' }, { a: '2', b: '3' }] }), ['a=1', 'a=2,b=3']);
  t.same(points({}), ['']);
});

t.test('an include of lists that fits nothing is a point for each value', async (t) => {
  t.same(points({ a: ['1'], include: [{ a: ['2', '3'] }] }), ['a=1', 'a=2', 'a=3']);
});

t.test('a string matches by equality, a list by any of it, a Kubernetes version also by range', async (t) => {
  const point = new Map([
    ['kubernetes', '1.28.0'],
    ['mode', 'ipvs'],
  ]);
  t.ok(matches({}, point), '{} matches always');
  t.ok(matches({ mode: 'ipvs' }, point));
  t.notOk(matches({ mode: 'ipv' }, point));
  t.ok(matches({ mode: ['iptables', 'ipvs'] }, point));
  t.ok(matches({ kubernetes: '<1.31' }, point));
  t.ok(matches({ kubernetes: '>=1.28 <1.36' }, point));
  t.notOk(matches({ kubernetes: '<1.28' }, point));
  t.ok(matches({ kubernetes: ['<1.20', '1.28.0'], mode: 'ipvs' }, point));
  t.notOk(matches({ kubernetes: '<1.31', mode: 'nftables' }, point), 'all keys must fit');
  t.notOk(matches({ other: 'x' }, point));
  t.ok(matches({ kubernetes: '<1.36' }, new Map([['kubernetes', '1.35.0-rc.1']])), 'pre-releases lie in ranges');
});

t.test('values keep their type, and compare as text', async (t) => {
  t.ok(matches({ n: '3' }, new Map([['n', 3]])));
  const [spec] = casesOf('matrix: {wait: [5]}\nsteps: [{sleep: "${matrix.wait}s"}]\n');
  t.match(spec?.arms[0]?.steps[0]?.action, { kind: 'sleep', for: 5_000_000 });
});

t.test('the number of points is known before they are made, and includes change no value of an axis', async () => {
  const axis = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 });
  const condition = fc.dictionary(fc.constantFrom('x', 'y', 'z'), fc.constantFrom('a', 'b', 'e'));
  const matrix = fc.record({
    x: axis,
    y: axis,
    include: fc.array(condition, { maxLength: 3 }),
    exclude: fc.array(condition),
  });
  const holds = fc.property(matrix, (raw) => {
    const { points } = expand(matrixOf(raw));
    const pairs = raw.x.flatMap((x) => raw.y.map((y) => ({ x, y })));
    const originals = pairs.filter((pair) => !raw.exclude.some((item) => matches(item, new Map(Object.entries(pair)))));
    const untouched = originals.every(({ x, y }, at) => points[at]?.get('x') === x && points[at]?.get('y') === y);
    return points.length <= pointCount(matrixOf(raw)) && untouched;
  });
  await fc.assert(holds);
});

t.test('a matrix of a million points is refused at once, with the number', async (t) => {
  const values = JSON.stringify(Array.from({ length: 100 }, (_, index) => `v${index}`));
  const body = `matrix:\n  a: ${values}\n  b: ${values}\n  c: ${values}\n`;
  t.same(problems(planOf(body)), [
    'WT0601 the matrix has 1000000 points; at most 10000 are planned | take values out of its axes',
  ]);
});

t.test('keys of conditions are axes, and a condition that fits no point is an error', async (t) => {
  const matrix = 'matrix: {mode: [ipvs, iptables]}\n';
  t.same(codesOf(`${matrix}steps: [{sleep: 1s, when: {modes: ipvs}}]\n`), ['WT0306']);
  t.same(codesOf(`${matrix}control: {sameWhen: {mode: iptable}}\n`), ['WT0307']);
  t.same(codesOf(`${matrix}control: {sameWhen: {mode: [iptables]}}\n`), []);
  t.same(codesOf('steps: [{sleep: 1s, when: {}}]\n'), [], '{} needs no axis');
  t.same(codesOf('matrix: {a: ["1"], include: [{b: "2"}]}\nsteps: [{sleep: 1s, when: {b: "2"}}]\n'), []);
});

t.test('a matrix that cannot be is refused: no value, a value twice, nothing left, a range as a value', async (t) => {
  t.same(codesOf('matrix: {a: []}\n'), ['WT0116']);
  t.same(codesOf('matrix: {a: [x, x]}\n'), ['WT0309']);
  t.same(codesOf('matrix: {a: [x], exclude: [{a: x}]}\n'), ['WT0602']);
  t.same(codesOf('matrix: {kubernetes: ["1.34.2"], include: [{kubernetes: "<1.20"}]}\n'), ['WT0603']);
  t.same(codesOf('matrix: {a: [x], include: [{b: [1, 2]}]}\n'), ['WT0608']);
});

t.test('one problem on many points is told once', async (t) => {
  const wrong = 'probes: {p: {from: "${n}", ping: 10.0.0.1}}\n';
  t.same(codesOf(`matrix: {a: [x, y, z]}\nvariables: {n: nobody}\n${wrong}`), ['WT0302']);
});

t.test('a reference to an axis that a point lacks is told, with the point', async (t) => {
  const result = planOf('matrix: {a: [x], include: [{b: y}, {a: z}]}\nsteps: [{sleep: "${matrix.b}"}]\n');
  t.match(problems(result).join('\n'), 'the point a=z has no b');
});
