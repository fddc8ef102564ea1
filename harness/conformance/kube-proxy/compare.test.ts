/** Two sides that are told what to say: when they agree, what is shown of a difference, and how long one is waited for. */
import t from 'tap';
import { agrees } from '../experiments.js';
import { compareStep } from './compare.js';
import { modelledSide } from './modelled-side.js';
import type { NodeTables, Side } from './side.js';
import { SITTINGS, type Step } from './steps.js';

const PACE = { pollMs: 1, holdMs: 5, appliedMaxMs: 50, removedMaxMs: 50 };
const TABLES: NodeTables = {
  bound: ['10.96.0.1', '172.30.0.77'],
  servers: ['TCP 172.30.0.77:8888 rr'],
  rules: ['-A X a'],
};
const STEP: Step = { title: 'a step', ask: true };

function side(tables: () => NodeTables, answer: () => string): Side {
  const nothing = async () => {};
  return {
    ...{ apply: nothing, remove: nothing, close: nothing },
    tables: async () => tables(),
    ask: async () => answer(),
  };
}

const compared = (real: Side) =>
  compareStep(
    { name: 's' },
    STEP,
    {
      model: side(
        () => TABLES,
        () => 'refused',
      ),
      real,
    },
    PACE,
  );

t.test('sides that say the same agree, whatever the cluster’s own Services are', async (t) => {
  const own = { ...TABLES, bound: ['172.30.0.77'] };
  const rows = await compared(
    side(
      () => own,
      () => 'refused',
    ),
  );
  t.ok(rows.every(agrees));
  t.equal(rows.length, 9 + 12, 'three tables of three nodes, and who answers');
  t.match(rows[0], { id: 's', title: 'a step', question: 'addresses on control-plane', kernel: '172.30.0.77' });
});

t.test('a side that comes to agree is waited for, one that leaves again is not believed', async (t) => {
  let asked = 0;
  const none = { ...TABLES, bound: [] };
  const late = await compared(
    side(
      () => (asked++ < 6 ? none : TABLES),
      () => 'refused',
    ),
  );
  t.ok(late.every(agrees));
  let looked = 0;
  const flapping = await compared(
    side(
      () => (Math.floor(looked++ / 3) % 2 === 0 ? TABLES : none),
      () => 'refused',
    ),
  );
  t.match(
    flapping.filter((row) => !agrees(row)),
    [{ question: 'addresses on control-plane', kernel: 'none', model: '172.30.0.77' }],
  );
});

t.test('of rules the differing ones are shown, and a connection is tried thrice', async (t) => {
  let tries = 0;
  const rows = await compared(
    side(
      () => ({ ...TABLES, rules: ['-A X b'] }),
      () => (tries++ < 2 ? 'no answer' : 'refused'),
    ),
  );
  const differing = rows.filter((row) => !agrees(row));
  t.match(differing[0], { question: 'rules on control-plane', kernel: '1: -A X b', model: '1: -A X a' });
  t.equal(differing.length, 3, 'the connection that was refused in the end agrees');
});

t.test('the model plays every step: what a deleted Service leaves is what each release leaves', async (t) => {
  const left = new Map<string, NodeTables>();
  for (const version of ['1.26.7', '1.34.2']) {
    for (const { name, excludeCIDRs, steps } of SITTINGS) {
      const model = modelledSide(version, excludeCIDRs);
      for (const { title, apply, remove } of steps) {
        if (apply) await model.apply(apply);
        if (remove) await model.remove(remove);
        left.set(`${version} ${name}: ${title}`, await model.tables('worker-1'));
      }
    }
  }
  const has = (step: string, ip: string) => left.get(step)?.bound.includes(ip);
  for (const version of ['1.26.7', '1.34.2']) {
    t.ok(has(`${version} plain: the first is deleted`, '172.30.0.77'), 'the second one has the address too');
    t.notOk(has(`${version} plain: the second is deleted`, '172.30.0.77'));
    t.ok(has(`${version} plain: B is deleted`, '172.30.0.2'), 'a worker that is cut off does not hear of it');
    const excluded = left.get(`${version} excludeCIDRs 172.30.0.0/24: it is deleted`);
    t.match(excluded?.servers.join(), 'TCP 172.30.0.77:8888', 'its virtual server is left alone');
    t.equal(excluded?.bound.includes('172.30.0.77'), version === '1.26.7', 'and the address with it, before 1.27.2');
  }
});
