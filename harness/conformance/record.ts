/** Renews docs/conformance.json by what a run found, and makes docs/conformance.md of it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package.js';
import type { OutputStream } from '../terminal/streams.js';
import { type ConformanceRecord, conformancePage, renewed } from './page.js';

export function record(found: ConformanceRecord, out: OutputStream): void {
  const json = join(packageRoot, 'docs', 'conformance.json');
  const before = existsSync(json) ? (JSON.parse(readFileSync(json, 'utf8')) as ConformanceRecord) : undefined;
  const now = renewed(before, found);
  writeFileSync(json, `${JSON.stringify(now, null, 2)}\n`);
  writeFileSync(join(packageRoot, 'docs', 'conformance.md'), conformancePage(now));
  out.write('wrote docs/conformance.json and docs/conformance.md\n');
}
