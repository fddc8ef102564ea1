/**
 * What npm start, npm test and npm run check share: install, build, and running a program in view of the user.
 * Plain Node.js without any dependency, because it runs before the dependencies are there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const BUILD_STAMP = join(root, 'dist', '.built');
const SOURCE_ROOMS = ['src', 'harness'];
const PACK = join('scripts', 'pack-program.js');

/** Prints a line of progress; standard output stays free for the data of the programs that are run. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Runs a program with the terminal handed over; answers its exit code, 128 + n where a signal ended it. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) {
    say(`cannot run ${command}: ${result.error.message}`);
    return 3;
  }
  return result.status ?? (result.signal === 'SIGINT' ? 130 : 143);
}

/** Runs a program of an installed package by its bin file, without npx and its look-ups. */
export function runPackage(name, args, options = {}) {
  const manifest = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'));
  const bin = typeof manifest.bin === 'string' ? manifest.bin : Object.values(manifest.bin)[0];
  return run(process.execPath, [join(root, 'node_modules', name, bin), ...args], options);
}

/** Ends the process with a hint where Node.js is older than `engines.node` asks. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  say(`kube-windtunnel needs Node.js 20.19 or newer; this is ${process.versions.node}`);
  process.exit(3);
}

/** True where every package of package-lock.json that this platform needs is installed in the locked version. */
function isInstalled() {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' || entry.link || present[path]?.version === entry.version || (entry.optional && !present[path]),
  );
}

export function install() {
  if (isInstalled()) return;
  say('installing what package-lock.json names');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // A parent npm hands its own settings down by environment variables; `npm ci` runs the same with or without them.
  const code = run(npm, ['ci', '--no-audit', '--no-fund'], { stdio: ['ignore', 2, 2] });
  if (code !== 0) process.exit(3);
}

function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else yield path;
  }
}

/** When the newest of the files that the build reads was written; removing a file counts through its folder. */
function newestSource() {
  let newest = 0;
  const look = (path) => {
    newest = Math.max(newest, statSync(path).mtimeMs);
  };
  for (const path of ['tsconfig.json', 'package-lock.json', PACK]) look(join(root, path));
  for (const room of SOURCE_ROOMS) {
    for (const path of filesBelow(join(root, room))) {
      look(path);
      look(dirname(path));
    }
  }
  return newest;
}

/** Removes compiled files whose source is gone, so that no test of a removed file runs. */
function removeOrphans() {
  for (const room of SOURCE_ROOMS) {
    const compiled = join(root, 'dist', room);
    if (!existsSync(compiled)) continue;
    for (const path of filesBelow(compiled)) {
      const source = join(root, relative(join(root, 'dist'), path)).replace(/\.(js|js\.map)$/, '.ts');
      if (!existsSync(source)) rmSync(path);
    }
  }
}

/** Compiles and packs where the sources are newer than dist/. Answers whether dist/ is as the sources now. */
export function build({ force = false } = {}) {
  if (!force && existsSync(BUILD_STAMP) && statSync(BUILD_STAMP).mtimeMs >= newestSource()) return true;
  say('compiling');
  const startedAt = new Date();
  // The compiler's own record of what it wrote does not notice that a compiled file was changed or removed.
  if (force) rmSync(join(root, 'dist'), { recursive: true, force: true });
  else removeOrphans();
  if (runPackage('typescript', ['-p', 'tsconfig.json'], { stdio: ['ignore', 2, 2] }) !== 0) return false;
  if (run(process.execPath, [join(root, PACK)], { stdio: ['ignore', 2, 2] }) !== 0) return false;
  writeFileSync(BUILD_STAMP, `${startedAt.toISOString()}\n`);
  return true;
}

/** Installs and builds, or ends the process: 3 where the environment fails, 1 where the sources do not compile. */
export function prepare() {
  requireNode();
  install();
  if (!build()) process.exit(1);
}

export function windtunnel(args) {
  return run(process.execPath, [join(root, 'bin', 'windtunnel.js'), ...args]);
}
