/** `npm run kills:kind [-- --image-map FILE]`: kills runs on a real kind cluster, and shows what is left of them. */
import { parseArgs } from 'node:util';
import { prepare } from './toolchain.js';

const HELP = `npm run kills:kind -- [--times N] [--kept N] [--seed SEED] [--image-map FILE]

Kills a run on a real kind cluster at N moments (10), collects what it left, and compares with what the Docker daemon had before.
Then at N moments (4) runs on one cluster that is kept, which has to be as it was.
Nobody else may use that daemon meanwhile.
`;
const text = { type: 'string' };
const { values } = parseArgs({
  options: {
    times: { ...text, default: '10' },
    kept: { ...text, default: '4' },
    seed: { ...text, default: '1' },
    'image-map': text,
    help: { type: 'boolean' },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
prepare();
const { killsOnKind } = await import('../dist/harness/conformance/kind/kills.js');
const { processStreams } = await import('../dist/harness/terminal/streams.js');
const options = { times: values.times, kept: values.kept, seed: values.seed, imageMap: values['image-map'] };
const over = new AbortController();
process.once('SIGINT', () => over.abort(new Error('ended by SIGINT; what was made is removed')));
const { out, err } = processStreams(process.env);
const clean = await killsOnKind(options, out, over.signal).catch((error) => {
  if (!over.signal.aborted) throw error;
  err.write(`${error.message}\n`);
  process.exit(130);
});
process.exit(clean ? 0 : 1);
