/** What the program says of its cases when it is called as users call it, with `--json`. */
import { join } from 'node:path';
import { execa } from 'execa';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { packageRoot } from '../package.js';

export interface ReportedCase {
  readonly id: string;
  readonly verdict: string;
  readonly reason: string | null;
  readonly causes: readonly { readonly id: string }[];
}

export const PROGRAM = join(packageRoot, 'bin', 'windtunnel.js');

export interface Call {
  readonly env?: Readonly<Record<string, string>>;
  /** What it says of its progress, as it says it. */
  readonly stderr?: 'inherit';
}

/** `args` after `run`. Throws a {@link Failure} where there is no report. */
export async function reportedCases(args: readonly string[], call: Call = {}): Promise<readonly ReportedCase[]> {
  const output = ['--output', join('.build', 'conformance'), '--json'];
  const { stdout, stderr = '' } = await execa(process.execPath, [PROGRAM, 'run', ...args, ...output], {
    ...{ cwd: packageRoot, reject: false, env: call.env ?? {} },
    ...(call.stderr && { stderr: call.stderr }),
  });
  if (!stdout.startsWith('{'))
    throw new Failure(ExitCode.infraError, `the scenarios did not run: ${String(stderr).slice(-500)}`);
  return (JSON.parse(stdout) as { readonly cases: readonly ReportedCase[] }).cases;
}

/** `pass: externalip-is-node-address`. */
export const inWords = ({ verdict, causes }: ReportedCase) => [`${verdict}:`, ...causes.map((c) => c.id)].join(' ');
