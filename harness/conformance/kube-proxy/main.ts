/**
 * `npm run conformance:kube-proxy`: the model's kube-proxy held to the real one, release by release. Ends with 1 where anything
 * disagrees, and with 3 where something of it cannot be had.
 */
import { Command, CommanderError } from 'commander';
import valid from 'semver/functions/valid.js';
import { ExitCode } from '../../../src/verdict/merge.js';
import { Failure } from '../../failure.js';
import type { OutputStream } from '../../terminal/streams.js';
import { agrees, type Row } from '../experiments.js';
import type { ProxyReport } from '../page.js';
import { record } from '../record.js';
import { builtProgram, etcd } from './binaries.js';
import { compareStep } from './compare.js';
import { modelledSide } from './modelled-side.js';
import { type RealPrograms, startRealSide } from './real-side.js';
import { SITTINGS, type Sitting } from './steps.js';

/** The releases that the model's rows were made from. */
const RELEASES = ['1.20.10', '1.26.7', '1.28.0', '1.34.2'];
/** An API server that old kube-proxies understand: before 1.25 it has EndpointSlice v1beta1. kube-apiserver before 1.23 does not build. */
const OLD_API_SERVER = '1.24.17';
const API_SERVER = '1.34.2';
const NEEDS_OLD = 22;

interface ProxyOptions {
  readonly version: readonly string[];
  readonly write?: true;
  readonly rows?: true;
}

function parseArguments(argv: readonly string[]): ProxyOptions {
  const options = new Command('npm run conformance:kube-proxy --')
    .description(
      'the model’s kube-proxy against the real one: addresses, virtual servers, rules and who answers, in three namespaces of a real kernel, with a real API server. Four minutes a release; building a release for the first time takes some more.',
    )
    .option('--version <version...>', `releases of kube-proxy, as in ${RELEASES[0]}`, RELEASES)
    .option('--rows', 'print every answer, not only those that differ')
    .option('--write', 'write what was found into docs/conformance.md')
    .exitOverride()
    .parse([...argv], { from: 'user' })
    .opts<ProxyOptions>();
  const wrong = options.version.filter((version) => valid(version) !== version);
  if (wrong.length > 0) throw new Failure(ExitCode.usage, `--version ${wrong.join(' ')}`, 'as in 1.34.2');
  return options;
}

async function programsFor(version: string, say: (text: string) => void): Promise<RealPrograms> {
  const minor = Number(version.split('.')[1]);
  const server = minor <= NEEDS_OLD ? OLD_API_SERVER : API_SERVER;
  return {
    etcd: await builtProgram(etcd, say),
    kubeApiServer: await builtProgram({ name: 'kube-apiserver', version: server }, say),
    kubeProxy: await builtProgram({ name: 'kube-proxy', version }, say),
  };
}

type Print = (rows: readonly Row[]) => void;

async function sit(sitting: Sitting, version: string, programs: RealPrograms, print: Print) {
  const { excludeCIDRs } = sitting;
  const real = await startRealSide({ programs, excludeCIDRs });
  try {
    const sides = { model: modelledSide(version, excludeCIDRs), real };
    const rows: Row[] = [];
    for (const step of sitting.steps) {
      const found = await compareStep(sitting, step, sides);
      print(found);
      rows.push(...found);
    }
    return { rows, release: real.release };
  } finally {
    await real.close();
  }
}

function printer(out: OutputStream, all: boolean): Print {
  const { green, red } = out.colours;
  return (rows) => {
    const [first] = rows;
    const differing = rows.filter((row) => !agrees(row));
    out.write(`${differing.length === 0 ? green('agree ') : red('DIFFER')}  ${first?.id}: ${first?.title}`);
    out.write(`, ${rows.length - differing.length} of ${rows.length} answers\n`);
    for (const { question, kernel, model } of all ? rows : differing)
      out.write(
        kernel === model
          ? `        ${question}: ${kernel}\n`
          : `        ${question}: kube-proxy ${kernel}, model ${model}\n`,
      );
  };
}

/** The sittings side by side, each in a kernel of its own. */
async function onRelease(version: string, options: ProxyOptions, out: OutputStream): Promise<ProxyReport> {
  const programs = await programsFor(version, (text) => void out.write(text));
  out.write(`kube-proxy ${version}: ${SITTINGS.length} sittings, about four minutes\n`);
  const print = printer(out, options.rows === true);
  const ended = await Promise.allSettled(SITTINGS.map((sitting) => sit(sitting, version, programs, print)));
  const sittings = ended.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
  const rows = sittings.flatMap((one) => one.rows);
  const agreed = rows.filter(agrees).length;
  out.write(`kube-proxy ${version} on Linux ${sittings[0]?.release}: ${agreed} of ${rows.length} answers agree\n`);
  return { version, release: sittings[0]?.release ?? '', date: new Date().toISOString().slice(0, 10), rows };
}

export async function conformanceOfKubeProxy(
  argv: readonly string[],
  out: OutputStream,
  err: OutputStream,
): Promise<number> {
  try {
    const options = parseArguments(argv);
    const reports: ProxyReport[] = [];
    for (const version of options.version) reports.push(await onRelease(version, options, out));
    const agreed = reports.every(({ rows }) => rows.every(agrees));
    if (options.write && agreed) record({ kernels: [], kubeProxies: reports }, out);
    else if (options.write) out.write('not written: only what agrees goes on record\n');
    return agreed ? ExitCode.passed : ExitCode.failed;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.passed : ExitCode.usage;
    if (!(error instanceof Failure)) throw error;
    err.write(`error: ${error.message}\n${error.hint === undefined ? '' : `hint: ${error.hint}\n`}`);
    return error.exitCode;
  }
}
