/** What is missing or does not work ends in a clear error of the environment, and leaves nothing. The guests here are shell scripts. */
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ExitCode } from '../../src/verdict/merge.js';
import { cacheFolder } from '../journal/journal.js';
import { MODULES } from './kernel.js';
import { bootGuest } from './uml.js';

/** A package whose kernel is a script. */
function packageOf(folder: string, script: string, modules: readonly string[] = MODULES): string {
  const root = join(folder, 'package');
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  const release = join(root, 'usr/lib/uml/modules/6.1.0');
  mkdirSync(release, { recursive: true });
  writeFileSync(join(release, 'modules.builtin'), modules.map((name) => `kernel/${name}.ko\n`).join(''));
  writeFileSync(join(root, 'usr/bin/linux.uml'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(root, 'usr/bin/linux.uml'), 0o755);
  return root;
}

t.beforeEach((t) => {
  process.env.XDG_CACHE_HOME = t.testdir();
});

/** Entries in the journal, and what guests wrote. */
function left(): string[] {
  return ['journal', 'guests'].flatMap((name) => {
    const folder = join(cacheFolder(), name);
    return existsSync(folder) ? readdirSync(folder) : [];
  });
}

const boot = (root: string) => bootGuest({ root, agent: '/bin/true', bootMaxMs: 500 });
const infra = { exitCode: ExitCode.infraError, hint: 'apt-get install user-mode-linux' };

t.test('no package', async (t) => {
  await t.rejects(boot('/nowhere'), { message: /no usr\/bin\/linux\.uml below \/nowhere/, ...infra });
});

t.test('a kernel without a module that is needed', async (t) => {
  const root = packageOf(
    t.testdir(),
    'exit 0',
    MODULES.filter((name) => name !== 'ip_vs'),
  );
  await t.rejects(boot(root), { message: 'Linux 6.1.0 has no module ip_vs', ...infra });
});

t.test('a guest that ends before it has booted: its last words are told', async (t) => {
  const root = packageOf(t.testdir(), 'echo "Cannot create tmpfile: No space left on device"; exit 1');
  await t.rejects(boot(root), { message: /the guest ended \(1\); its console:\nCannot create tmpfile/, ...infra });
  t.same(left(), []);
});

t.test('a guest that does not boot', async (t) => {
  const started = Date.now();
  await t.rejects(boot(packageOf(t.testdir(), 'read forever <&3')), {
    message: /did not boot within 0\.5 s/,
    ...infra,
  });
  t.same(left(), []);
  t.ok(Date.now() - started < 20_000, 'nobody waits for it to end by itself');
});

t.test('a guest that dies while it is asked', async (t) => {
  const ready = '{"event":"ready"}';
  const root = packageOf(t.testdir(), `echo '${ready}' >&4; read request <&3; exit 3`);
  await t.rejects(boot(root), { message: /the guest ended \(3\)/, ...infra });
  t.same(left(), []);
});
