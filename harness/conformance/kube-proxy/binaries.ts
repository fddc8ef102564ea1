/**
 * Programs of Kubernetes releases and etcd, built from their Go modules once and kept in the user's cache. Nothing is cloned. Owns how a
 * release becomes a program; refuses to know what it is started for.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { ExitCode } from '../../../src/verdict/merge.js';
import { Failure } from '../../failure.js';
import { cacheFolder } from '../../journal/journal.js';

const KUBERNETES = 'k8s.io/kubernetes';
const ETCD = 'go.etcd.io/etcd/server/v3';
const ETCD_VERSION = '3.6.5';
const ENV = { CGO_ENABLED: '0', GOTOOLCHAIN: 'auto', GOFLAGS: '-mod=mod', GOWORK: 'off' };
const SAID_MAX = 1000;

/** A program and what it is built from; `version` without `v`. */
export interface Release {
  readonly name: 'kube-proxy' | 'kube-apiserver' | 'etcd';
  readonly version: string;
}

export const etcd: Release = { name: 'etcd', version: ETCD_VERSION };

/** Where the program is, or will be. */
export function programOf({ name, version }: Release): string {
  return join(cacheFolder(), 'programs', `v${version}`, name);
}

/** Builds what is not there yet. Throws a {@link Failure} with the compiler's last words. */
export async function builtProgram(release: Release, say: (text: string) => void): Promise<string> {
  const path = programOf(release);
  if (existsSync(path)) return path;
  const { name, version } = release;
  say(`building ${name} ${version} from its Go module, some minutes the first time\n`);
  const folder = mkdtempSync(join(tmpdir(), 'kube-windtunnel-build-'));
  const half = `${path}.${randomUUID()}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (name === 'etcd') await buildEtcd(folder, half);
    else await buildKubernetes(folder, release, half);
    renameSync(half, path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(half, { force: true });
  }
  return path;
}

async function go(folder: string, ...args: readonly string[]): Promise<string> {
  const { failed, exitCode, stdout, stderr } = await execa('go', args, { cwd: folder, env: ENV, reject: false });
  if (!failed) return stdout;
  const reason = exitCode === undefined ? 'there is no Go' : stderr.slice(-SAID_MAX);
  throw new Failure(
    ExitCode.infraError,
    `go ${args[0]}: ${reason}`,
    'Go 1.23 or newer, and the Go module proxy within reach',
  );
}

async function buildEtcd(folder: string, output: string): Promise<void> {
  await go(folder, 'mod', 'init', 'programs');
  await go(folder, 'get', `${ETCD}@v${ETCD_VERSION}`);
  await go(folder, 'build', '-trimpath', '-ldflags=-s -w', '-o', output, ETCD);
}

async function buildKubernetes(folder: string, { name, version }: Release, output: string): Promise<void> {
  const found = await go(folder, 'mod', 'download', '-json', `${KUBERNETES}@v${version}`);
  const { GoMod: path } = JSON.parse(found) as { GoMod: string };
  writeFileSync(join(folder, 'go.mod'), moduleFor(version, readFileSync(path, 'utf8')));
  const [major, minor] = version.split('.');
  const known = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const words = Object.entries(known).map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`);
  const flags = ['-trimpath', `-ldflags=-s -w ${words.join(' ')}`, '-o', output];
  await go(folder, 'build', ...flags, `${KUBERNETES}/cmd/${name}`);
}

/**
 * A go.mod that needs nothing but this release. Kubernetes keeps its libraries as folders behind replace lines; each of them is published
 * with the same release as a module of its own (v1.34.2: v0.34.2).
 */
export function moduleFor(version: string, gomod: string): string {
  const staged = new Set([...gomod.matchAll(/(\S+) => \.\/staging\//g)].map(([, name]) => name));
  const language = /^go .*$/m.exec(gomod)?.[0] ?? 'go 1.16';
  const settings = /^godebug \([^)]*\)|^godebug .*$/m.exec(gomod)?.[0] ?? '';
  const replaced = [...staged].map((name) => `replace ${name} => ${name} v0.${version.replace(/^1\./, '')}`);
  return ['module programs', language, settings, `require ${KUBERNETES} v${version}`, ...replaced, ''].join('\n');
}
