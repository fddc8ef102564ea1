import t from 'tap';
import type { CaseSpec } from '../plan/plan.js';
import { compareArms } from './arms.js';
import { judgeAttempts, judgeCase } from './case.js';
import { ExitCode, exitCode, mergeVerdicts } from './merge.js';
import type { ArmResult, ExpectationResult, Verdict } from './verdict.js';

const place = { file: 'scenario.yaml', line: 1, column: 1 };
const spec: CaseSpec = {
  ...{ id: 'x', slug: 'x', matrix: {}, backend: 'sim', seed: '1', arms: [], notes: ['a note'] },
  scenario: { name: 'x', description: '', file: '', tags: [], links: [] },
};

type Outcome = ExpectationResult['verdict'];

function armOf(name: string, verdicts: readonly Outcome[], parts: Partial<ArmResult> = {}, compared = true): ArmResult {
  const expectations = verdicts.map((verdict, i) => ({ text: `expectation ${i}`, place, verdict, seen: '', compared }));
  const step = { list: 'steps', index: 0, name: '', place, treatment: false, state: 'ran', expectations } as const;
  const expect = name === 'treatment' ? 'first' : 'differs';
  return { name, expect, verdict: 'pass', steps: [step], causes: [], elapsed: 0, ...parts };
}

t.test('verdicts merge to the worst', async (t) => {
  const worstFirst: Verdict[] = ['fail', 'vacuous', 'infra-error', 'timeout', 'unknown', 'flaky', 'pass', 'skipped'];
  worstFirst.forEach((verdict, i) => {
    t.equal(mergeVerdicts(worstFirst.slice(i).reverse()), verdict);
  });
  t.equal(mergeVerdicts([]), 'skipped');
});

t.test('the exit code follows the merged verdict', async (t) => {
  const code = (...verdicts: Verdict[]) => exitCode(verdicts, { failOnFlaky: false });
  t.equal(code('pass', 'skipped', 'flaky'), 0);
  t.equal(exitCode(['pass', 'flaky'], { failOnFlaky: true }), 5);
  t.equal(code('pass', 'fail', 'infra-error', 'timeout'), 1);
  t.equal(code('vacuous', 'infra-error'), 1);
  t.equal(code('unknown', 'infra-error', 'timeout'), 3);
  t.equal(code('unknown', 'timeout'), 4);
  t.equal(code('unknown', 'flaky'), 1);
  t.equal(code('skipped'), 0);
  t.equal(code(), ExitCode.usage, 'nothing was selected');
});

t.test('two arms differ where an expectation that counts came out differently', async (t) => {
  const outcome = (a: Outcome[], b: Outcome[], compared = true) =>
    compareArms(armOf('treatment', a, {}, compared), armOf('control', b, {}, compared)).outcome;
  t.equal(outcome(['pass', 'pass'], ['pass', 'fail']), 'differs');
  t.equal(outcome(['pass', 'pass'], ['pass', 'pass']), 'same');
  t.equal(outcome(['pass'], ['fail'], false), 'same', "the treatment's own traces do not count");
  t.equal(outcome(['pass'], ['not-run']), 'same', 'left out on one arm');
  t.equal(outcome(['pass'], ['unknown']), 'unknown', 'not seen is not different');
  t.equal(outcome(['pass', 'pass'], ['unknown', 'fail']), 'differs');
});

t.test('a case', async (t) => {
  const first = armOf('treatment', ['pass']);
  const verdict = (...arms: ArmResult[]) => judgeCase(spec, arms).verdict;
  t.equal(verdict(first), 'pass', 'without its control arm');
  t.equal(verdict(first, armOf('control', ['fail'])), 'pass');
  t.equal(verdict(first, armOf('control', ['pass'])), 'vacuous');
  t.equal(verdict(first, armOf('load-moved', ['pass'], { expect: 'same' })), 'pass');
  t.equal(verdict(first, armOf('load-moved', ['fail'], { expect: 'same' })), 'fail');
  t.equal(verdict(first, armOf('control', ['unknown'])), 'unknown');
  t.equal(verdict(first, armOf('control', ['pass'], { verdict: 'infra-error' })), 'infra-error', 'no comparison');
  const failed = armOf('treatment', ['fail'], { verdict: 'fail', reason: 'because' });
  t.match(judgeCase(spec, [failed, armOf('control', ['fail'])]), {
    verdict: 'fail',
    reason: 'because',
    notes: ['a note'],
  });
  t.match(judgeCase({ ...spec, skip: 'IPv6' }, []), { verdict: 'skipped', reason: 'IPv6' });
});

t.test('a case that passes on retry shows as flaky', async (t) => {
  const passed = judgeCase(spec, [armOf('treatment', ['pass'])]);
  const failed = judgeCase(spec, [armOf('treatment', ['fail'], { verdict: 'fail', reason: 'because' })]);
  t.match(judgeAttempts([failed, passed]), { verdict: 'flaky', reason: 'passed at attempt 2; before: fail, because' });
  t.equal(judgeAttempts([failed, failed]).verdict, 'fail');
  t.equal(judgeAttempts([passed]).verdict, 'pass');
});
