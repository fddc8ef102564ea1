/** The suites of scheduler/: what each proves, and how it runs. */
import { join } from 'node:path';
import { binFolder, generations, go, goTest, schedulerFolder } from './go.js';
import { run, say } from './toolchain.js';

const none = { passed: 0, failed: 0, skipped: 0 };
const add = (a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped });
const judge = (ok) => ({ ...none, [ok ? 'passed' : 'failed']: 1 });

async function unit() {
  const vet = await go(schedulerFolder, ['vet', './...'], { what: 'vetting the plugin' });
  const made = await go(schedulerFolder, ['run', './generate', '--check'], { what: 'comparing go.mod files' });
  const written = await go(schedulerFolder, ['run', './specimens/write', '--check'], { what: 'comparing specimens' });
  const tests = await goTest(schedulerFolder, { what: 'testing the plugin' });
  return [...[vet, made, written].map((code) => judge(code === 0)), tests].reduce(add);
}

async function everyGeneration() {
  let count = none;
  for (const { folder, version } of generations()) {
    say(`Kubernetes ${version}`);
    count = add(count, await goTest(folder, { what: `testing with Kubernetes ${version}` }));
  }
  return count;
}

/** Longer than go's own ten minutes: two control planes on a busy machine take their time. */
const WHOLE = { what: 'testing whole schedulers', args: ['-timeout', '30m'] };

async function whole() {
  const build = run(process.execPath, ['scripts/scheduler-build.js', '--for-tests', '--no-image']);
  if (build !== 0) return judge(false);
  const folder = join(schedulerFolder, 'whole');
  return goTest(folder, { ...WHOLE, variables: { WINDTUNNEL_SCHEDULER_BIN: binFolder } });
}

const METHOD_1 = { what: 'building the plugin inside Kubernetes', args: ['-tags', 'method1', '-timeout', '30m'] };

/** In the order of their cost. `quick` ones run with `npm test` where Go is there. */
export const SUITES = [
  { name: 'unit', quick: true, proves: 'arithmetic, arguments, collector, specimens', run: unit },
  {
    name: 'promql',
    quick: true,
    proves: "the plugin's own query on Prometheus's own engine",
    run: () => goTest(join(schedulerFolder, 'promserver'), { what: 'testing with the engine of Prometheus' }),
  },
  { name: 'generations', proves: 'the adapter in the real framework of each Kubernetes', run: everyGeneration },
  {
    name: 'whole',
    proves: 'the real binary with a real API server; every declared defect is caught (Linux)',
    run: whole,
  },
  {
    name: 'method1',
    proves: 'the plugin builds inside the Kubernetes tree',
    run: () => goTest(schedulerFolder, { ...METHOD_1, packages: './method1' }),
  },
];

/** Runs suites one after the other; answers what they counted together. */
export async function runSuites(suites) {
  let count = none;
  for (const { name, proves, run: runSuite } of suites) {
    say(`scheduler, ${name}: ${proves}`);
    const result = await runSuite();
    say(`scheduler, ${name}: ${result.passed} passed, ${result.failed} failed`);
    count = add(count, result);
  }
  return count;
}
