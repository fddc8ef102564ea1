/** The agent as a program on this machine: built from guest/ once for each state of its sources, and kept in the user's cache. */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { cacheFolder } from '../journal/journal.js';
import { packageRoot } from '../package.js';

function sources(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.go') || name === 'go.mod' || name === 'go.sum')
    .sort();
}

let program: Promise<string> | undefined;

/** The path of the built agent. Throws a {@link Failure} where it cannot be built. */
export function agentProgram(): Promise<string> {
  program ??= build();
  return program;
}

async function build(): Promise<string> {
  const folder = join(packageRoot, 'guest');
  const hash = createHash('sha256');
  for (const name of sources(folder)) hash.update(name).update(readFileSync(join(folder, name)));
  const path = join(cacheFolder(), `agent-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(path)) return path;
  mkdirSync(cacheFolder(), { recursive: true });
  const half = `${path}.${randomUUID()}`;
  const env = { CGO_ENABLED: '0', GOTOOLCHAIN: 'auto' };
  const built = await execa('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', half, '.'], {
    cwd: folder,
    env,
    reject: false,
  });
  if (built.failed) {
    const reason = built.exitCode === undefined ? 'there is no Go' : built.stderr;
    throw new Failure(ExitCode.infraError, `the agent cannot be built: ${reason}`, 'install Go 1.23 or newer');
  }
  renameSync(half, path);
  return path;
}
