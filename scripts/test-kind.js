/** `npm run test:kind`: installs, builds, and runs scenarios on a real kind cluster. `-- --help` lists what can be chosen. */
import { prepare } from './toolchain.js';

prepare();
const { suiteOnKind } = await import('../dist/harness/conformance/kind/main.js');
const { processStreams } = await import('../dist/harness/terminal/streams.js');
const { out, err } = processStreams(process.env);
process.exit(await suiteOnKind(process.argv.slice(2), out, err));
