/**
 * `npm run bench`: the figures that a release is held to, written to reports/bench.json as a list of `{name, value, unit}`.
 * Measures, and judges nothing: a timed test would fail on a busy machine.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { SIM } from '../../src/plan/capabilities.js';
import { makePlan } from '../../src/plan/make-plan.js';
import type { CaseSpec } from '../../src/plan/plan.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { DiskFiles } from '../files/disk-files.js';
import { makeFolder } from '../files/make-folder.js';
import { visit } from '../inspect/replay.js';
import { packageRoot } from '../package.js';
import type { OutputStream } from '../terminal/streams.js';
import { calibrate, median, medianOf, timed } from './measure.js';
import { type Figure, missingForNetns, netnsFigures } from './netns.js';

const FLAGSHIP = 'scenarios/outage/externalip-is-worker.yaml';

function flagship(): CaseSpec {
  const request = {
    scenarios: [FLAGSHIP],
    backends: [SIM],
    seed: '1',
    matrix: ['kubernetes=1.34.2', 'proxyMode=ipvs'],
  };
  const [spec] = makePlan(request, new DiskFiles(packageRoot)).plan?.cases ?? [];
  if (!spec) throw new Failure(ExitCode.usage, `${FLAGSHIP} cannot be planned`, 'windtunnel plan tells why');
  return spec;
}

/** Both arms to their verdicts, in a process that has done so before. */
async function flagshipMs(): Promise<number> {
  const spec = flagship();
  const both = async () => {
    for (const arm of spec.arms) await (await visit(spec, arm)).testbed.close();
  };
  await medianOf(10, both);
  return medianOf(15, both);
}

function program(...args: string[]): void {
  execaSync(process.execPath, args, { cwd: packageRoot, stdio: 'ignore', reject: false });
}

/** The same, where a run that fails would pass for a fast one. */
function mustPass(...args: string[]): void {
  execaSync(process.execPath, args, { cwd: packageRoot, stdio: 'ignore' });
}

/** What npm start runs, as a process of its own. */
async function suiteSeconds(): Promise<number> {
  const run = ['run', 'scenarios', '--tags', '!canary', '--quiet', '--output', join('.build', 'bench')];
  return (await timed(() => program(join(packageRoot, 'bin', 'windtunnel.js'), ...run))) / 1000;
}

/** Turn and turn about, so that both are measured on an equally busy machine. */
async function help(): Promise<{ readonly ms: number; readonly ratio: number }> {
  const withHelp: number[] = [];
  const empty: number[] = [];
  for (let i = 0; i < 15; i++) {
    withHelp.push(await timed(() => program(join(packageRoot, 'bin', 'windtunnel.js'), '--help')));
    empty.push(await timed(() => program('-e', '0')));
  }
  return { ms: median(withHelp), ratio: median(withHelp) / median(empty) };
}

export async function bench(out: OutputStream): Promise<void> {
  const figures: Figure[] = [];
  const add = (name: string, value: number, unit: string) => {
    figures.push({ name, value: Number(value.toPrecision(3)), unit });
    out.write(`${name.padEnd(24)} ${Number(value.toPrecision(3))} ${unit}\n`);
  };
  calibrate();
  add('calibration_ms', await medianOf(9, calibrate), 'ms');
  add('flagship_ms', await flagshipMs(), 'ms');
  add('suite_s', await suiteSeconds(), 's');
  const { ms, ratio } = await help();
  add('help_ms', ms, 'ms');
  add('help_ratio', ratio, 'ratio');
  const missing = await missingForNetns();
  if (missing.length === 0)
    for (const figure of await netnsFigures(mustPass)) add(figure.name, figure.value, figure.unit);
  else out.write(`not measured: the backend netns, which needs ${missing.join(', ')}\n`);
  const folder = join(packageRoot, 'reports');
  makeFolder(folder);
  writeFileSync(join(folder, 'bench.json'), `${JSON.stringify(figures, null, 2)}\n`);
}
