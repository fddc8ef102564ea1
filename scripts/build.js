/** `npm run build`: installs where needed and compiles to dist/. `--force` compiles also where nothing changed. */
import { build, install, requireNode } from './toolchain.js';

requireNode();
install();
process.exitCode = build({ force: process.argv.includes('--force') }) ? 0 : 1;
