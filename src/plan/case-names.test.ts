import * as fc from 'fast-check';
import t from 'tap';
import { SIM } from './capabilities.js';
import { caseId, slugs } from './case-names.js';
import { casesOf } from './plan-fixture.js';

t.test('a case is named by its scenario and its point', async (t) => {
  const point = new Map([
    ['kubernetes', '1.34.2'],
    ['proxyMode', 'ipvs'],
  ]);
  t.equal(caseId('externalip-is-worker', point, undefined), 'externalip-is-worker[kubernetes=1.34.2,proxyMode=ipvs]');
  t.equal(caseId('s', new Map(), 'kind'), 's@kind');
});

t.test('with several backends each case says which', async (t) => {
  const backends = [SIM, { ...SIM, name: 'kind' as const }];
  t.same(
    casesOf('', { backends }).map((spec) => spec.id),
    ['s@sim', 's@kind'],
  );
});

t.test('slugs are folder names: no path, no dot in front, short, unique without capitals', async (t) => {
  t.same(slugs(['a[b=../../etc]', 'a[b=.._.._etc]', 'A[b=.._.._etc]']).length, 3);
  t.ok(slugs([`s[${'x'.repeat(300)}]`, `s[${'x'.repeat(301)}]`]).every((slug) => slug.length <= 100));
  const safe = fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 300 })), (ids) => {
    const made = slugs(ids);
    const wellFormed = made.every((slug) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(slug) && !slug.includes('/'));
    return wellFormed && new Set(made.map((slug) => slug.toLowerCase())).size === ids.length;
  });
  await fc.assert(safe);
});
