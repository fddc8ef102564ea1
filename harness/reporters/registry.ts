/** Which reporters there are, and who of them owns standard output: exactly one. */
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { FileStream } from '../terminal/file-stream.js';
import type { OutputStream, Streams } from '../terminal/streams.js';
import { JsonReporter } from './json.js';
import type { Reporter } from './reporter.js';
import { TapReporter } from './tap.js';
import { TerminalReporter } from './terminal.js';

type Make = (out: OutputStream, streams: Streams, quiet: boolean) => Reporter;

const KINDS: Readonly<Record<string, Make>> = {
  terminal: (out, { err }, quiet) => new TerminalReporter({ report: out, progress: err, quiet }),
  tap: (out) => new TapReporter(out),
  json: (out) => new JsonReporter(out),
};

export interface ReportRequest {
  readonly kind: string;
  readonly file?: string;
}

export function parseReport(text: string): ReportRequest {
  const equals = text.indexOf('=');
  const kind = equals < 0 ? text : text.slice(0, equals);
  const file = equals < 0 ? undefined : text.slice(equals + 1);
  if (!Object.hasOwn(KINDS, kind)) {
    throw new Failure(ExitCode.usage, `no report of kind ${kind}`, `kinds are ${Object.keys(KINDS).join(', ')}`);
  }
  if (file === '')
    throw new Failure(ExitCode.usage, `--report ${text} names no file`, `write ${kind} alone for stdout`);
  return file === undefined ? { kind } : { kind, file };
}

export interface ReporterSet {
  readonly reporters: readonly Reporter[];
  close(): void;
}

/**
 * The reporters asked for. The one without a file owns standard output; where there is none, people get the terminal report, and
 * where another has it, they still get the progress on standard error.
 */
export function makeReporters(requests: readonly ReportRequest[], streams: Streams, quiet: boolean): ReporterSet {
  const owners = requests.filter(({ file }) => file === undefined);
  if (owners.length > 1) {
    const names = owners.map(({ kind }) => kind).join(' and ');
    throw new Failure(
      ExitCode.usage,
      `${names} both want standard output`,
      'give all but one a file: --report tap=result.tap',
    );
  }
  const files: FileStream[] = [];
  const make = ({ kind, file }: ReportRequest): Reporter => {
    const factory = KINDS[kind];
    if (!factory) throw new Failure(ExitCode.usage, `no report of kind ${kind}`);
    if (file === undefined) return factory(streams.out, streams, quiet);
    const stream = new FileStream(file);
    files.push(stream);
    return factory(stream, kind === 'terminal' ? { ...streams, err: stream } : streams, quiet);
  };
  const reporters = requests.map(make);
  if (owners.length === 0) reporters.push(make({ kind: 'terminal' }));
  else if (owners[0]?.kind !== 'terminal') reporters.push(new TerminalReporter({ progress: streams.err, quiet }));
  return { reporters, close: () => files.forEach((file) => void file.close()) };
}
