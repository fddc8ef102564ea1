/**
 * Packs the compiled program into few files, `dist/program/`, which is what bin/windtunnel.js starts: Node.js spends longer on finding and
 * reading some four hundred modules than most commands take. The tests run what lies unpacked beside it.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './toolchain.js';

const compiled = join(root, 'dist', 'harness');
const outdir = join(root, 'dist', 'program');
// Files of an earlier packing have other names.
rmSync(outdir, { recursive: true, force: true });
await build({
  // A worker thread is started from a file of its own, beside the one that starts it.
  entryPoints: { main: join(compiled, 'main.js'), worker: join(compiled, 'run', 'worker.js') },
  outdir,
  bundle: true,
  // What a command does not import is not read.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // Names stay as they are written, for stacks.
  minifyWhitespace: true,
  minifySyntax: true,
  // Large, seldom used, and with parts that are no JavaScript.
  external: ['@kubernetes/client-node', 'testcontainers'],
  // Packages in the older form of modules ask for Node.js's own by `require`.
  banner: { js: "import { createRequire as packed } from 'node:module'; const require = packed(import.meta.url);" },
  logLevel: 'warning',
});
