/** `npm run bench:scheduler`: what the plugin costs, against what it may cost. Writes reports/bench-scheduler.json. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { binFolder, go, goBuild, hasGo, schedulerFolder } from './go.js';
import { requireNode, root, run, say } from './toolchain.js';

const HELP = `npm run bench:scheduler -- [options]

  score_ns_per_node        one node's score with pods in flight there, of 5,000 nodes
  collector_5000_ms        one refresh for 5,000 nodes without Prometheus's share, of a plain or a packed answer
  plugin_throughput_ratio  pods per second with the plugin over without it: real scheduler, API server and etcd, 5,000 nodes,
                           10,000 pods, three runs in turn
  plugin_queries_per_pod   queries at Prometheus beyond one at the start and one after each interval, per pod

Exit code 1 where one misses what it must reach, 3 where it cannot be measured. WINDTUNNEL_SCHEDULER_BIN names a folder with
the scheduler, kube-apiserver and etcd; without it they are built.

  --quick      the first two: seconds instead of minutes
  --runs N     runs of each arm, 3
  --json       the figures as JSON on standard output
  --help
`;

/** @type {Record<string, {atMost?: number, atLeast?: number}>} */
const BOUNDS = {
  score_ns_per_node: { atMost: 200 },
  collector_5000_ms: { atMost: 50 },
  plugin_throughput_ratio: { atLeast: 0.95 },
  plugin_queries_per_pod: { atMost: 0 },
};

const TIMES = 5;

function readOptions() {
  const options = { quick: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } };
  try {
    const { values } = parseArgs({ options: { ...options, runs: { type: 'string', default: '3' } } });
    if (!/^[1-9]\d?$/.test(values.runs)) throw new Error(`--runs is a number from 1 to 99, not ${values.runs}`);
    return values;
  } catch (error) {
    say(`${error.message}\n\n${HELP}`);
    process.exit(2);
  }
}

/** Ends the process: a figure that cannot be measured is neither good nor bad. */
function giveUp(text) {
  say(text);
  process.exit(3);
}

/**
 * Runs Go benchmarks; answers of each the nanoseconds of its quickest repetition, by its name without the number of
 * processors: what other processes took from the slower ones is no cost of the plugin.
 */
async function benchmark(folder, pattern) {
  const times = new Map();
  const onLine = (line) => {
    const [, name, nanoseconds] = /^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+([\d.]+) ns\/op/.exec(line) ?? [];
    if (name) times.set(name, [...(times.get(name) ?? []), Number(nanoseconds)]);
  };
  const args = ['test', '-trimpath', '-vet=off', '-run', '^$', '-bench', pattern, '-count', `${TIMES}`, folder];
  if ((await go(schedulerFolder, args, { what: `measuring ${folder}`, onLine })) !== 0)
    giveUp(`${folder} cannot be measured`);
  return (name) => Math.min(...(times.get(name) ?? giveUp(`no benchmark ${name} in ${folder}`)));
}

async function quickFigures() {
  const score = await benchmark('./plugin', '^BenchmarkScore$');
  const collector = await benchmark('./collector', '^BenchmarkCollector5000$');
  return [
    { name: 'score_ns_per_node', value: score('Score/alone'), unit: 'ns' },
    { name: 'score_ns_of_16_workers', value: score('Score/workers'), unit: 'ns' },
    {
      name: 'collector_5000_ms',
      value: Math.max(collector('Collector5000/plain'), collector('Collector5000/gzip')) / 1e6,
      unit: 'ms',
    },
  ];
}

async function throughputFigures(runs) {
  const own = process.env.WINDTUNNEL_SCHEDULER_BIN !== undefined;
  if (!own && run(process.execPath, ['scripts/scheduler-build.js', '--for-tests', '--no-image']) !== 0)
    giveUp('the throughput needs the programs above; --quick leaves it out');
  const program = join(binFolder, 'throughput');
  const folder = join(schedulerFolder, 'whole');
  if (!(await goBuild({ folder }, './cmd/throughput', program))) giveUp('--quick leaves the throughput out');
  say(`measuring pods per second, ${2 * runs} runs of about a minute`);
  const child = spawn(program, ['--json', '--runs', `${runs}`], { cwd: folder, stdio: ['ignore', 'pipe', 2] });
  const text = await new Promise((resolve) => {
    let all = '';
    child.stdout.on('data', (chunk) => {
      all += chunk;
    });
    child.on('error', (error) => giveUp(`cannot run ${program}: ${error.message}`));
    child.on('close', (code) =>
      code === 0 ? resolve(all) : giveUp('the throughput cannot be measured; --quick leaves it out'),
    );
  });
  return JSON.parse(text).figures;
}

function judge({ name, value, unit }) {
  const { atMost, atLeast } = BOUNDS[name] ?? {};
  const missed = (atMost !== undefined && value > atMost) || (atLeast !== undefined && value < atLeast);
  return { name, value: Number(value.toPrecision(3)), unit, atMost, atLeast, missed };
}

function table(figures) {
  const bound = ({ atMost, atLeast }) =>
    atMost !== undefined ? `≤ ${atMost}` : atLeast !== undefined ? `≥ ${atLeast}` : '';
  const rows = figures.map((f) => [f.name, `${f.value} ${f.unit}`, bound(f), f.missed ? 'missed' : '']);
  const all = [['name', 'measured', 'must reach', ''], ...rows];
  return all.map(([a, b, c, d]) => `${a.padEnd(25)}${b.padEnd(16)}${c.padEnd(12)}${d}`.trimEnd()).join('\n');
}

requireNode();
const options = readOptions();
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
if (!hasGo()) giveUp('bench:scheduler needs Go 1.21 or newer, which fetches the compiler that Kubernetes asks for');
const measured = [...(await quickFigures()), ...(options.quick ? [] : await throughputFigures(Number(options.runs)))];
const figures = measured.map(judge);
mkdirSync(join(root, 'reports'), { recursive: true });
writeFileSync(join(root, 'reports', 'bench-scheduler.json'), `${JSON.stringify(figures, null, 2)}\n`);
process.stdout.write(options.json ? `${JSON.stringify(figures, null, 2)}\n` : `${table(figures)}\n`);
process.exitCode = figures.some(({ missed }) => missed) ? 1 : 0;
