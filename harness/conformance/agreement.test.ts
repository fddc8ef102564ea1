/** The comparison itself: what differs is found, what differed once is told, and what is on record is renewed. No kernel is needed. */
import t from 'tap';
import type { LabMaker } from '../../src/lab/lab.js';
import { modelLabs } from '../../src/sim/model-lab.js';
import { agrees, runExperiments } from './experiments.js';
import { type KernelReport, renewed } from './page.js';
import { sameVerdict } from './scenarios.js';
import { runTopologies, type TopologyOutcome } from './topologies.js';

/** The model with one sysctl that has no effect, in place of a kernel. */
function without(key: string): LabMaker {
  const maker = modelLabs();
  return {
    name: `model without ${key}`,
    make: async (hosts, pods) => {
      const lab = await maker.make(hosts, pods);
      for (const { name } of hosts) {
        const { kernel } = lab.host(name);
        const set = kernel.setSysctl.bind(kernel);
        kernel.setSysctl = (path, value) => (path.endsWith(key) ? undefined : set(path, value));
      }
      return lab;
    },
  };
}

async function topologies(kernel: LabMaker, seeds: readonly string[]): Promise<readonly TopologyOutcome[]> {
  const guest = async () => ({ labs: kernel, tidy: kernel, close: async () => {} });
  return runTopologies({ seeds, model: modelLabs(), guest, guests: 2, done: () => {} });
}

const SEEDS = Array.from({ length: 12 }, (_, i) => String(i + 1));

t.test('the model agrees with itself', async (t) => {
  const outcomes = await topologies(modelLabs(), SEEDS);
  t.same(
    outcomes.map(({ seed, once, disagreement, error }) => ({ seed, once, disagreement, error })),
    SEEDS.map((seed) => ({ seed, once: 0, disagreement: undefined, error: undefined })),
  );
});

t.test('a kernel without arp_ignore is found out, by topologies that all have it', async (t) => {
  const found = (await topologies(without('arp_ignore'), SEEDS)).flatMap(({ disagreement }) => disagreement ?? []);
  t.ok(found.length > 0);
  for (const { spec, kernel, model, needsThoseBefore } of found) {
    t.not(kernel, model);
    t.notOk(needsThoseBefore);
    t.ok(
      spec.hosts.some(({ conf }) => conf.arp_ignore !== undefined),
      'shrinking keeps what it hangs on',
    );
  }
});

t.test('what differs once is asked again, and told; a laboratory that cannot be made is no agreement', async (t) => {
  let first = true;
  const late: LabMaker = {
    name: 'late',
    make: (hosts, pods) => {
      const maker = first ? without('arp_ignore') : modelLabs();
      first = false;
      return maker.make(hosts, pods);
    },
  };
  const differing =
    (await topologies(without('arp_ignore'), SEEDS)).find(({ disagreement }) => disagreement)?.seed ?? '';
  const [outcome] = await topologies(late, [differing]);
  t.ok(outcome && outcome.once > 0 && !outcome.disagreement);
  const broken: LabMaker = { name: 'broken', make: () => Promise.reject(new Error('no namespace')) };
  t.match(await topologies(broken, ['1']), [{ seed: '1', error: 'no namespace' }]);
});

t.test('experiments: rows that differ after a second time, and errors, are not agreement', async (t) => {
  let asked = 0;
  const answer = (id: string, kernel: () => string) => ({
    id,
    title: id,
    run: async ({ name }: LabMaker) => ({ question: name === 'model' ? 'yes' : kernel() }),
  });
  const fails = () => {
    throw new Error('gone');
  };
  const experiments = [
    answer('same', () => 'yes'),
    answer('other', () => 'no'),
    answer('late', () => (asked++ === 0 ? 'no' : 'yes')),
    answer('broken', fails),
  ];
  const kernel: LabMaker = { name: 'Linux', make: fails };
  const rows = await runExperiments(experiments, { model: modelLabs(), kernel }, () => {});
  t.same([...new Set(rows.filter((row) => !agrees(row)).map(({ id }) => id))], ['other', 'broken']);
  t.match(
    rows.find(({ id, question }) => id === 'broken' && question !== 'question'),
    { kernel: 'Linux: gone' },
  );
});

t.test(
  'the record: kernels that were asked are renewed, the others stay; a skip with another reason differs',
  async (t) => {
    const report = (release: string, date: string): KernelReport => ({
      release,
      driver: 'd',
      date,
      rows: [],
      topologies: { cases: 1, tries: 1, once: 0, firstSeed: '1' },
    });
    const before = { kernels: [report('6.1.99', 'old'), report('6.12.1', 'old')] };
    const after = renewed(before, { kernels: [report('6.1.99', 'new'), report('6.1.176', 'new')] });
    t.same(
      after.kernels.map(({ release, date }) => [release, date]),
      [
        ['6.1.99', 'new'],
        ['6.1.176', 'new'],
        ['6.12.1', 'old'],
      ],
    );
    t.notOk(sameVerdict({ id: 'x', sim: 'pass:', kernel: 'skipped:' }));
    t.ok(sameVerdict({ id: 'x', sim: 'pass:', kernel: 'skipped:', skipped: 'netns has no encapsulation ipip' }));
  },
);
