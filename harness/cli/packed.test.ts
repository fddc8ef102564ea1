/** The program as users start it: packed into few files, its threads too. `npm test` packs it before. */
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { packageRoot, packageVersion } from '../package.js';

const PROGRAM = join(packageRoot, 'bin', 'windtunnel.js');
const packed = (...args: readonly string[]) => execa(process.execPath, [PROGRAM, ...args], { cwd: packageRoot });

t.test('says its version', async (t) => {
  t.equal((await packed('--version')).stdout, packageVersion());
});

t.test('runs cases in threads, and explains one of them', async (t) => {
  const output = t.testdir();
  const run = ['run', 'scenarios/outage/owner-refuses-itself.yaml', '--jobs', '2', '--output', output];
  const { cases } = JSON.parse((await packed(...run, '--json')).stdout) as { readonly cases: readonly object[] };
  t.equal(cases.length, 3);
  for (const one of cases) t.match(one, { verdict: 'pass' });
  const one = 'owner-refuses-itself[kubernetes=1.34.2]';
  const told = await packed('explain', one, '--output', output, '--only', 'verdict');
  t.match(told.stdout, 'judged again from the bundle: the same');
});
