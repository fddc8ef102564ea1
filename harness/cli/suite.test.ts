/** The suite that the repository comes with: what must pass passes, what must fail fails, what is wrong is told. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../package.js';
import { windtunnel } from './program-fixture.js';

const cli = (...args: string[]) => windtunnel(packageRoot, ...args);

t.test('every scenario passes, or is skipped with its reason', async (t) => {
  const { exitCode, stdout } = await cli('run', 'scenarios', '--tags', '!canary', '--output', t.testdir(), '--json');
  const { cases } = JSON.parse(stdout) as { cases: { id: string; verdict: string; reason: string | null }[] };
  t.equal(exitCode, 0);
  t.ok(cases.length > 25);
  for (const { id, verdict, reason } of cases) {
    if (verdict === 'skipped') t.match(reason, /^sim cannot run \w+ yet$/, id);
    else t.equal(verdict, 'pass', `${id}: ${reason}`);
  }
});

t.test('the canary fails, at the place of its false claim and with the cause', async (t) => {
  const { exitCode, stdout } = await cli('run', 'scenarios/canary', '--output', t.testdir());
  t.equal(exitCode, 1, 'a harness that lets it pass is broken');
  t.match(stdout, /scenarios\/canary\/must-fail\.yaml:\d+:\d+/);
  t.match(stdout, 'cause: externalip-is-node-address');
});

t.test('a file with many mistakes is told all of them at once, each at its place', async (t) => {
  const read = (...path: string[]) => readFileSync(join(packageRoot, ...path), 'utf8');
  const invalid = ['src', 'scenario', 'fixtures', 'invalid'];
  const cwd = t.testdir({
    invalid: { 'many-mistakes.yaml': read(...invalid, 'many-mistakes.yaml') },
    clusters: { 'three-nodes.yaml': read('clusters', 'three-nodes.yaml') },
  });
  const { exitCode, stderr } = await windtunnel(cwd, 'run', 'invalid/many-mistakes.yaml');
  t.equal(exitCode, 2);
  const expected = read(...invalid, 'many-mistakes.expected.txt').match(/^\d+:\d+(?= )/gm) ?? [];
  const told = [...stderr.matchAll(/^invalid\/many-mistakes\.yaml:(\d+:\d+): error WT\d{4}: /gm)].map(
    ([, place]) => place,
  );
  t.equal(expected.length, 10);
  t.same([...told].sort(), [...expected].sort(), stderr);
  t.match(stderr, /10 errors; nothing was started$/);
});
