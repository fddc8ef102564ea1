/** `npm run conformance:kube-proxy`: installs, builds, and holds the model's kube-proxy to the real one. `-- --help` lists what can be chosen. */
import { prepare } from './toolchain.js';

prepare();
const { conformanceOfKubeProxy } = await import('../dist/harness/conformance/kube-proxy/main.js');
const { processStreams } = await import('../dist/harness/terminal/streams.js');
const { out, err } = processStreams(process.env);
process.exit(await conformanceOfKubeProxy(process.argv.slice(2), out, err));
