/** `gc`: ends what runs that were killed have left, by their journal and their label. */
import { ExitCode } from '../../src/verdict/merge.js';
import { type Collected, collect } from '../journal/gc.js';
import { endCluster } from '../kind/remove.js';
import type { Context } from './context.js';
import type { GcOptions } from './options.js';

function inWords({ kind, label, madeAt, found, error }: Collected, dryRun: boolean): string {
  const what = `${kind} ${label} of ${madeAt || 'an unknown time'}`;
  if (error !== undefined) return `could not end ${what}, it stays in the journal: ${error}`;
  const parts = kind === 'cluster' ? 'containers and networks' : 'processes';
  return `${dryRun ? 'would end' : 'ended'} ${what}: ${found} ${parts}`;
}

export async function gcCommand({ streams }: Context, options: GcOptions): Promise<number> {
  const dryRun = options.dryRun === true;
  const found = await collect({ dryRun, endCluster });
  const { out } = streams;
  if (options.json) out.write(`${JSON.stringify(found, null, 2)}\n`);
  else if (found.length === 0) out.write('nothing is left of any run\n');
  else for (const one of found) out.write(`${inWords(one, dryRun)}\n`);
  return found.some(({ error }) => error !== undefined) ? ExitCode.infraError : ExitCode.passed;
}
