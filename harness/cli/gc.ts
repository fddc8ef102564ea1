/** `gc`: ends what runs that were killed have left, by their journal and their label. */
import { ExitCode } from '../../src/verdict/merge.js';
import { type Collected, collect } from '../journal/gc.js';
import { endLeft } from '../kind/leftovers.js';
import type { Context } from './context.js';
import type { GcOptions } from './options.js';

function inWords({ kind, label, madeAt, found, error }: Collected, dryRun: boolean): string {
  const what = `${kind} ${label} of ${madeAt || 'an unknown time'}`;
  if (error !== undefined) return `could not end ${what}, it stays in the journal: ${error}`;
  return `${dryRun ? 'would end' : 'ended'} ${what}: ${found} ${PARTS[kind]}`;
}

const PARTS: Readonly<Record<Collected['kind'], string>> = {
  guest: 'processes',
  program: 'processes',
  cluster: 'containers and networks',
  arms: 'containers, objects and limited links',
};

export async function gcCommand({ streams }: Context, options: GcOptions): Promise<number> {
  const dryRun = options.dryRun === true;
  const found = await collect({ dryRun, endCluster: endLeft });
  const { out } = streams;
  if (options.json) out.write(`${JSON.stringify(found, null, 2)}\n`);
  else if (found.length === 0) out.write('nothing is left of any run\n');
  else for (const one of found) out.write(`${inWords(one, dryRun)}\n`);
  return found.some(({ error }) => error !== undefined) ? ExitCode.infraError : ExitCode.passed;
}
