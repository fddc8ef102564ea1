/** `npm run bench`: installs, builds, measures, and writes reports/bench.json. */
import { prepare } from './toolchain.js';

prepare();
const { bench } = await import('../dist/harness/bench/main.js');
await bench(process.stdout);
