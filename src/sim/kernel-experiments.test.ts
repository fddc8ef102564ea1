/**
 * The experiments of src/lab on the model. What must come out was recorded from Linux by the conformance run (docs/conformance.json),
 * so that a machine without a kernel to ask holds the model to the same answers.
 */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { EXPERIMENTS } from '../lab/experiments.js';
import { POD_TRAFFIC } from '../lab/pods.js';
import { ONCE_WRONG } from '../lab/regressions.js';
import { shrink } from '../lab/shrink.js';
import { TABLES } from '../lab/tables.js';
import { drawTopology, playTopology, triesOf } from '../lab/topology.js';
import { modelLabs } from './model-lab.js';

interface Recorded {
  readonly kernels: readonly {
    readonly release: string;
    readonly rows: readonly { readonly id: string; readonly question: string; readonly kernel: string }[];
  }[];
}

const recorded = JSON.parse(readFileSync('docs/conformance.json', 'utf8')) as Recorded;

t.ok(recorded.kernels.length > 0, 'some kernel was asked');

for (const { release, rows } of recorded.kernels)
  t.test(`Linux ${release}`, async (t) => {
    const experiments = [...EXPERIMENTS, ...TABLES, ...POD_TRAFFIC, ...ONCE_WRONG];
    const asked = new Set(rows.map(({ id }) => id));
    t.same([...asked].sort(), experiments.map(({ id }) => id).sort(), 'all experiments are on record');
    for (const experiment of experiments) {
      const mine = rows.filter(({ id }) => id === experiment.id);
      const answers = Object.fromEntries(mine.map(({ question, kernel }) => [question, kernel]));
      t.same(await experiment.run(modelLabs()), answers, `${experiment.id}: ${experiment.title}`);
    }
  });

t.test('a topology follows from its seed, and every host tries every address', async (t) => {
  const spec = drawTopology('7');
  t.same(spec, drawTopology('7'));
  t.notSame(spec, drawTopology('8'));
  const addresses = new Set(spec.hosts.flatMap((h) => [h.address, ...h.bound.map((b) => b.address)]));
  t.equal(triesOf(spec).length, spec.hosts.length * addresses.size * 2);
  const [first, second] = [await play('7'), await play('7')];
  t.same(first, second, 'and so do the outcomes');
});

async function play(seed: string): Promise<string[]> {
  const spec = drawTopology(seed);
  return playTopology(modelLabs(), spec, triesOf(spec));
}

t.test('shrinking leaves what shows it, and nothing that can go', async (t) => {
  const spec = drawTopology('4');
  const tried = { from: 'h1', to: '10.9.0.3', port: 8080 };
  const binder = spec.hosts.find(({ bound }) => bound.length > 0);
  t.ok(spec.hosts.length > 2 && binder, 'there is something to leave out');
  const shows = async ({ hosts }: typeof spec) =>
    hosts.some(({ name, bound }) => name === binder?.name && bound.length > 0);
  const smallest = await shrink(spec, tried, shows);
  t.same(smallest.hosts.map(({ name }) => name).sort(), [...new Set(['h1', binder?.name])].sort());
  t.same(smallest.hosts.flatMap(({ bound }) => bound).length, 1);
  t.same(
    smallest.hosts.flatMap(({ conf, servers, listeners }) => [...Object.keys(conf), ...servers, ...listeners]),
    [],
  );
});
