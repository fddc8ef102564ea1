/** `npm run conformance:kernel`: installs, builds, and holds the model to real kernels. `-- --help` lists what can be chosen. */
import { prepare } from './toolchain.js';

prepare();
const { conformance } = await import('../dist/harness/conformance/main.js');
const { processStreams } = await import('../dist/harness/terminal/streams.js');
const { out, err } = processStreams(process.env);
const { exitCode } = await conformance(process.argv.slice(2), out, err);
process.exit(exitCode);
