/**
 * `npm run test:kind`: the scenarios that have to be seen on a real cluster, each beside the simulator. Ends with 1 where a case does not come
 * out as it should or the two disagree, with 3 and one line of why where there is no daemon or no kind.
 */
import { Command, CommanderError } from 'commander';
import { ExitCode } from '../../../src/verdict/merge.js';
import { Failure } from '../../failure.js';
import { Docker } from '../../kind/docker.js';
import { loadImages } from '../../kind/images.js';
import { checkMachine, lookAtMachine } from '../../kind/preflight.js';
import type { OutputStream } from '../../terminal/streams.js';
import { record } from '../record.js';
import { type ClusterRow, type ClusterRun, clusterAgrees, TRIALS, type Trial, tryOn } from './rows.js';

interface SuiteOptions {
  readonly imageMap?: string;
  readonly config?: string;
  readonly only?: string;
  readonly write?: true;
}

const KUBERNETES = '1.34.2';

function parseArguments(argv: readonly string[]): SuiteOptions {
  return new Command('npm run test:kind --')
    .description('scenarios on a real kind cluster, beside the simulator; 5 to 10 minutes each')
    .option('--image-map <file>', 'images of your own for those of clusters/images.yaml')
    .option('--config <file>', 'settings, as windtunnel run --config takes them')
    .option('--only <text>', 'scenarios whose file or point holds this')
    .option('--write', 'write what was found into docs/conformance.md')
    .exitOverride()
    .parse([...argv], { from: 'user' })
    .opts<SuiteOptions>();
}

/** Whether the kernel has ip_vs. Throws a {@link Failure} where nothing can run at all. */
async function lookAround(imageMap: string | undefined): Promise<boolean> {
  const docker = new Docker(process.env.DOCKER_HOST ?? '');
  const nodeImage = loadImages(imageMap).node(KUBERNETES);
  try {
    await checkMachine(docker, { mode: 'none', nodeImage });
    return (await lookAtMachine(docker, nodeImage)).ipvs;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(ExitCode.infraError, `not run: the suite against a real kind: ${error.message}`, error.hint);
  }
}

const nameOf = ({ scenario, point }: Trial) => [scenario, ...point.filter((word) => word !== '--matrix')].join(' ');

async function runAll(trials: readonly Trial[], run: ClusterRun, out: OutputStream): Promise<readonly ClusterRow[]> {
  const rows: ClusterRow[] = [];
  for (const trial of trials) {
    if (trial.needsIpvs && !run.ipvs) {
      out.write(`not run: ${nameOf(trial)}, which needs ip_vs in the kernel\n`);
      continue;
    }
    const row = await tryOn(trial, run);
    rows.push(row);
    const { red, green } = out.colours;
    const word = clusterAgrees(row) ? green('agree ') : red('DIFFER');
    out.write(`${word}  ${row.id} (${row.how}): kind ${row.kind}, sim ${row.note ?? row.sim}\n`);
  }
  return rows;
}

export async function suiteOnKind(argv: readonly string[], out: OutputStream, err: OutputStream): Promise<number> {
  try {
    const { imageMap, config, only = '', write } = parseArguments(argv);
    const trials = TRIALS.filter((trial) => nameOf(trial).includes(only));
    if (trials.length === 0) throw new Failure(ExitCode.usage, `no scenario of the suite is called ${only}`);
    const ipvs = await lookAround(imageMap);
    const args = [...(imageMap ? ['--image-map', imageMap] : []), ...(config ? ['--config', config] : [])];
    const rows = await runAll(trials, { ipvs, args }, out);
    const good = rows.filter(clusterAgrees).length;
    out.write(`real kind: ${good} passed, ${rows.length - good} failed\n`);
    const date = new Date().toISOString().slice(0, 10);
    if (write) record({ kernels: [], clusters: rows.map((row) => ({ ...row, date })) }, out);
    if (rows.length === 0) return ExitCode.infraError;
    return good === rows.length ? ExitCode.passed : ExitCode.failed;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.passed : ExitCode.usage;
    if (!(error instanceof Failure)) throw error;
    err.write(`${error.message}\n${error.hint === undefined ? '' : `hint: ${error.hint}\n`}`);
    return error.exitCode;
  }
}
