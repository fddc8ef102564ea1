/** `npm run kills [-- TIMES [SEED]]`: kills a run on a real kernel at random moments, and shows what is left of it. */
import { prepare } from './toolchain.js';

prepare();
const { kills } = await import('../dist/harness/conformance/kills.js');
const { processStreams } = await import('../dist/harness/terminal/streams.js');
const [times = '10', seed = '1'] = process.argv.slice(2);
if (times.startsWith('-')) {
  process.stdout.write(
    'npm run kills [-- TIMES [SEED]]: kills a run on a real kernel at TIMES moments drawn from SEED\n',
  );
  process.exit(times === '--help' || times === '-h' ? 0 : 2);
}
process.exit((await kills(times, seed, processStreams(process.env).out)) ? 0 : 1);
