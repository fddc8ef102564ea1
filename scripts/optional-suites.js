/**
 * Suites that need more than Node.js: each with the means it needs, and one line for each that does not run and why. kind will
 * bring its own.
 */
import { join } from 'node:path';
import { goTest, hasGo } from './go.js';
import { runSuites, SUITES as SCHEDULER_SUITES } from './scheduler-suites.js';
import { root, say } from './toolchain.js';

/** Experiments and twenty random topologies, model against Linux. */
async function conformance() {
  const { conformance } = await import('../dist/harness/conformance/main.js');
  const { processStreams } = await import('../dist/harness/terminal/streams.js');
  const { out, err } = processStreams(process.env);
  const { exitCode, agreed, disagreed } = await conformance(['--topologies', '20'], out, err);
  const failed = exitCode === 0 ? 0 : Math.max(1, disagreed);
  say(`model against kernel: ${agreed} passed, ${failed} failed`);
  return { passed: agreed, failed, skipped: 0 };
}

/** What the backend netns misses here, in words; empty where it can run. */
async function missingForNetns() {
  const { BACKENDS } = await import('../dist/harness/backends/table.js');
  const { missingNeeds } = await import('../dist/harness/backends/needs.js');
  const netns = BACKENDS.find(({ name }) => name === 'netns');
  const missing = await missingNeeds(netns, process.env.PATH ?? '');
  return missing.map(({ program }) => program);
}

const missingGo = () => (hasGo() ? [] : ['Go']);

/** @type {readonly {name: string, missing: () => string[] | Promise<string[]>, run: () => Promise<Count>}[]} */
const SUITES = [
  {
    name: "the scheduler's unit and PromQL tests",
    missing: missingGo,
    run: () => runSuites(SCHEDULER_SUITES.filter(({ quick }) => quick)),
  },
  {
    name: 'the tests of the agent inside a kernel',
    missing: missingGo,
    run: () => goTest(join(root, 'guest'), { what: 'testing the agent' }),
  },
  { name: 'the model against a real kernel', missing: missingForNetns, run: conformance },
];

/** Runs those whose means are here; answers how many tests passed and failed. A suite left out counts as one skipped. */
export async function runOptionalSuites(suites = SUITES) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const suite of suites) {
    const missing = await suite.missing();
    if (missing.length > 0) {
      say(`not run: ${suite.name}, which needs ${missing.join(', ')}`);
      count.skipped += 1;
      continue;
    }
    const result = await suite.run();
    for (const key of Object.keys(count)) count[key] += result[key];
  }
  return count;
}
