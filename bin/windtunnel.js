#!/usr/bin/env node
/** Finds the built program and starts it; says which command builds it where it is not there. */
import { existsSync } from 'node:fs';
import module from 'node:module';

const main = new URL('../dist/program/main.js', import.meta.url);
if (existsSync(main)) {
  // Node.js 22.8 and newer keep compiled code between runs; older ones do without.
  module.enableCompileCache?.();
  await import(main.href);
} else {
  process.stderr.write('windtunnel is not built yet.\nhint: npm run build\n');
  process.exitCode = 3;
}
