/** `npm run bench:kind [-- --image-map FILE]`: what the harness adds to bare kind, as a ratio. */
import { parseArgs } from 'node:util';
import { prepare } from './toolchain.js';

const HELP = `npm run bench:kind -- [--rounds N] [--image-map FILE]

Times windtunnel cluster up and down beside kind create cluster, a wait for Ready and kind delete cluster, with the same config and
in turn, N times (3). Needs Docker, kind and kubectl.
`;
const options = {
  rounds: { type: 'string', default: '3' },
  'image-map': { type: 'string' },
  help: { type: 'boolean' },
};
const { values } = parseArgs({ options });
const rounds = Number(values.rounds);
if (values.help || !Number.isInteger(rounds) || rounds < 1) {
  process.stdout.write(HELP);
  process.exit(values.help ? 0 : 2);
}
prepare();
const { benchKind } = await import('../dist/harness/bench/kind.js');
const { processStreams } = await import('../dist/harness/terminal/streams.js');
await benchKind({ rounds, imageMap: values['image-map'] }, processStreams(process.env).out);
