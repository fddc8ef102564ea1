/** `gc`: ends what runs that were killed have left, by their journal and their label. */
import { ExitCode } from '../../src/verdict/merge.js';
import { collect } from '../journal/gc.js';
import type { Context } from './context.js';
import type { GcOptions } from './options.js';

export async function gcCommand({ streams }: Context, options: GcOptions): Promise<number> {
  const found = collect({ dryRun: options.dryRun === true });
  const { out } = streams;
  if (options.json) out.write(`${JSON.stringify(found, null, 2)}\n`);
  else if (found.length === 0) out.write('nothing is left of any run\n');
  else {
    const verb = options.dryRun ? 'would end' : 'ended';
    for (const { kind, label, madeAt, processes } of found)
      out.write(`${verb} ${kind} ${label} of ${madeAt || 'an unknown time'}: ${processes} processes\n`);
  }
  return ExitCode.passed;
}
