/**
 * Go for the scripts: the modules of scheduler/, the flags that all of them share (with other flags Kubernetes would be
 * compiled a second time), and a sign of life while the compiler says nothing.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root, say } from './toolchain.js';

export const schedulerFolder = join(root, 'scheduler');
export const binFolder = join(schedulerFolder, 'bin');

/** Static programs without the tables that only a debugger reads; those of a generation know what Kubernetes they are. */
function buildFlags(version) {
  if (version === undefined) return ['-trimpath', '-ldflags=-s -w'];
  const [major, minor] = version.split('.');
  const known = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const words = Object.entries(known).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ['-trimpath', `-ldflags=-s -w ${words.join(' ')}`];
}

const TEST_FLAGS = ['-trimpath', '-vet=off'];
const SIGN_OF_LIFE_MS = 30_000;

/** A module may ask for a newer compiler than the machine's: the go command fetches it. */
const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'auto' };

export const hasGo = () => spawnSync('go', ['version']).status === 0;

/**
 * The generations of the plugin, newest first: `minor` as in 1.36, the Kubernetes `version` that its go.mod requires, its
 * folder, and the `programs` that it has, which are the folders in cmd/.
 */
export function generations() {
  return readdirSync(schedulerFolder)
    .filter((name) => /^k8s\d+$/.test(name))
    .map((name) => {
      const folder = join(schedulerFolder, name);
      const version = /k8s\.io\/kubernetes v(\S+)/.exec(readFileSync(join(folder, 'go.mod'), 'utf8'))?.[1] ?? '';
      return {
        minor: version.split('.').slice(0, 2).join('.'),
        version,
        folder,
        programs: readdirSync(join(folder, 'cmd')),
      };
    })
    .sort((a, b) => Number(b.minor.split('.')[1]) - Number(a.minor.split('.')[1]));
}

const elapsed = (since) => `${Math.round((Date.now() - since) / 1000)} s`;

/** Runs `go` in a folder; `onLine` gets standard output. Answers the exit code, 3 where go cannot be started. */
export function go(folder, args, { what, onLine = say, variables = {} }) {
  const startedAt = Date.now();
  const child = spawn('go', args, { cwd: folder, env: { ...env, ...variables }, stdio: ['ignore', 'pipe', 2] });
  createInterface({ input: child.stdout }).on('line', onLine);
  const sign = setInterval(() => say(`still ${what} (${elapsed(startedAt)})`), SIGN_OF_LIFE_MS);
  return new Promise((resolve) => {
    child.on('error', (error) => {
      clearInterval(sign);
      say(`cannot run go: ${error.message}`);
      resolve(3);
    });
    child.on('close', (code) => {
      clearInterval(sign);
      resolve(code ?? 1);
    });
  });
}

/** Builds one program, of a generation where it has a `version`; answers whether it is there. */
export async function goBuild({ folder, version }, target, output) {
  const name = output.slice(output.lastIndexOf('/') + 1);
  const startedAt = Date.now();
  say(`building ${name}`);
  const code = await go(folder, ['build', ...buildFlags(version), '-o', output, target], { what: `building ${name}` });
  say(code === 0 ? `built    ${output.slice(root.length + 1)} (${elapsed(startedAt)})` : `building ${name} failed`);
  return code === 0;
}

/**
 * Runs the tests of a module and counts those at the top level; of failed ones everything that they printed is shown. What
 * fails outside a test (a compile error, a panic) counts as one failure.
 */
export async function goTest(folder, { what, args = [], packages = './...', variables = {} }) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  const output = new Map();
  const note = ({ Action: action, Package: pkg, Test: test, Output: text }) => {
    const key = `${pkg} ${test?.split('/')[0] ?? ''}`;
    if (text !== undefined) output.set(key, (output.get(key) ?? '') + text);
    if (!['pass', 'fail', 'skip'].includes(action) || test?.includes('/')) return;
    if (test !== undefined) count[action === 'skip' ? 'skipped' : `${action}ed`] += 1;
    if (action === 'fail') process.stdout.write(output.get(key) ?? '');
    output.delete(key);
  };
  const onLine = (line) => {
    if (line.startsWith('{')) note(JSON.parse(line));
    else process.stdout.write(`${line}\n`);
  };
  const code = await go(folder, ['test', ...TEST_FLAGS, '-json', ...args, packages], { what, onLine, variables });
  if (code !== 0 && count.failed === 0) count.failed = 1;
  return count;
}
