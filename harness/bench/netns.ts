/** What the real kernel takes: figures of the backend netns, each from nothing. */
import { join } from 'node:path';
import { SECOND } from '../../src/base/instant.js';
import { bind, CP, connect, DUMMY, ping, serve, standardLab } from '../../src/lab/lab.js';
import { modelLabs } from '../../src/sim/model-lab.js';
import { missingNeeds } from '../backends/needs.js';
import { findBackend } from '../backends/table.js';
import { guestLabs, runTopologies } from '../conformance/topologies.js';
import type { Kernel } from '../netns/kernel.js';
import { linuxLabs } from '../netns/linux-lab.js';
import { bootGuest } from '../netns/uml.js';
import { packageRoot } from '../package.js';
import { timed } from './measure.js';

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** What is missing here to measure any of it. */
export async function missingForNetns(): Promise<readonly string[]> {
  const missing = await missingNeeds(findBackend('netns'), process.env.PATH ?? '');
  return missing.map(({ program }) => program);
}

/** A guest, and three nodes in it that answer a ping. */
async function bootSeconds(): Promise<number> {
  let kernel: Kernel | undefined;
  const boot = async () => {
    kernel = await bootGuest();
    const lab = await standardLab(linuxLabs(kernel, { keep: true }));
    const answers = await Promise.all([
      ping(lab, lab.w1, CP),
      ping(lab, lab.w2, CP),
      ping(lab, lab.cp, lab.w1.address),
    ]);
    if (answers.some((answer) => answer !== 'ok')) throw new Error(`the nodes answer ${answers.join(', ')}`);
  };
  try {
    return (await timed(boot)) / 1000;
  } finally {
    await kernel?.close();
  }
}

/** Variant B: from binding the control plane's address on a worker to its first connection that is refused. */
async function refusedSeconds(): Promise<number> {
  const kernel = await bootGuest();
  try {
    const lab = await standardLab(linuxLabs(kernel, { keep: true }));
    await serve(lab, lab.cp, 6443);
    lab.w1.kernel.addDummy(DUMMY);
    const before = await connect(lab, lab.w1, CP, 6443);
    if (before.outcome !== 'ok cp') throw new Error(`before it says ${before.outcome}`);
    const startedAt = lab.now();
    await bind(lab, lab.w1, CP);
    while ((await connect(lab, lab.w1, CP, 6443)).outcome !== 'ECONNREFUSED')
      if (lab.now() > startedAt + 20 * SECOND) throw new Error('nothing is refused');
    return (lab.now() - startedAt) / SECOND;
  } finally {
    await kernel.close();
  }
}

const CASES = 48;

async function casesPerMinute(): Promise<number> {
  const seeds = Array.from({ length: CASES }, (_, i) => String(i + 1));
  const ms = await timed(() =>
    runTopologies({ seeds, model: modelLabs(), guest: () => guestLabs(), guests: 2, done: () => {} }),
  );
  return (CASES * 60_000) / ms;
}

/** `program` runs this package's program with these arguments, in a process of its own, and throws where that fails. */
export async function netnsFigures(program: (...args: string[]) => void): Promise<readonly Figure[]> {
  const flagship = join('scenarios', 'outage', 'externalip-is-worker.yaml');
  const point = ['--matrix', 'kubernetes=1.34.2', '--matrix', 'proxyMode=ipvs'];
  const run = ['run', flagship, ...point, '--backend', 'netns', '--time-scale', '0.1', '--quiet'];
  const output = ['--output', join('.build', 'bench')];
  await (await bootGuest()).close(); // The agent is built by then.
  return [
    { name: 'netns_boot_s', value: await bootSeconds(), unit: 's' },
    {
      name: 'netns_verdict_s',
      value: (await timed(() => program(join(packageRoot, 'bin', 'windtunnel.js'), ...run, ...output))) / 1000,
      unit: 's',
    },
    { name: 'netns_refused_s', value: await refusedSeconds(), unit: 's' },
    { name: 'netns_diff_cases_per_min', value: await casesPerMinute(), unit: 'cases/min' },
  ];
}
