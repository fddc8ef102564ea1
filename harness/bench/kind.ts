/**
 * What the harness adds to kind: `cluster up` and `down` beside bare kind with the same config, in turn. A ratio, because machines differ, and of
 * whole rounds, because a machine is slower at some times than at others.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../package.js';
import type { OutputStream } from '../terminal/streams.js';
import { median, timed } from './measure.js';

export interface KindBenchOptions {
  readonly rounds: number;
  readonly imageMap?: string | undefined;
}

const NAME = 'wt-bench';
const BARE = `${NAME}-bare`;
const FILE = join(packageRoot, 'clusters', 'three-nodes.yaml');
const PROGRAM = join(packageRoot, 'bin', 'windtunnel.js');

/** Throws with what the program said where it fails. */
async function program(...args: string[]): Promise<string> {
  return (await execa(process.execPath, [PROGRAM, 'cluster', ...args])).stdout;
}

/** With everything that our own cluster has, but its network. */
async function bareRound(config: string, kubeconfig: string): Promise<void> {
  const own = ['--name', BARE, '--kubeconfig', kubeconfig];
  try {
    await execa('kind', ['create', 'cluster', ...own, '--config', config]);
    const ready = ['wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=600s', '--kubeconfig', kubeconfig];
    await execa('kubectl', ready);
  } finally {
    await execa('kind', ['delete', 'cluster', ...own]);
  }
}

async function ownRound(args: readonly string[]): Promise<void> {
  await program('up', FILE, '--name', NAME, ...args);
  await program('down', NAME);
}

/** Answers the ratio of the medians. */
export async function benchKind({ rounds, imageMap }: KindBenchOptions, out: OutputStream): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'kube-windtunnel-bench-'));
  try {
    const args = ['--emulate-ipvs', ...(imageMap === undefined ? [] : ['--image-map', imageMap])];
    const config = join(folder, 'kind.yaml');
    writeFileSync(config, await program('up', FILE, '--name', NAME, ...args, '--dry-run'));
    const own: number[] = [];
    const bare: number[] = [];
    for (let i = 0; i < rounds; i++) {
      bare.push((await timed(() => bareRound(config, join(folder, 'kubeconfig')))) / 1000);
      own.push((await timed(() => ownRound(args))) / 1000);
      out.write(
        `round ${i + 1}: kind ${bare.at(-1)?.toFixed(1)} s, windtunnel cluster up and down ${own.at(-1)?.toFixed(1)} s\n`,
      );
    }
    const ratio = median(own) / median(bare);
    out.write(`kind_overhead_ratio ${ratio.toFixed(3)} (at most 1.05 is wanted)\n`);
    return ratio;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
